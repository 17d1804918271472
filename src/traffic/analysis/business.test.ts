import {
  compareBusiness,
  type BusinessMetric,
  type BusinessSamples,
  type BusinessWindow,
} from './business.ts';
import { lookAfter, minute, policy } from './traffic.fixture.ts';
import type { Outcome } from './verdict.ts';

const orders: BusinessMetric = {
  namespace: 'Shop',
  metric: 'Orders',
  dimensions: {},
  version: 'Version',
  better: 'higher',
  margin: 20,
};

/** Minutes whose values swing by a tenth around a share of 1,000 requests. */
function windows(count: number, share: number, from: number): BusinessWindow[] {
  return Array.from({ length: count }, (_, index) => ({
    at: minute(from + index),
    value: 1000 * share * (1 + 0.1 * Math.sin(7 * index)),
    per: 1000,
  }));
}

const of = (blue: number, green: number, metric = orders, minutes = 8): BusinessSamples => ({
  name: 'orders',
  metric,
  blue: windows(40, blue, -45),
  green: windows(minutes, green, 0),
  isKnownToBlue: blue > 0,
});

const few = (all: BusinessSamples, minutes: number): BusinessSamples => ({
  ...all,
  blue: all.blue.slice(0, minutes),
});
const seldom = (all: BusinessSamples): BusinessSamples => ({
  ...all,
  blue: all.blue.filter((_, index) => index % 3 === 0),
});

const outcome = (...all: BusinessSamples[]): Outcome => compareBusiness(all, policy, lookAfter(8)).outcome;

describe('users’ business', () => {
  it('passes where as much is done as before, and says by which figures', () => {
    const verdict = compareBusiness([of(0.05, 0.05)], policy, lookAfter(8));
    expect(verdict.outcome).toBe('pass');
    expect(verdict.checks[0]?.what).toMatch(
      /^orders: [45]\.\d+ % of requests now, [45]\.\d+ % before; 20 % fewer is tolerated$/,
    );
  });

  const returns: BusinessMetric = { ...orders, metric: 'Returns', per: 'Orders', better: 'lower' };
  it.each<[string, BusinessSamples, Outcome]>([
    ['a third fewer', of(0.06, 0.04), 'fail'],
    ['none any more', of(0.05, 0), 'fail'],
    ['a tenth fewer, within the margin', of(0.05, 0.045), 'pass'],
    ['many more', of(0.05, 0.1), 'pass'],
    ['more of what should be less', of(0.05, 0.08, returns), 'fail'],
    ['less of what should be less', of(0.05, 0.01, returns), 'pass'],
    ['a third fewer, in too few minutes', of(0.06, 0.04, orders, 3), 'inconclusive'],
    ['nothing before and nothing now', of(0, 0), 'pass'],
    [
      'some of what should be less, where there was none',
      { ...of(0, 0.05, returns), isKnownToBlue: true },
      'fail',
    ],
    ['more of what should be more, where there was none', { ...of(0, 0.05), isKnownToBlue: true }, 'pass'],
    ['a metric that blue did not have', of(0, 0.05, returns), 'pass'],
    ['none any more, of what was counted in too few minutes before', few(of(0.05, 0), 3), 'pass'],
    ['none any more, of what was seldom before', seldom(of(0.05, 0)), 'pass'],
  ])('%s', (_, all, expected) => {
    expect(outcome(all)).toBe(expected);
  });

  it('fails where one of its metrics does', () => {
    expect(outcome(of(0.05, 0.05), of(0.06, 0.03), of(0.05, 0.06))).toBe('fail');
  });

  it('says what it could not compare', () => {
    const said = (all: BusinessSamples) => compareBusiness([all], policy, lookAfter(8)).checks[0]?.what;
    expect(said(of(0, 0))).toBe(
      'orders: no Orders before, so there is nothing to hold green against; are the names and dimensions right?',
    );
    expect(said(few(of(0.05, 0), 3))).toBe(
      'orders: requests in 3 minutes before, too few to hold green against',
    );
    expect(said(of(0.05, 0.05, orders, 3))).toBe(
      'orders: requests in 3 minutes of green: no verdict below 4',
    );
  });

  it('is not known without metrics', () => {
    expect(outcome()).toBe('inconclusive');
  });
});
