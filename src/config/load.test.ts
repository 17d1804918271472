import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { loadConfig, parseConfig, sourceOf } from './load.ts';
import { formatProblem, formatProblems, type Problem } from './problem.ts';

const problemsOf = (text: string): readonly Problem[] => {
  const loaded = parseConfig(text, 'sluice.yml');
  return loaded.ok ? [] : loaded.problems;
};
const messagesOf = (text: string): string[] => problemsOf(text).map(formatProblem);

/** Valid, and a place to put a mistake at: under `environments.a`. */
const valid =
  'service: shop\nenvironments:\n  a:\n    on: { branch: b }\n    compute: { instance: t3.micro }\n';

describe('sluice.yml with many different mistakes', () => {
  it('has a message for each, with line, column, value, expectation, and the name that was meant', () => {
    const text = `service: Chat Bot
imagee: {}
container: { port: "80", health: { path: health, interval: 5 } }
environments:
  development:
    on: { branch: develop }
    deploy: { strategy: roling, minimumHealthy: 300, bake: 25h }
    compute: { instance: t3.micro }
    variables: { DEBUG: true }
    secrets: { KEY: 12 }
    checks: [tets]
  staging:
    on: { branch: develop }
    compute: { instance: t3.micro }
    secrets: { KEY: { literal: hunter2 } }
  production:
    compute: { instance: t3.micro }
`;
    expect(messagesOf(text)).toEqual([
      'sluice.yml:1:10 service: found "Chat Bot"; expected a name in lower case: letters, digits and -, beginning with a letter.',
      'sluice.yml:2:1 imagee: found the unknown key "imagee"; expected one of service, image, container, environments, data. Did you mean "image"?',
      'sluice.yml:3:20 container.port: found "80"; expected a whole number from 1 to 65535.',
      'sluice.yml:3:42 container.health.path: found "health"; expected a path that begins with / and has no spaces, quotes or $.',
      'sluice.yml:3:60 container.health.interval: found 5; expected a duration such as 30s, 5m or 14d.',
      'sluice.yml:7:25 environments.development.deploy.strategy: found "roling"; expected one of rolling, blue-green, canary, linear. Did you mean "rolling"?',
      'sluice.yml:7:49 environments.development.deploy.minimumHealthy: found 300; expected a whole number from 0 to 100.',
      'sluice.yml:7:60 environments.development.deploy.bake: found 25h; expected 0s to 1d.',
      'sluice.yml:9:25 environments.development.variables.DEBUG: found true; expected text (numbers, true and false in quotes), or { var: NAME }.',
      'sluice.yml:10:21 environments.development.secrets.KEY: found a number (not shown); expected { literal: … }, { secretsManager: NAME } or { parameter: NAME }.',
      'sluice.yml:11:14 environments.development.checks.0: found "tets"; expected one of test, integration, scan, uat, performance. Did you mean "test"?',
      'sluice.yml:13:9 environments.staging.on: found a trigger that development answers too; expected a branch or tags of its own.',
      'sluice.yml:15:21 environments.staging.secrets.KEY: found a literal secret where security.level is production-like; expected { secretsManager: NAME } or { parameter: NAME }.',
      'sluice.yml:16:3 environments.production.on: found nothing; expected { branch: NAME } or { tag: PATTERN }.',
      'sluice.yml:17:5 environments.production.approval: found none in production; expected { reviewers: 1, selfApproval: false }.',
    ]);
  });

  it.each([
    [
      'a misspelt key of one of several alternatives',
      'secrets: { KEY: { secretsManger: x } }',
      'found { secretsManger }; expected { literal: … }, { secretsManager: NAME } or { parameter: NAME }. Did you mean "secretsManager"?',
    ],
    [
      'a misspelt key next to a good one',
      'secrets: { KEY: { secretsManager: x, kee: y } }',
      'secrets.KEY.kee: found the unknown key "kee"; expected one of literal, secretsManager, key, rotate, parameter. Did you mean "key"?',
    ],
    [
      'a misspelt word where a percentage may be',
      'availability: busines-hours',
      'expected business-hours, while-testing, always, or a percentage. Did you mean "business-hours"?',
    ],
    [
      'a variable whose default will not do',
      'url: { var: URL, default: example.org }',
      'url.default: found "example.org"; expected http:// or https:// with a host',
    ],
    [
      'a reference without its variable',
      'url: { default: http://a.example }',
      'url.var: found nothing; expected',
    ],
    ['a URL below a path', 'url: https://example.org/shop', 'no path, query or credentials'],
    [
      'a port as a word',
      'network: { hostPort: eighty }',
      'expected a port from 0 to 65535, or { var: NAME }',
    ],
    ['a boolean of YAML 1.1', 'network: { waf: yes }', 'network.waf: found "yes"; expected true or false'],
    ['a key without a value', 'deploy:', 'deploy: found nothing; expected keys and values'],
    ['a path out of the repository', 'taskDefinition: ../other.json', 'a path inside the repository'],
    ['a health path for a shell', 'purpose: [a]', 'purpose: found ["a"]; expected text'],
    ['a branch pattern', 'on2: 1', 'unknown key "on2"; expected one of purpose, on, approval'],
  ])('%s', (_what, line, message) => {
    expect(messagesOf(`${valid}    ${line}\n`).join('\n')).toContain(message);
  });

  it('reports each anchor, alias, merge key, tag and duplicate, and reads on', () => {
    const text = `service: &name shop
environments:
  a: &a
    on: { branch: b }
    compute: { instance: t3.micro }
    proof: !special { answers: 3 }
  b:
    <<: *a
    on: { branch: c }
    on: { branch: d }
    url: *name
    compute: { instnce: t3.micro }
`;
    expect(messagesOf(text).map((message) => message.replace(/; expected.*/, ''))).toEqual([
      'sluice.yml:1:16 service: found the anchor &name',
      'sluice.yml:4:5 environments.a: found the anchor &a',
      'sluice.yml:6:21 environments.a.proof: found the tag !special',
      'sluice.yml:8:5 environments.b: found a merge key',
      'sluice.yml:10:5 environments.b.on: found the key a second time',
      'sluice.yml:11:10 environments.b.url: found the alias *name',
      'sluice.yml:12:16 environments.b.compute.instnce: found the unknown key "instnce"',
    ]);
  });

  it('never prints a literal secret, however wrong it is', () => {
    for (const wrong of [
      '{ litteral: hunter2 }',
      'hunter2',
      '[hunter2]',
      '{ literal: [hunter2] }',
      '{ literal: hunter2, key: hunter2 }',
    ]) {
      const messages = messagesOf(`${valid}    secrets: { KEY: ${wrong} }\n`).join();
      expect(messages).toContain('secrets.KEY');
      expect(messages).not.toContain('hunter2');
    }
  });

  it('prints nothing that a terminal or a runner would obey', () => {
    const messages = messagesOf(`${valid}    "\\e[2J\\n::error::x": "\\e]0;x\\a"\n`).join('\n');
    expect(messages).toContain('\\u{1b}');
    expect(messages).not.toMatch(/\p{C}::|\u001b|\n::/u);
  });

  it('stops counting when nobody would read on', () => {
    const text = `${valid}${Array.from({ length: 200 }, (_, index) => `    key${index}: 1\n`).join('')}`;
    expect(problemsOf(text)).toHaveLength(200);
    expect(formatProblems(problemsOf(text)).split('\n')).toHaveLength(51);
    expect(formatProblems(problemsOf(text))).toMatch(/\n… and 150 more\.$/);
  });
});

