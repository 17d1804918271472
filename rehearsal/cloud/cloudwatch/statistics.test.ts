import fc from 'fast-check';
import { Distribution } from './distribution.ts';
import { statisticOf } from './statistics.ts';

function distributionOf(values: readonly number[]): Distribution {
  const distribution = new Distribution();
  for (const value of values) distribution.add(value);
  return distribution;
}

function ask(name: string, values: Distribution): number | undefined {
  const statistic = statisticOf(name);
  if (statistic === undefined) throw new Error(`There is no statistic ${name}.`);
  return statistic(values);
}

const tenths = Array.from({ length: 10 }, (_, index) => index + 1);

test.each([
  ['SampleCount', 10],
  ['Sum', 55],
  ['Average', 5.5],
  ['Minimum', 1],
  ['Maximum', 10],
  ['p50', 5],
  ['p95', 10],
  ['p0', 1],
  ['p100', 10],
  ['tm90', 5],
  ['TM(20%:80%)', 5.5],
  ['TM(:5)', 3],
  ['tc90', 9],
  ['TC(2:4)', 2],
  ['TC(:2)', 2],
  ['TC(9:)', 1],
  ['TS(2:4)', 7],
  ['PR(:3)', 30],
  ['PR(3:5)', 20],
  ['IQM', 5.5],
  ['WM(10%:90%)', 5.4],
  ['WM(3:8)', 5.5],
])('%s of 1 to 10 is %d', (name, wanted) => {
  expect(ask(name, distributionOf(tenths))).toBeCloseTo(wanted, 9);
});

test.each(['p101', 'P', 'TM', 'TC(1)', 'TC(:)', 'TC(1:2%)', 'PR(1%:2%)', 'Median', 'sum', 'constructor'])(
  'there is no statistic %s',
  (name) => {
    expect(statisticOf(name)).toBeUndefined();
  },
);

test('a trimmed mean of nothing has no datapoint, a count of nothing is 0', () => {
  expect(ask('TM(100:200)', distributionOf(tenths))).toBeUndefined();
  expect(ask('TC(100:200)', distributionOf(tenths))).toBe(0);
});

test('however many values there are, counts are exact, sums too, and percentiles within one percent', () => {
  const latencies = fc.array(fc.double({ min: 0.001, max: 60, noNaN: true }), {
    minLength: 300,
    maxLength: 2000,
  });
  fc.assert(
    fc.property(latencies, fc.integer({ min: 1, max: 100 }), (values, percent) => {
      const distribution = distributionOf(values);
      const sorted = values.toSorted((a, b) => a - b);
      const exact = sorted[Math.max(0, Math.ceil((percent / 100) * values.length) - 1)] ?? 0;
      const found = ask(`p${percent}`, distribution) ?? 0;
      expect(ask('SampleCount', distribution)).toBe(values.length);
      expect(ask('Sum', distribution)).toBeCloseTo(
        values.reduce((sum, value) => sum + value, 0),
        6,
      );
      expect(Math.abs(found / exact - 1)).toBeLessThan(0.01);
    }),
    { numRuns: 50 },
  );
});

test('bins that touch count every value once', () => {
  const values = fc.array(fc.double({ min: 0, max: 100, noNaN: true }), { minLength: 1, maxLength: 1000 });
  const bounds = fc.uniqueArray(fc.integer({ min: 1, max: 99 }), { minLength: 1, maxLength: 10 });
  fc.assert(
    fc.property(values, bounds, (all, inner) => {
      const ends = inner.toSorted((a, b) => a - b);
      const distribution = distributionOf(all);
      const bins = [...ends, ''].map(
        (end, index) => ask(`TC(${ends[index - 1] ?? ''}:${end})`, distribution) ?? 0,
      );
      expect(bins.reduce((sum, count) => sum + count, 0)).toBe(all.length);
    }),
    { numRuns: 50 },
  );
});
