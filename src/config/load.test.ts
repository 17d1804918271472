import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { loadConfig, parseConfig } from './load.ts';
import { formatProblem, type Problem } from './problem.ts';

const problemsOf = (text: string): readonly Problem[] => {
  const loaded = parseConfig(text, 'sluice.yml');
  return loaded.ok ? [] : loaded.problems;
};

describe('sluice.yml with ten different mistakes', () => {
  const text = `service: Chat Bot
imagee: {}
container: { port: "80", health: { path: health, interval: 5 } }
environments:
  development:
    on: { branch: develop }
    deploy: { strategy: roling, minimumHealthy: 300 }
    variables: { DEBUG: true }
    secrets: { KEY: 12 }
    checks: [tets]
`;

  it('has ten messages, each with its line, column, value, expectation, and the name that was meant', () => {
    expect(problemsOf(text).map(formatProblem)).toEqual([
      'sluice.yml:1:10 service: found "Chat Bot"; expected a name in lower case: letters, digits and -.',
      'sluice.yml:2:1 imagee: found the unknown key "imagee"; expected one of service, image, container, environments, data. Did you mean "image"?',
      'sluice.yml:3:20 container.port: found "80"; expected a whole number from 1 to 65535.',
      'sluice.yml:3:42 container.health.path: found "health"; expected a path that begins with /.',
      'sluice.yml:3:60 container.health.interval: found 5; expected a duration such as 30s, 5m or 14d.',
      'sluice.yml:7:25 environments.development.deploy.strategy: found "roling"; expected one of rolling, blue-green, canary, linear. Did you mean "rolling"?',
      'sluice.yml:7:49 environments.development.deploy.minimumHealthy: found 300; expected a whole number from 0 to 100.',
      'sluice.yml:8:25 environments.development.variables.DEBUG: found true; expected text (write numbers and true/false in quotes), or { var: NAME }.',
      'sluice.yml:9:21 environments.development.secrets.KEY: found "number"; expected { literal: … }, { secretsManager: name } or { parameter: name }.',
      'sluice.yml:10:13 environments.development.checks.tets: found the unknown key "tets"; expected one of test, integration, scan, uat, performance. Did you mean "test"?',
    ]);
  });

  it('never prints a literal secret, however wrong it is', () => {
    const wrong =
      'service: x\nenvironments:\n  a:\n    on: { branch: b }\n    secrets: { KEY: { litteral: hunter2 } }\n';
    expect(problemsOf(wrong).map(formatProblem).join()).not.toContain('hunter2');
  });
});

describe('hostile text', () => {
  const valid = 'service: shop\nenvironments:\n  development:\n    on: { branch: develop }\n';

  it.each([
    ['an empty file', '', 'an empty file'],
    ['white space', '  \n\n', 'an empty file'],
    ['a list', '- a\n', 'keys and values'],
    ['an anchor', 'service: &a shop\n', 'an alias'],
    ['an alias', 'a: &a 1\nb: *a\n', 'an alias'],
    ['a duplicate key', `${valid}service: other\n`, 'the same key twice'],
    ['a tab', 'service:\tshop\n\tenvironments: {}\n', 'valid YAML'],
    ['an open bracket', 'service: [', 'valid YAML'],
    [
      'a billion laughs',
      `a: &a [x]\n${Array.from({ length: 12 }, (_, i) => `b${i}: &b${i} [*a,*a,*a,*a]`).join('\n')}\n`,
      'an alias',
    ],
    ['__proto__', `__proto__: { polluted: true }\n${valid}`, '__proto__'],
    ['ten megabytes', `service: shop # ${'x'.repeat(10 * 1024 * 1024)}\n`, 'KiB'],
    ['a deep nest', `service: ${'['.repeat(5000)}\n`, 'sluice.yml'],
  ])('%s: a clear error', (_what, text, expected) => {
    const problems = problemsOf(text);
    expect(problems.length).toBeGreaterThan(0);
    expect(problems.map(formatProblem).join('\n')).toContain(expected);
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });

  it.each([
    ['carriage returns', valid.replaceAll('\n', '\r\n')],
    ['a byte order mark', `\ufeff${valid}`],
  ])('%s are read', (_what, text) => {
    expect(problemsOf(text)).toEqual([]);
  });

  it('never throws, whatever the text', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.json(),
          fc.string().map((end) => valid + end),
        ),
        (text) => {
          expect(typeof parseConfig(text, 'f').ok).toBe('boolean');
        },
      ),
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

  it('is missing, a folder, binary, or too large', async () => {
    mkdirSync(path.join(folder, 'folder'));
    writeFileSync(path.join(folder, 'binary'), Buffer.from([0x73, 0, 1, 2]));
    writeFileSync(path.join(folder, 'large'), 'x'.repeat(10 * 1024 * 1024));
    expect(await messageOf('missing')).toContain('found no such file; expected a sluice.yml');
    expect(await messageOf('folder')).toContain('found a folder; expected a file');
    expect(await messageOf('binary')).toContain('found binary data; expected YAML text in UTF-8');
    expect(await messageOf('large')).toContain('expected a file of at most 256 KiB');
  });
});
