import { lookAt, riskOf } from './certainty.ts';
import { isWorse } from './errors.ts';
import { before, judged, total, within, type AnalysisPolicy, type Look, type Samples } from './samples.ts';
import { binomialUpperTail } from './statistics/proportions.ts';
import type { Check, Outcome } from './verdict.ts';
import { count, errorShare, percent } from './wording.ts';

/**
 * The load balancer's own 5xx (no healthy target, a connection that broke, a timeout) belong to no side: they are held
 * against what they were before the deployment, or against the margin where that is not known. This needs no minimum
 * of either side: a request that found no target is counted for none.
 *
 * @returns nothing where the load balancer has too few requests
 */
export function loadBalancerErrors(
  { loadBalancer }: Pick<Samples, 'loadBalancer'>,
  policy: AnalysisPolicy,
  look: Look,
): Check[] {
  const { errorMargin, minimumRequests } = policy;
  const [now, then] = [judged(look), before(look)];
  const windows = within(loadBalancer, now.from, now.to);
  const number = lookAt([loadBalancer, loadBalancer], look, minimumRequests);
  if (number === 0) return [];

  const risk = riskOf(policy, number);
  const during = total(windows);
  const earlier = total(within(loadBalancer, then.from, then.to));
  const isKnown = earlier.requests >= minimumRequests;
  const isAbove = (limit: number): boolean =>
    isKnown ? isWorse(during, earlier, errorMargin, limit) : binomialUpperTail(during, errorMargin) < limit;
  const outcome: Outcome = isAbove(risk.fail) ? 'fail' : isAbove(risk.doubt) ? 'inconclusive' : 'pass';
  const comparison = isKnown
    ? `before the deployment ${errorShare(earlier)}`
    : `${percent(errorMargin)} is tolerated: there were ${count(earlier.requests)} requests before, too few to compare with`;
  return [
    {
      name: 'load-balancer-errors',
      outcome,
      what: `the load balancer itself answers ${errorShare(during)}; ${comparison}`,
    },
  ];
}