describe('hostile text', () => {
  const laughs = `a: &a [x]\n${Array.from({ length: 12 }, (_, i) => `b${i}: &b${i} [*a,*a,*a,*a]`).join('\n')}\n`;
  it.each([
    ['an empty file', '', 'an empty file'],
    ['white space', '  \n\n', 'an empty file'],
    ['comments alone', '# nothing\n', 'an empty file'],
    ['a list', '- a\n', '`service` and `environments`'],
    ['a word', 'shop\n', '`service` and `environments`'],
    ['two documents', `${valid}---\n${valid}`, 'a second document'],
    ['YAML 1.1', `%YAML 1.1\n---\n${valid}`, 'expected YAML 1.2'],
    ['a tab', 'service: shop\nenvironments:\n\ta: {}\n', 'found a tab; expected spaces'],
    ['an open bracket', 'service: [', 'valid YAML'],
    ['a billion laughs', laughs, 'the alias *a'],
    ['__proto__', `__proto__: { polluted: true }\n${valid}`, '__proto__'],
    ['constructor', `constructor: { prototype: 1 }\n${valid}`, 'unknown key "constructor"'],
    ['a key that is a list', `? [a]\n: b\n${valid}`, 'a key that is no text'],
    [
      'ten megabytes',
      `service: shop # ${'x'.repeat(10 * 1024 * 1024)}\n`,
      'found 10241 KiB; expected at most 64 KiB',
    ],
    ['a deep nest', `service: ${'['.repeat(30_000)}\n`, 'nested too deeply'],
    ['a nest a bit too deep', `service: ${'['.repeat(40)}${']'.repeat(40)}\n`, 'nested too deeply'],
    [
      'many keys',
      Array.from({ length: 6000 }, (_, index) => `key${index}: 1`).join('\n'),
      'unknown key "key5999"',
    ],
    ['many anchors', `a: ${'&a '.repeat(20_000)}`, 'at most one anchor'],
    ['many quotes', '"'.repeat(60_000), 'valid YAML'],
    ['zero bytes', 'service: \0\0', 'binary data'],
  ])('%s: a clear error', (_what, text, expected) => {
    const problems = problemsOf(text);
    expect(problems.length).toBeGreaterThan(0);
    expect(problems.map(formatProblem).join('\n')).toContain(expected);
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });

  it.each([
    ['carriage returns', valid.replaceAll('\n', '\r\n')],
    ['a byte order mark', `\ufeff${valid}`],
    ['plain tags', valid.replace('shop', '!!str shop')],
    ['a start of document', `---\n${valid}...\n`],
  ])('%s are read', (_what, text) => {
    expect(messagesOf(text)).toEqual([]);
  });

  it('never throws, whatever the text', () => {
    const yaml = fc.array(
      fc.constantFrom(
        'a',
        'on',
        'service',
        'environments',
        ':',
        ': ',
        '\n',
        '  ',
        '- ',
        '[',
        ']',
        '{',
        '}',
        '&x ',
        '*x',
        '"',
        '#',
        '|',
        '!t ',
        '? ',
        '---\n',
        '<<',
        ', ',
        '5',
      ),
      { maxLength: 60 },
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.json(),
          yaml.map((parts) => parts.join('')),
          yaml.map((parts) => valid + parts.join('')),
        ),
        (text) => {
          const loaded = parseConfig(text, 'f');
          expect(loaded.ok || loaded.problems.length > 0).toBe(true);
        },
      ),
      { numRuns: 500 },
    );
  });
});

