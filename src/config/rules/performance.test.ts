import { parseConfig } from '../load.ts';

/** The problems of a file whose environment has these performance tests, seen from them. */
function problemsOf(performance: object): string[] {
  const text = JSON.stringify({
    service: 'shop',
    environments: {
      staging: { on: { branch: 'main' }, compute: { instance: 't3.micro' }, checks: { performance } },
    },
  });
  const loaded = parseConfig(text, 'sluice.yml');
  const base = 'environments.staging.checks.performance.';
  return loaded.ok ? [] : loaded.problems.map(({ path }) => path.replace(base, ''));
}

describe('rules of performance tests', () => {
  it.each<[string, object, string]>([
    ['p99 of 999 requests', { requests: 999, thresholds: { p99: '< 1s' } }, 'thresholds.p99'],
    [
      'p99.9 of 9,999 requests at a rate',
      { rate: 1111, duration: '9s', thresholds: { p999: '< 1s' } },
      'thresholds.p999',
    ],
    ['a rate without an end', { rate: 10 }, 'rate'],
    ['a duration without a rate', { duration: '10s' }, 'duration'],
    ['dropped sends where none can be', { thresholds: { dropped: '< 1%' } }, 'thresholds.dropped'],
    [
      'dropped sends as a number',
      { rate: 9, duration: '9s', thresholds: { dropped: '< 1' } },
      'thresholds.dropped',
    ],
    ['half a second', { rate: 10, duration: '500ms' }, 'duration'],
    ['a warm-up of an hour', { warmUp: '1h' }, 'warmUp'],
    ['a timeout of nothing', { timeout: '0s' }, 'timeout'],
    ['a body of GET', { request: { body: 'x' } }, 'request.body'],
    [
      'text in the answer of HEAD',
      { request: { method: 'HEAD', expect: { contains: 'x' } } },
      'request.expect.contains',
    ],
  ])('%s is refused, and nothing else', (_what, performance, at) => {
    expect(problemsOf(performance)).toEqual([at]);
  });

  it.each<[string, object]>([
    ['what ab is asked for', { requests: 1000, concurrency: 50, thresholds: { p99: '< 1s' } }],
    ['p99.9 of 10,000', { rate: 1000, duration: '10s', thresholds: { p999: '<= 1s', dropped: '< 1%' } }],
    [
      'a question',
      {
        request: {
          method: 'POST',
          path: '/api/chat',
          headers: { 'content-type': 'application/json' },
          body: '{"message":"What is 3MTT?"}',
          expect: { status: [200], contains: 'answer' },
        },
      },
    ],
  ])('%s is taken', (_what, performance) => {
    expect(problemsOf(performance)).toEqual([]);
  });
});
