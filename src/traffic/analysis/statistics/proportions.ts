import { upperTail } from './normal.ts';

/** `errors` of `requests`. */
export interface Proportion {
  readonly requests: number;
  readonly errors: number;
}

export interface Excess {
  /** How likely as many errors more are by chance, if both sides were the same: one-sided. */
  readonly p: number;
  readonly test: 'z' | 'fisher';
}

/**
 * Below this, Fisher's test decides. The usual rule says 5 (Cochran 1954), for tests of 5 % with sides of like size. With
 * a tenth of the traffic and what is left for a look, 0.8 %, counts are still lopsided there: with 6 expected, the
 * z-test is wrong in 1.4 % of all cases. Skewness falls with the root of the count.
 */
const leastExpected = 1000;

/**
 * Whether one side has more errors than the other: a two-proportion z-test with the pooled share, or Fisher's exact
 * test where a count is expected to be small.
 */
export function excess(suspect: Proportion, control: Proportion): Excess {
  const requests = suspect.requests + control.requests;
  const errors = suspect.errors + control.errors;
  if (suspect.requests === 0 || control.requests === 0 || errors === 0) return { p: 1, test: 'fisher' };
  const pooled = errors / requests;
  const least = Math.min(pooled, 1 - pooled) * Math.min(suspect.requests, control.requests);
  if (least < leastExpected) return { p: fisherUpperTail(suspect, control), test: 'fisher' };
  const deviation = Math.sqrt(pooled * (1 - pooled) * (1 / suspect.requests + 1 / control.requests));
  const difference = suspect.errors / suspect.requests - control.errors / control.requests;
  return { p: upperTail(difference / deviation), test: 'z' };
}

/**
 * Fisher's exact test, one-sided: how many of all errors fall to the suspect is hypergeometric, if errors fall to
 * requests of both sides alike.
 */
export function fisherUpperTail(suspect: Proportion, control: Proportion): number {
  const errors = suspect.errors + control.errors;
  const most = Math.min(errors, suspect.requests);
  const all = logChoose(suspect.requests + control.requests, errors);
  const middle = (errors * suspect.requests) / (suspect.requests + control.requests);
  let sum = 0;
  for (let count = suspect.errors; count <= most; count += 1) {
    const probability = Math.exp(
      logChoose(suspect.requests, count) + logChoose(control.requests, errors - count) - all,
    );
    sum += probability;
    // Terms only fall past the middle.
    if (count > middle && probability < sum * Number.EPSILON) break;
  }
  return Math.min(1, sum);
}

/**
 * How likely as many errors or more are, where each request is one with a given probability: exact, binomial.
 *
 * @param share 0 to 1
 */
export function binomialUpperTail({ requests, errors }: Proportion, share: number): number {
  if (errors <= 0) return 1;
  // The shorter of the two sums, or the one whose terms soon vanish: both are exact.
  if (errors < requests * share) {
    let below = 0;
    for (let count = errors - 1; count >= 0; count -= 1) {
      const probability = binomialProbability({ requests, errors: count }, share);
      below += probability;
      if (probability < below * Number.EPSILON) break;
    }
    return Math.max(0, 1 - below);
  }
  let sum = 0;
  for (let count = errors; count <= requests; count += 1) {
    const probability = binomialProbability({ requests, errors: count }, share);
    sum += probability;
    if (probability <= sum * Number.EPSILON) break;
  }
  return Math.min(1, sum);
}

/** How likely exactly as many errors are. */
export function binomialProbability({ requests, errors }: Proportion, share: number): number {
  if (share <= 0) return errors === 0 ? 1 : 0;
  if (share >= 1) return errors === requests ? 1 : 0;
  return Math.exp(
    logChoose(requests, errors) + errors * Math.log(share) + (requests - errors) * Math.log1p(-share),
  );
}

function logChoose(n: number, k: number): number {
  return logFactorial(n) - logFactorial(k) - logFactorial(n - k);
}

const small = smallLogFactorials(32);

function smallLogFactorials(count: number): readonly number[] {
  const values = [0];
  for (let n = 1; n < count; n += 1) values.push((values[n - 1] ?? 0) + Math.log(n));
  return values;
}

/** Stirling's series (Abramowitz & Stegun 6.1.41), good to 15 digits from 32 on. */
function logFactorial(n: number): number {
  const known = small[n];
  if (known !== undefined) return known;
  const square = n * n;
  return (
    n * Math.log(n) -
    n +
    Math.log(2 * Math.PI * n) / 2 +
    1 / (12 * n) -
    1 / (360 * n * square) +
    1 / (1260 * n * square * square)
  );
}
