import fc from 'fast-check';
import { Failure } from './failure.ts';
import * as inputs from './inputs.ts';
import { optional, readInputs, required } from './inputs.ts';
import { fakeRunner } from './runner.fake.ts';

const sha = 'a'.repeat(40);
const digest = `sha256:${'b'.repeat(64)}`;

describe('reading inputs', () => {
  it('gives typed values by the names of action.yml, and defaults for empty ones', () => {
    const { runner } = fakeRunner({
      'INPUT_DRY-RUN': 'true',
      INPUT_ENVIRONMENT: ' staging ',
      INPUT_TIMEOUT: '90s',
      INPUT_EMPTY: '  ',
    });
    expect(
      readInputs(runner, {
        'dry-run': required(inputs.flag),
        environment: required(inputs.environmentName),
        timeout: optional(inputs.duration),
        empty: optional(inputs.text, 'nothing'),
        absent: optional(inputs.text),
      }),
    ).toEqual({
      'dry-run': true,
      environment: 'staging',
      timeout: 90_000,
      empty: 'nothing',
      absent: undefined,
    });
  });

  it('reports every problem at once', () => {
    const { runner } = fakeRunner({ INPUT_IMAGE: 'chatbot:latest', INPUT_COUNT: '0' });
    const read = () =>
      readInputs(runner, {
        image: required(inputs.imageByDigest),
        count: required(inputs.integer({ min: 1, max: 9 })),
        environment: required(inputs.environmentName),
      });
    expect(read).toThrow(Failure);
    expect(catching(read)?.why).toBe(
      '"image" is "chatbot:latest": expected an image by its digest, registry/repository@sha256:…; ' +
        '"count" is "0": expected a whole number from 1 to 9; ' +
        '"environment" is missing: expected the name of an environment of sluice.yml',
    );
  });

  it('masks a secret before anything can be said about it, and never shows it', () => {
    const { runner, lines } = fakeRunner({ 'INPUT_GITHUB-TOKEN': 'hunter2', INPUT_X: '?' });
    const error = catching(() =>
      readInputs(runner, { 'github-token': required(inputs.token), x: required(inputs.commitSha) }),
    );
    expect(lines).toEqual(['::add-mask::hunter2']);
    expect(error?.why).not.toContain('hunter2');
  });

  const kinds: [string, inputs.Kind<unknown>, readonly string[], readonly string[]][] = [
    [
      'environment',
      inputs.environmentName,
      ['development', 'Prod-1.eu'],
      ['', 'a b', '../x', '-x', 'a/b', 'a;b'],
    ],
    ['commit', inputs.commitSha, [sha], ['abc', sha.toUpperCase(), `${sha}0`]],
    ['digest', inputs.digest, [digest], ['sha256:x', `${digest}0`, digest.slice(7)]],
    [
      'image',
      inputs.imageByDigest,
      [`127.0.0.1:5000/chatbot@${digest}`, `0.dkr.ecr.eu-west-1.amazonaws.com/team/chat-bot@${digest}`],
      [
        `chatbot@${digest}`,
        'r.io/chatbot:1',
        `r.io/Chatbot@${digest}`,
        `r.io/a b@${digest}`,
        `r.io/chatbot@sha256:1`,
      ],
    ],
    ['version', inputs.version, [sha, '1.2.3-rc.1+b'], ['v 1', '$(x)', '']],
    [
      'ref',
      inputs.gitRef,
      ['refs/heads/develop', 'refs/tags/v1.2.3', 'refs/heads/feat/a-b', 'refs/pull/1/merge'],
      [
        'develop',
        'refs/heads/',
        'refs/heads/a..b',
        'refs/heads/a b',
        'refs/heads/$(x)',
        'refs/heads/x.lock',
        'refs/heads/a/',
      ],
    ],
    ['flag', inputs.flag, ['true', 'False', 'TRUE'], ['yes', '1', 'tRue']],
    ['duration', inputs.duration, ['10m', '1.5h', '500ms'], ['10', '-1s', '1 m', '1y']],
    [
      'path',
      inputs.workspacePath,
      ['sluice.yml', 'a/b.yml', 'integration/*.yml'],
      ['/etc/passwd', '../x', 'a/../../b', 'a\0b'],
    ],
    [
      'url',
      inputs.httpUrl,
      ['http://localhost:1/x', 'https://example.org'],
      ['ftp://x', 'x', 'http://user:pw@x', 'javascript:1'],
    ],
    ['variables', inputs.variables, ['{}', 'null', '{"A":"b"}'], ['[]', '{"A":1}', '{', '"x"']],
    ['one of', inputs.oneOf('auto', 'docker'), ['auto'], ['Auto', 'dock']],
  ];
  it.each(kinds)('%s takes what is right and refuses the rest', (_name, kind, good, bad) => {
    for (const text of good) expect([text, kind.parse(text)]).not.toEqual([text, undefined]);
    for (const text of bad) expect([text, kind.parse(text)]).toEqual([text, undefined]);
  });

  it('lets nothing into a ref, a name or a version that a shell would read', () => {
    const dangerous = /[\s;&|`$(){}<>"'\\!*?[\]~^\0]/;
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        for (const kind of [inputs.environmentName, inputs.version, inputs.imageByDigest]) {
          const value = kind.parse(text);
          if (value !== undefined) expect(value).not.toMatch(dangerous);
        }
        expect(inputs.gitRef.parse(`refs/heads/${text}`) ?? '').not.toMatch(dangerous);
      }),
    );
  });
});

function catching(work: () => unknown): Failure | undefined {
  try {
    work();
  } catch (error) {
    if (error instanceof Failure) return error;
    throw error;
  }
  return undefined;
}
