/** How many different values a period keeps as they are. */
const exactValues = 256;
/** After that, values are rounded to steps of half a percent. */
const stepsPerE = 200;

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
  #ascending: readonly (readonly [value: number, count: number])[] | undefined;

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

  /** Values and how often each was seen, the least first. */
  ascending(): readonly (readonly [value: number, count: number])[] {
    this.#ascending ??= [...this.#seen].sort(([a], [b]) => a - b);
    return this.#ascending;
  }

  #count(sum: number, count: number, minimum: number, maximum: number): void {
    this.#ascending = undefined;
    this.count += count;
    this.sum += sum;
    if (minimum < this.minimum) this.minimum = minimum;
    if (maximum > this.maximum) this.maximum = maximum;
  }
}

function rounded(value: number): number {
  if (value === 0) return 0;
  const size = Math.exp(Math.round(Math.log(Math.abs(value)) * stepsPerE) / stepsPerE);
  return value < 0 ? -size : size;
}
