/** How many different values a period keeps as they are. */
const exactValues = 256;
/** After that, values are rounded to steps of one percent. */
const stepsPerE = 100;

/** All values of one metric in one period: their count, sum and extremes, and how often each was seen. */
export class Distribution {
  count = 0;
  sum = 0;
  minimum = Number.POSITIVE_INFINITY;
  maximum = Number.NEGATIVE_INFINITY;
  /**
   * Whether every value is known. Of a statistic set only the sum is, and CloudWatch has no percentiles of it.
   */
  known = true;
  readonly #seen = new Map<number, number>();
  #ordered: Ordered | undefined;

  add(value: number, count = 1): void {
    this.#count(value * count, count, value, value);
    const kept = this.#seen.size < exactValues || this.#seen.has(value) ? value : rounded(value);
    this.#seen.set(kept, (this.#seen.get(kept) ?? 0) + count);
  }

  /** A statistic set of PutMetricData. */
  addSet(set: { readonly count: number; readonly sum: number; minimum: number; maximum: number }): void {
    if (set.minimum === set.maximum) return this.add(set.minimum, set.count);
    this.#count(set.sum, set.count, set.minimum, set.maximum);
    this.known = false;
  }

  addAll(other: Distribution): void {
    this.#count(other.sum, other.count, other.minimum, other.maximum);
    this.known &&= other.known;
    for (const [value, count] of other.#seen) this.#seen.set(value, (this.#seen.get(value) ?? 0) + count);
  }

  /** Kept until a value is added: an analysis asks for some sixty ranges of the same minutes. */
  ordered(): Ordered {
    this.#ordered ??= new Ordered(this.#seen);
    return this.#ordered;
  }

  #count(sum: number, count: number, minimum: number, maximum: number): void {
    this.#ordered = undefined;
    this.count += count;
    this.sum += sum;
    if (minimum < this.minimum) this.minimum = minimum;
    if (maximum > this.maximum) this.maximum = maximum;
  }
}

/** Values in order, with how many there are up to each, and their sum: a range is two look-ups. */
class Ordered {
  readonly #values: Float64Array;
  readonly #counts: Float64Array;
  readonly #sums: Float64Array;

  constructor(seen: ReadonlyMap<number, number>) {
    this.#values = Float64Array.from(seen.keys()).sort();
    this.#counts = new Float64Array(seen.size + 1);
    this.#sums = new Float64Array(seen.size + 1);
    for (const [index, value] of this.#values.entries()) {
      const count = seen.get(value) ?? 0;
      this.#counts[index + 1] = (this.#counts[index] ?? 0) + count;
      this.#sums[index + 1] = (this.#sums[index] ?? 0) + value * count;
    }
  }

  /** How many values there are up to this one, and their sum. */
  upTo(value: number): { readonly count: number; readonly sum: number } {
    const index = firstAbove(this.#values, value);
    return { count: this.#counts[index] ?? 0, sum: this.#sums[index] ?? 0 };
  }

  /** The sum of the least values, so many of them; a part of the last one where the number ends within it. */
  sumOfLeast(count: number): number {
    const whole = Math.max(0, firstAbove(this.#counts, count) - 1);
    return (this.#sums[whole] ?? 0) + (count - (this.#counts[whole] ?? 0)) * (this.#values[whole] ?? 0);
  }

  /** The least value that so many values do not exceed. */
  atRank(count: number): number | undefined {
    const found = this.#counts.subarray(1).findIndex((reached) => reached >= count);
    return this.#values[found === -1 ? this.#values.length - 1 : found];
  }
}

/** The first index whose value is above; the length where there is none. */
function firstAbove(ascending: Float64Array, value: number): number {
  let [low, high] = [0, ascending.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((ascending[middle] ?? 0) > value) high = middle;
    else low = middle + 1;
  }
  return low;
}

function rounded(value: number): number {
  if (value === 0) return 0;
  const size = Math.exp(Math.round(Math.log(Math.abs(value)) * stepsPerE) / stepsPerE);
  return value < 0 ? -size : size;
}
