/**
 * What an analysis of the traffic comes to. `inconclusive` is not a pass: it waits for more data, and rolls back when
 * the gate's deadline comes first. `held` is for when both sides are equally bad: the new version is not to blame, and
 * going on or back would help nobody.
 */
export type Outcome = 'pass' | 'fail' | 'inconclusive' | 'held';

/** One thing that was looked at. */
export interface Check {
  readonly name: 'errors' | 'latency' | 'load-balancer-errors' | 'alarms' | 'burn-rate' | 'business';
  readonly outcome: Outcome;
  /** In words, with the figures it rests on: `green answers 2.1 % with 5xx (21 of 1,000), blue 0.1 % (9 of 9,000)`. */
  readonly what: string;
}

export interface Verdict {
  readonly outcome: Outcome;
  readonly checks: readonly Check[];
}

/** One `fail` fails; else one `held` holds; else one `inconclusive` is inconclusive. Nothing checked: inconclusive. */
export function combine(checks: readonly Check[]): Verdict {
  const order: readonly Outcome[] = ['fail', 'held', 'inconclusive', 'pass'];
  const outcome = order.find((candidate) => checks.some((check) => check.outcome === candidate));
  return { outcome: outcome ?? 'inconclusive', checks };
}