describe('a file that is not as it should be', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'sluice-config-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const messageOf = async (file: string): Promise<string> => {
    const loaded = await loadConfig(path.join(folder, file));
    return loaded.ok ? 'ok' : loaded.problems.map(formatProblem).join('\n');
  };

  it('is missing, a folder, binary, not UTF-8, or too large', async () => {
    mkdirSync(path.join(folder, 'folder'));
    writeFileSync(path.join(folder, 'binary'), Buffer.from([0x73, 0, 1, 2]));
    writeFileSync(path.join(folder, 'latin1'), Buffer.from('service: caf\xe9', 'latin1'));
    writeFileSync(path.join(folder, 'large'), 'x'.repeat(10 * 1024 * 1024));
    expect(await messageOf('missing')).toContain('found no such file; expected a sluice.yml');
    expect(await messageOf('large/missing')).toContain('found no such file');
    expect(await messageOf('folder')).toContain('found a folder; expected a file');
    expect(await messageOf('binary')).toContain('found binary data; expected YAML text in UTF-8');
    expect(await messageOf('latin1')).toContain('found bytes that are no text; expected YAML text in UTF-8');
    expect(await messageOf('large')).toContain('found 10240 KiB; expected at most 64 KiB');
  });

  const onUnix = process.platform === 'win32' ? it.skip : it;
  onUnix('is a device without an end', async () => {
    const loaded = await loadConfig('/dev/zero');
    expect(loaded.ok ? [] : loaded.problems.map(({ value }) => value)).toEqual(['a device or a pipe']);
  });
});

describe('a valid file', () => {
  const loaded = parseConfig(valid, 'sluice.yml');
  if (!loaded.ok) throw new Error(formatProblems(loaded.problems));
  const { config } = loaded;

  it('has every default, with units read', () => {
    expect(config.container).toEqual({
      port: 8080,
      command: [],
      health: {
        path: '/health',
        interval: 10_000,
        timeout: 3000,
        healthyAfter: 2,
        unhealthyAfter: 3,
        startPeriod: 0,
      },
      version: { path: '/version', json: 'version' },
      stopTimeout: 30_000,
      logs: { retention: 1_209_600_000 },
    });
    expect(config.environments.a).toMatchObject({
      approval: 'none',
      deploy: { strategy: 'rolling', circuitBreaker: true, timeout: 1_200_000 },
      proof: { answers: 3, within: 60_000 },
      checks: { test: { directory: '.', install: 'npm ci', unit: 'npm test' } },
      security: { level: 'production-like', audit: false },
    });
  });

  it('knows where each part stands, and what is not written', () => {
    const source = sourceOf(config);
    expect(source?.valueAt(['environments', 'a', 'compute', 'instance'])).toEqual({ line: 5, column: 26 });
    expect(source?.keyAt(['environments', 'a', 'compute'])).toEqual({ line: 5, column: 5 });
    expect(source?.isWritten(['environments', 'a', 'compute', 'instance'])).toBe(true);
    expect(source?.isWritten(['environments', 'a', 'compute', 'count'])).toBe(false);
    expect(JSON.stringify(config)).not.toContain('sluice.yml');
  });
});
