import { riskOf } from './certainty.ts';
import { isWorse } from './errors.ts';
import type { AnalysisPolicy } from './samples.ts';
import { upperQuantile, upperTail } from './statistics/normal.ts';
import { binomialProbability, binomialUpperTail, type Proportion } from './statistics/proportions.ts';

/** A difference that an analysis ought to find. */
export type Difference =
  /** Shares of errors, 0 to 1. */
  | { readonly of: 'errors'; readonly blue: number; readonly green: number }
  /** How much slower, 0.5 for half; `spread` is the standard deviation of the latencies' natural logarithm. */
  | { readonly of: 'latency'; readonly slower: number; readonly spread: number };

export interface Plan {
  /** How many requests blue gets for each one of green's: 9 where green has 10 %. */
  readonly bluePerGreen: number;
  /** How likely the difference is to be found at the first look, 0 to 1. */
  readonly power: number;
}

const usual: Plan = { bluePerGreen: 9, power: 0.8 };

/** Nobody waits for more. */
const mostRequests = 2 ** 20;

/**
 * How many requests green needs, so that a difference fails at the first look with the wanted probability. The next
 * looks add to it.
 *
 * @returns a whole number; `undefined` where no sample does: the difference is not above the margin, or so near it that a million
 *   are too few
 */
export function sampleNeeded(
  policy: AnalysisPolicy,
  difference: Difference,
  plan: Plan = usual,
): number | undefined {
  if (!isAboveMargin(policy, difference)) return undefined;
  const finds = (requests: number): boolean =>
    powerOf(policy, difference, requests, plan.bluePerGreen) >= plan.power;
  let most = 1;
  while (!finds(most)) {
    most *= 2;
    if (most > mostRequests) return undefined;
  }
  // Counts are whole, so that power has teeth: what is asked for is a sample that is enough, not the first one.
  let least = most / 2;
  while (most - least > Math.max(1, most / 100)) {
    const middle = Math.round((least + most) / 2);
    if (finds(middle)) most = middle;
    else least = middle;
  }
  return most;
}

/** At the margin itself half of all estimates are below it, however many requests there are. */
function isAboveMargin(policy: AnalysisPolicy, difference: Difference): boolean {
  switch (difference.of) {
    case 'errors':
      return difference.green - difference.blue > policy.errorMargin;
    case 'latency':
      return difference.slower > policy.latencyMargin;
  }
}

/**
 * How likely a difference is to fail at the first look.
 *
 * @param requests green's
 */
export function powerOf(
  policy: AnalysisPolicy,
  difference: Difference,
  requests: number,
  bluePerGreen: number,
): number {
  const risk = riskOf(policy, 1).fail;
  switch (difference.of) {
    case 'errors':
      return powerOfErrors(policy.errorMargin, difference, requests, bluePerGreen, risk);
    case 'latency':
      return powerOfLatency(policy.latencyMargin, difference, requests, bluePerGreen, risk);
  }
}

/** By the very decision: for each count of blue's errors the least of green's that fails, and how likely so many are. */
function powerOfErrors(
  margin: number,
  shares: { readonly blue: number; readonly green: number },
  requests: number,
  bluePerGreen: number,
  risk: number,
): number {
  const blueRequests = Math.round(requests * bluePerGreen);
  const expected = blueRequests * shares.blue;
  const reach = 6 * Math.sqrt(expected) + 6;
  let power = 0;
  let needed = 0;
  for (let errors = Math.max(0, Math.floor(expected - reach)); errors <= expected + reach; errors += 1) {
    const blue: Proportion = { requests: blueRequests, errors };
    // More errors of blue never need fewer of green, and the margin is needed at least.
    needed = Math.max(needed, Math.floor(requests * (errors / blueRequests + margin)));
    while (needed <= requests && !isWorse({ requests, errors: needed }, blue, margin, risk)) needed += 1;
    if (needed > requests) break;
    power +=
      binomialProbability(blue, shares.blue) * binomialUpperTail({ requests, errors: needed }, shares.green);
  }
  return power;
}

/**
 * The smaller of two probabilities: that Mann-Whitney's test sees it (Noether 1987), and that the estimate reaches the
 * margin (its asymptotic deviation for normal values is √(π/3) of a mean's).
 */
function powerOfLatency(
  margin: number,
  { slower, spread }: { readonly slower: number; readonly spread: number },
  requests: number,
  bluePerGreen: number,
  risk: number,
): number {
  const shift = Math.log1p(slower);
  const others = requests * bluePerGreen;
  const greenIsSlower = 1 - upperTail(shift / (spread * Math.SQRT2));
  const deviation = Math.sqrt((requests + others + 1) / (12 * requests * others));
  const seen = upperTail(upperQuantile(risk) - (greenIsSlower - 0.5) / deviation);
  const estimateDeviation = spread * Math.sqrt((Math.PI / 3) * (1 / requests + 1 / others));
  const above = upperTail((Math.log1p(margin) - shift) / estimateDeviation);
  return Math.min(seen, above);
}
