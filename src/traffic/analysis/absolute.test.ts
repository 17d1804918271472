import type { Slo } from '../../slo/index.ts';
import { absolute } from './absolute.ts';
import { lookAfter, policy, samples, steady } from './traffic.fixture.ts';
import type { Outcome } from './verdict.ts';

const slo: Slo = { availability: 0.999, latency: [{ share: 0.95, mostMs: 300 }], windowMs: 2_592_000_000 };
const look = lookAfter(5);
/** Blue, in the half hour before the switch. */
const earlier = (each: Parameters<typeof steady>[1]) => steady(30, { ...each, from: -35 });
const well = earlier({ requests: 1000 });

const outcome = (green: Parameters<typeof steady>[1], blue = well, level: Slo | undefined = slo): Outcome =>
  absolute(samples(blue, steady(5, green)), policy, level, look).outcome;

describe('green with all the traffic', () => {
  it('passes within the service level, and says by which figures', () => {
    const verdict = absolute(samples(well, steady(5, { requests: 1000, errors: 1 })), policy, slo, look);
    expect(verdict.outcome).toBe('pass');
    expect(verdict.checks.map(({ name, what }) => `${name}: ${what}`)).toEqual([
      'burn-rate: green answers 0.1 % with 5xx (5 of 5,000): 1.0 times what a service level of 99.9 % allows, 14.4 is the limit',
      'latency: green’s p95 is 107 ms, the service level 300 ms',
    ]);
  });

  it.each<[string, Parameters<typeof steady>[1], Outcome]>([
    ['burns the budget 20 times too fast: fails', { requests: 1000, errors: 20 }, 'fail'],
    ['burns it 14 times too fast: not enough to fail', { requests: 1000, errors: 14 }, 'pass'],
    ['is slower than the service level: fails', { requests: 1000, latency: 0.5 }, 'fail'],
    ['has no requests: nothing is concluded', { requests: 0 }, 'inconclusive'],
    ['has one error in eight requests: nothing is concluded', { requests: 2, errors: 1 }, 'inconclusive'],
  ])('%s', (_, green, expected) => {
    expect(outcome(green)).toBe(expected);
  });

  it('is not to blame for what blue did before', () => {
    expect(outcome({ requests: 1000, errors: 20 }, earlier({ requests: 1000, errors: 20 }))).toBe('held');
    expect(outcome({ requests: 1000, latency: 0.5 }, earlier({ requests: 1000, latency: 0.6 }))).toBe('held');
  });

  it('does not fail by one error of a service level that a single one breaks', () => {
    const strict = { ...slo, availability: 0.9999 };
    expect(outcome({ requests: 60 }, well, strict)).toBe('pass');
    const one = steady(5, { requests: 120 }).map((window, index) =>
      index === 2 ? { ...window, errors: 1 } : window,
    );
    expect(absolute(samples(well, one), policy, strict, look).outcome).toBe('inconclusive');
  });

  it('is held to the error margin where there is no service level', () => {
    expect(outcome({ requests: 1000, errors: 9 }, well, undefined)).toBe('pass');
    const verdict = absolute(
      samples(well, steady(5, { requests: 1000, errors: 20 })),
      policy,
      undefined,
      look,
    );
    expect(verdict.outcome).toBe('fail');
    expect(verdict.checks[0]?.what).toBe(
      'green answers 2 % with 5xx (100 of 5,000); 1 % is tolerated where sluice.yml has no slo.availability',
    );
  });

  it('fails where the load balancer itself begins to answer with 5xx', () => {
    const balancer = [...earlier({ requests: 1000 }), ...steady(5, { requests: 1000, errors: 50 })];
    const verdict = absolute(samples(well, steady(5, { requests: 1000 }), balancer), policy, slo, look);
    expect(verdict.checks.filter(({ outcome }) => outcome === 'fail').map(({ name }) => name)).toEqual([
      'load-balancer-errors',
    ]);
  });
});
