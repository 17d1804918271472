import { burnAlerts, burnOf, type Slo } from '../../slo/index.ts';
import { lookAt, riskOf, shared, type Risk } from './certainty.ts';
import { limitErrors } from './errors.ts';
import { limitLatency } from './latency.ts';
import { loadBalancerErrors } from './load-balancer.ts';
import {
  before,
  judged,
  latencyOf,
  total,
  within,
  type AnalysisPolicy,
  type Look,
  type Samples,
  type SideWindow,
  type Span,
} from './samples.ts';
import { binomialUpperTail } from './statistics/proportions.ts';
import { combine, type Check, type Outcome, type Verdict } from './verdict.ts';
import { count, errorShare, percent } from './wording.ts';

/**
 * Whether green, which has all the traffic, keeps the service level. There is no blue in the same minutes to compare
 * with any more, so the limits are absolute: how fast the error budget burns since the switch, and the latency's
 * percentiles. What blue did before the deployment only tells whether green is to blame.
 *
 * @param slo `undefined` where sluice.yml has none: the error margin is the limit then
 */
export function absolute(
  samples: Samples,
  policy: AnalysisPolicy,
  slo: Slo | undefined,
  look: Look,
): Verdict {
  const span = judged(look);
  const green = within(samples.green, span.from, span.to);
  const sum = total(green);
  const { minimumRequests, errorMargin } = policy;
  const number = lookAt([samples.green, samples.green], look, minimumRequests);
  const balancer = loadBalancerErrors(samples, policy, look);
  if (number === 0) {
    const seen = sum.requests === 0 ? 'green has no requests yet' : `green answers ${errorShare(sum)}`;
    const what = `${seen}: no verdict below ${count(minimumRequests)} requests`;
    return combine([{ name: 'errors', outcome: 'inconclusive', what }, ...balancer]);
  }
  const risk = riskOf(policy, number);
  const latencies = slo?.latency ?? [];
  const then = before(look);
  const blue = within(samples.blue, then.from, then.to);
  return combine([
    slo?.availability === undefined
      ? limitErrors(sum, errorMargin, risk)
      : burnRate(green, blue, { availability: slo.availability, span, switchedAt: then.to, risk }),
    ...latencies.map((target) =>
      limitLatency(latencyOf(green), latencyOf(blue), target, {
        minimumRequests,
        risk: shared(risk, latencies.length),
      }),
    ),
    ...balancer,
  ]);
}

/**
 * The first of the alerts, its windows clipped to the time since the switch. In a few minutes of a high service level a
 * single error burns faster than that: a `fail` is also more than a service within its level would show by chance.
 */
function burnRate(
  green: readonly SideWindow[],
  blue: readonly SideWindow[],
  {
    availability,
    span,
    switchedAt,
    risk,
  }: { readonly availability: number; readonly span: Span; readonly switchedAt: number; readonly risk: Risk },
): Check {
  const [alert] = burnAlerts;
  const burn = burnOf(alert, green, { availability, now: span.to, since: span.from });
  const earlier = burnOf(alert, blue, { availability, now: switchedAt });
  const p = binomialUpperTail(burn.long, 1 - availability);
  const outcome = ((): Outcome => {
    if (!burn.firing) return 'pass';
    if (p >= risk.fail) return 'inconclusive';
    return earlier.firing ? 'held' : 'fail';
  })();
  const rate = (burn.long.rate ?? 0).toFixed(1);
  return {
    name: 'burn-rate',
    outcome,
    what:
      `green answers ${errorShare(burn.long)}: ${rate} times what a service level of ${percent(availability)} allows, ` +
      `${alert.rate} is the limit` +
      (outcome === 'held' ? '; blue was above it before the deployment, so green is not to blame' : '') +
      (outcome === 'inconclusive' ? '; too few requests to tell it from chance' : ''),
  };
}
