import { failureThreshold, judge, retryDelayMs } from './circuit-breaker.ts';

const breaker = { enable: true, rollback: true };

describe('the circuit breaker', () => {
  it.each([
    [1, 3],
    [6, 3],
    [7, 4],
    [10, 5],
    [1000, 200],
  ])('gives a deployment of %i tasks up after %i failures', (desired, threshold) => {
    expect(failureThreshold(breaker, desired)).toBe(threshold);
  });

  it.each([
    [{ type: 'COUNT', value: 1 }, 1],
    [{ type: 'UNBOUNDED_PERCENT', value: 10 }, 1],
    [{ type: 'UNBOUNDED_PERCENT', value: 100 }, 4],
    [{ type: 'BOUNDED_PERCENT', value: 100 }, 4],
  ] as const)('with the threshold %j, a deployment of 4 after %i', (thresholdConfiguration, threshold) => {
    expect(failureThreshold({ ...breaker, thresholdConfiguration }, 4)).toBe(threshold);
  });

  it.each([
    [undefined, 9, 'go-on'],
    [{ enable: false, rollback: true }, 9, 'go-on'],
    [breaker, 2, 'go-on'],
    [breaker, 3, 'roll-back'],
    [{ enable: true, rollback: false }, 3, 'give-up'],
  ] as const)('configured as %j, after %i failures it says %s', (configured, failures, verdict) => {
    expect(judge(configured, failures, 1)).toBe(verdict);
  });
});

it('starts after failures come more and more slowly, to a limit', () => {
  expect([1, 2, 3, 4, 5, 20].map(retryDelayMs)).toEqual([1000, 1000, 1000, 2000, 4000, 60_000]);
});
