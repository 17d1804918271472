/**
 * Latency as counts per bin. CloudWatch gives no single values, but counts any range of them: `TC(0.2:0.3)` is how many
 * requests took more than 0.2 and at most 0.3 seconds (CloudWatch statistics definitions). One query a bin makes a
 * minute's histogram, of all requests instead of a percentile a minute. Bins are equally wide in the logarithm, so that
 * "slower by a quarter" is the same distance everywhere.
 */

/** Counts per bin: under the first bound, between each two, over the last. Not whole where CloudWatch interpolates. */
export type Histogram = readonly number[];

/** Four bins to each doubling: a bin ends 19 % above where it begins. */
const binsPerDoubling = 4;
const leastSeconds = 0.001;
/** 1 ms to 65.5 s: an Application Load Balancer's idle timeout is 60 s unless it was raised. */
const doublings = 16;

/** The width of a bin, as the natural logarithm of the ratio between its ends. */
export const binWidth = Math.log(2) / binsPerDoubling;

/** The bounds between bins, in seconds, ascending. */
export const bounds: readonly number[] = Array.from({ length: doublings * binsPerDoubling + 1 }, (_, index) =>
  Number((leastSeconds * 2 ** (index / binsPerDoubling)).toPrecision(6)),
);

export const binCount = bounds.length + 1;

/** CloudWatch's name for how many values are in a bin. */
export function statisticOf(bin: number): string {
  return `TC(${bounds[bin - 1] ?? ''}:${bounds[bin] ?? ''})`;
}

/** The bin that a latency is counted in. Ranges are without their lower and with their upper end. */
export function binOf(seconds: number): number {
  const bin = bounds.findIndex((bound) => seconds <= bound);
  return bin === -1 ? bounds.length : bin;
}

export function histogramOf(latenciesSeconds: readonly number[]): Histogram {
  const counts = new Array<number>(binCount).fill(0);
  for (const latency of latenciesSeconds) {
    const bin = binOf(latency);
    counts[bin] = (counts[bin] ?? 0) + 1;
  }
  return counts;
}

export function sumOf(histograms: readonly Histogram[]): Histogram {
  return Array.from({ length: binCount }, (_, bin) =>
    histograms.reduce((sum, histogram) => sum + (histogram[bin] ?? 0), 0),
  );
}

export function countOf(histogram: Histogram): number {
  return histogram.reduce((sum, count) => sum + count, 0);
}

/**
 * How many took longer than that, in parts of a bin where the time lies inside one. Under the first bound and over the
 * last one nothing is told apart: all there count as slower.
 */
export function slowerThan(histogram: Histogram, seconds: number): number {
  const bin = binOf(seconds);
  const above = countOf(histogram.slice(bin + 1));
  const upper = bounds[bin];
  const part = bin === 0 || upper === undefined ? 1 : Math.log(upper / seconds) / binWidth;
  return above + (histogram[bin] ?? 0) * part;
}

/**
 * The latency that a share of all requests does not exceed, in seconds.
 *
 * @param share 0.95 for the 95th percentile
 */
export function percentile(histogram: Histogram, share: number): number | undefined {
  const count = countOf(histogram);
  if (count === 0) return undefined;
  let rest = share * count;
  for (const [bin, inBin] of histogram.entries()) {
    if (inBin > 0 && rest <= inBin) {
      const lower = bounds[bin - 1];
      return lower === undefined ? bounds[0] : lower * Math.exp(binWidth * (rest / inBin));
    }
    rest -= inBin;
  }
  return bounds.at(-1);
}
