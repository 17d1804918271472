import { lookAt, riskOf } from './certainty.ts';
import { compareErrors } from './errors.ts';
import { compareLatency } from './latency.ts';
import { loadBalancerErrors } from './load-balancer.ts';
import { judged, latencyOf, total, within, type AnalysisPolicy, type Look, type Samples } from './samples.ts';
import { combine, type Check, type Verdict } from './verdict.ts';
import { count, errorShare } from './wording.ts';

/**
 * Whether green does as well as blue in the same minutes, since the last change of weights: traffic of another split,
 * or of another hour, is not compared.
 *
 * @returns `inconclusive` where either has too few requests; of less, only the load balancer's own errors can fail
 */
export function compare(samples: Samples, policy: AnalysisPolicy, look: Look): Verdict {
  const { from, to } = judged(look);
  const green = within(samples.green, from, to);
  const blue = within(samples.blue, from, to);
  const number = lookAt([samples.green, samples.blue], look, policy.minimumRequests);
  const balancer = loadBalancerErrors(samples, policy, look);
  if (number === 0) {
    return combine([tooFew(total(green), total(blue), policy.minimumRequests), ...balancer]);
  }
  const risk = riskOf(policy, number);
  const { errorMargin, latencyMargin, minimumRequests } = policy;
  return combine([
    compareErrors(total(green), total(blue), errorMargin, risk),
    compareLatency(latencyOf(green), latencyOf(blue), { margin: latencyMargin, minimumRequests, risk }),
    ...balancer,
  ]);
}

function tooFew(green: ReturnType<typeof total>, blue: ReturnType<typeof total>, minimum: number): Check {
  const side = (name: string, sum: typeof green): string =>
    sum.requests === 0 ? `${name} has no requests yet` : `${name} answers ${errorShare(sum)}`;
  return {
    name: 'errors',
    outcome: 'inconclusive',
    what: `${side('green', green)}, ${side('blue', blue)}: no verdict below ${count(minimum)} requests each`,
  };
}
