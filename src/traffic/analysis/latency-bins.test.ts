import fc from 'fast-check';
import {
  binCount,
  binOf,
  bounds,
  countOf,
  histogramOf,
  percentile,
  slowerThan,
  statisticOf,
  sumOf,
} from './latency-bins.ts';

const latency = fc.double({ min: 0.0011, max: 60, noNaN: true });

describe('latency bins', () => {
  it('cover each latency once, as CloudWatch names them', () => {
    expect(statisticOf(0)).toBe('TC(:0.001)');
    expect(statisticOf(1)).toBe('TC(0.001:0.00118921)');
    expect(statisticOf(binCount - 1)).toBe('TC(65.536:)');
    const ends = Array.from({ length: binCount }, (_, bin) => statisticOf(bin).slice(3, -1).split(':'));
    expect(ends.slice(1).map(([lower]) => lower)).toEqual(ends.slice(0, -1).map(([, upper]) => upper));
  });

  it('are without their lower and with their upper bound', () => {
    for (const [bin, bound] of bounds.entries()) {
      expect(binOf(bound)).toBe(bin);
      expect(binOf(bound * 1.0001)).toBe(bin + 1);
    }
    expect(binOf(0)).toBe(0);
  });

  it('count everything once', () => {
    fc.assert(
      fc.property(fc.array(latency), fc.array(latency), (some, others) => {
        const all = sumOf([histogramOf(some), histogramOf(others)]);
        expect(all).toHaveLength(binCount);
        expect(countOf(all)).toBe(some.length + others.length);
      }),
    );
  });

  it('tell a percentile as exactly as a bin is wide', () => {
    fc.assert(
      fc.property(
        fc.array(latency, { minLength: 1, maxLength: 50 }),
        fc.double({ min: 0.01, max: 1, noNaN: true }),
        (all, share) => {
          const sorted = [...all].sort((a, b) => a - b);
          const exact = sorted[Math.ceil(share * sorted.length - 1e-9) - 1]!;
          const found = percentile(histogramOf(all), share)!;
          expect(found / exact).toBeGreaterThan(1 / 1.2);
          expect(found / exact).toBeLessThan(1.2);
        },
      ),
    );
  });

  it('tell how many were slower', () => {
    const histogram = histogramOf([0.0005, 0.1, 0.2, 0.4, 100]);
    expect(slowerThan(histogram, 0.15)).toBe(3);
    expect(slowerThan(histogram, 70)).toBe(1);
    // One bin, half way up in the logarithm: half of what is in it.
    const [lower, upper] = [bounds[20]!, bounds[21]!];
    expect(slowerThan(histogramOf([upper, upper]), Math.sqrt(lower * upper))).toBeCloseTo(1, 4);
  });

  it('know nothing of no requests', () => {
    expect(percentile(histogramOf([]), 0.5)).toBeUndefined();
    expect(slowerThan(histogramOf([]), 0.1)).toBe(0);
  });
});
