import type { LatencyTarget } from '../../slo/index.ts';
import type { Risk } from './certainty.ts';
import { binWidth, countOf, percentile, slowerThan, type Histogram } from './latency-bins.ts';
import { binomialUpperTail } from './statistics/proportions.ts';
import { shiftOfCounts } from './statistics/shift.ts';
import type { Check, Outcome } from './verdict.ts';
import { count, percent, seconds } from './wording.ts';

/**
 * By so little nobody waits longer, in seconds: a service that answers within two milliseconds is half as slow again
 * for the sake of one, and any process that has just started is.
 */
const unnoticed = 0.01;

/**
 * Green's latency against that of blue in the same minutes: how many times as long a request takes, by the median over
 * all pairs of a request of green and one of blue. A `fail` is at least the margin slower, certainly slower, and by
 * more than goes unnoticed.
 */
export function compareLatency(
  green: Histogram,
  blue: Histogram,
  {
    margin,
    minimumRequests,
    risk,
  }: { readonly margin: number; readonly minimumRequests: number; readonly risk: Risk },
): Check {
  const [greens, blues] = [Math.round(countOf(green)), Math.round(countOf(blue))];
  if (Math.min(greens, blues) < minimumRequests) {
    return {
      name: 'latency',
      outcome: 'inconclusive',
      what: `green has ${count(greens)} answers with a time, blue ${count(blues)}: no verdict below ${count(minimumRequests)} each`,
    };
  }
  const shift = shiftOfCounts(green, blue, binWidth, 2 * risk.fail);
  const slower = Math.exp(shift.estimate) - 1;
  const [greenMedian = 0, blueMedian = 0] = [green, blue].map((side) => percentile(side, 0.5) ?? 0);
  const outcome = ((): Outcome => {
    if (slower < margin || greenMedian - blueMedian < unnoticed) return 'pass';
    if (shift.least > 0) return 'fail';
    return shiftOfCounts(green, blue, binWidth, 2 * risk.doubt).least > 0 ? 'inconclusive' : 'pass';
  })();
  const direction = slower >= 0 ? 'slower' : 'faster';
  return {
    name: 'latency',
    outcome,
    what:
      `green is ${percent(Math.abs(slower))} ${direction} than blue (median ${seconds(greenMedian)} and ${seconds(blueMedian)}); ` +
      `${percent(margin)}, and ${seconds(unnoticed)}, are tolerated`,
  };
}

/**
 * Green's latency against a service level, once there is no blue to compare with. Where blue was as slow before, green
 * is not to blame.
 *
 * @param earlier blue's, before the deployment; of no weight where it has fewer requests than the minimum
 */
export function limitLatency(
  green: Histogram,
  earlier: Histogram,
  target: LatencyTarget,
  { minimumRequests, risk }: { readonly minimumRequests: number; readonly risk: Risk },
): Check {
  const allowed = 1 - target.share;
  const limit = target.mostMs / 1000;
  const name = `p${target.share * 100}`;
  const excessOf = (side: Histogram): number =>
    binomialUpperTail(
      { requests: Math.round(countOf(side)), errors: Math.round(slowerThan(side, limit)) },
      allowed,
    );
  const requests = Math.round(countOf(green));
  if (requests < minimumRequests) {
    return {
      name: 'latency',
      outcome: 'inconclusive',
      what: `green has ${count(requests)} answers with a time: no verdict below ${count(minimumRequests)}`,
    };
  }
  const p = excessOf(green);
  const wasSlow = countOf(earlier) >= minimumRequests && excessOf(earlier) < risk.doubt;
  const outcome = ((): Outcome => {
    if (p < risk.fail) return wasSlow ? 'held' : 'fail';
    return p < risk.doubt ? 'inconclusive' : 'pass';
  })();
  const was = seconds(percentile(earlier, target.share) ?? 0);
  return {
    name: 'latency',
    outcome,
    what:
      `green’s ${name} is ${seconds(percentile(green, target.share) ?? 0)}, the service level ${seconds(limit)}` +
      (outcome === 'held' ? `; blue’s was ${was} before, so green is not to blame` : ''),
  };
}
