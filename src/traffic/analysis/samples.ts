import { sumOf, type Histogram } from './latency-bins.ts';

/** CloudWatch's period for load balancers (Elastic Load Balancing: "measures and sends its metrics in 60-second intervals"). */
export const windowMs = 60_000;

/** One minute of the requests that went to one target group. A minute without requests is absent, as on CloudWatch. */
export interface SideWindow {
  /** When the minute begins, in milliseconds since the epoch, of AWS's clock. */
  readonly at: number;
  readonly requests: number;
  /** Those that the targets answered with 5xx. */
  readonly errors: number;
  /** How long the targets took to answer. */
  readonly latency: Histogram;
}

/** One minute of a whole load balancer: 5xx that it made itself belong to no target group. */
export interface LoadBalancerWindow {
  readonly at: number;
  readonly requests: number;
  readonly errors: number;
}

/** What CloudWatch counted, minute by minute, the oldest first. */
export interface Samples {
  /** The old version. */
  readonly blue: readonly SideWindow[];
  /** The new one. */
  readonly green: readonly SideWindow[];
  readonly loadBalancer: readonly LoadBalancerWindow[];
}

/** When traffic is looked at. All times are AWS's, in milliseconds since the epoch. */
export interface Look {
  readonly now: number;
  /**
   * Each time that the production rule's weights changed in this deployment. The last one begins what is judged; what
   * was before the first one is what it was like before the deployment.
   */
  readonly weightChanges: readonly number[];
  /**
   * When the present split can have begun at the earliest. The looks that were possible since then are counted, whether
   * or not anybody had them: whoever is started again counts on, and not anew.
   */
  readonly countedFrom: number;
  /** Looks that were possible beside one a minute. */
  readonly extraLooks: number;
}

/** What is tolerated, and how sure one has to be. Shares are 0 to 1. */
export interface AnalysisPolicy {
  /** How much larger the new version's share of errors may be: 0.01 is one request in a hundred. */
  readonly errorMargin: number;
  /** How much slower it may be: 0.25 is a quarter. */
  readonly latencyMargin: number;
  /** How sure a `fail` is: with 0.95, at most 5 in 100 good versions fail, in all analyses of a deployment together. */
  readonly confidence: number;
  /** Requests of each side, below which there is no verdict. */
  readonly minimumRequests: number;
  /** How many analyses the deployment has: what may go wrong is shared between them. */
  readonly analyses: number;
}

/** Minutes that lie wholly within a time, in order. */
export function within<Window extends { readonly at: number }>(
  windows: readonly Window[],
  from: number,
  to: number,
): Window[] {
  return windows
    .filter(({ at }) => at >= from && at + windowMs <= to)
    .sort((earlier, later) => earlier.at - later.at);
}

/** A change of weights reaches the last of the load balancer's nodes only after a while. */
const propagationMs = 60_000;

/** CloudWatch may have a minute's requests before it has their errors. */
const settlingMs = 60_000;

export interface Span {
  readonly from: number;
  readonly to: number;
}

/** What can be judged now: after the last change of weights has reached every node, until metrics have settled. */
export function judged({ now, weightChanges }: Look): Span {
  return { from: Math.max(...weightChanges) + propagationMs, to: now - settlingMs };
}

/** What was before the first change of weights. Everything, where none was made. */
export function before({ weightChanges }: Look): Span {
  return { from: -Infinity, to: Math.min(...weightChanges) };
}

export interface Total {
  readonly requests: number;
  readonly errors: number;
}

/** The sum of all minutes. */
export function total(windows: readonly Total[]): Total {
  return windows.reduce<Total>(
    (sum, { requests, errors }) => ({ requests: sum.requests + requests, errors: sum.errors + errors }),
    { requests: 0, errors: 0 },
  );
}

/** The latencies of all minutes. */
export function latencyOf(windows: readonly SideWindow[]): Histogram {
  return sumOf(windows.map(({ latency }) => latency));
}
