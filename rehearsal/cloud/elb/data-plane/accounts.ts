import type { MetricSink } from '../../cloudwatch/sink.ts';
import { dimensionOf } from '../model.ts';

/** What became of one request. */
export interface Handled {
  readonly status: number;
  /** Who answered with that status. */
  readonly by: 'target' | 'elb';
  /** From the request's leaving for the target to its first answer, in milliseconds. */
  readonly targetMs: number | undefined;
  readonly connectionFailed?: boolean;
}

/** 460, as the access logs of an ALB have it: the client left before there was an answer. */
export const clientLeft: Handled = { status: 460, by: 'elb', targetMs: undefined };

export interface TrafficSecond {
  /** Seconds since the epoch, of the machine's clock. */
  readonly at: number;
  /** By target group's ARN, or `none`. */
  readonly requests: Readonly<Record<string, number>>;
  readonly failed: Readonly<Record<string, number>>;
}

const secondsKept = 600;
const namespace = 'AWS/ApplicationELB';

/**
 * What a load balancer counts: CloudWatch's metrics of its requests, and for the charts the last ten minutes by the
 * second. In the path of every request, so it makes as little as it can.
 */
export class Accounts {
  readonly #seconds: { at: number; requests: Record<string, number>; failed: Record<string, number> }[] = [];
  readonly #metrics: MetricSink;
  readonly #now: () => number;
  readonly #own: Readonly<Record<string, string>>;
  readonly #ofGroups = new Map<string, Readonly<Record<string, string>>>();
  /** Requests by target group's ARN, since its hosts were last counted. */
  readonly #sinceHosts = new Map<string, number>();

  /** @param now the cloud's clock, in milliseconds */
  constructor(loadBalancerArn: string, metrics: MetricSink, now: () => number) {
    this.#metrics = metrics;
    this.#now = now;
    this.#own = { LoadBalancer: dimensionOf(loadBalancerArn) };
  }

  /** @param targetGroupArn `undefined`: no group was involved */
  count(
    targetGroupArn: string | undefined,
    { status, by, targetMs, connectionFailed = false }: Handled,
  ): void {
    this.#tally(targetGroupArn ?? 'none', status >= 500);
    const at = this.#now();
    const put = (name: string, value: number, unit: string, dimensions: Readonly<Record<string, string>>) =>
      this.#metrics({ namespace, name, dimensions, value, at, unit });
    const own = this.#own;
    put('RequestCount', 1, 'Count', own);
    if (by === 'elb') {
      put(`HTTPCode_ELB_${Math.floor(status / 100)}XX_Count`, 1, 'Count', own);
      if (status >= 502 && status <= 504) put(`HTTPCode_ELB_${status}_Count`, 1, 'Count', own);
    }
    if (targetGroupArn === undefined) return;
    const group = this.dimensionsOf(targetGroupArn);
    put('RequestCount', 1, 'Count', group);
    this.#sinceHosts.set(targetGroupArn, (this.#sinceHosts.get(targetGroupArn) ?? 0) + 1);
    if (connectionFailed) {
      put('TargetConnectionErrorCount', 1, 'Count', own);
      put('TargetConnectionErrorCount', 1, 'Count', group);
    }
    if (by !== 'target') return;
    const code = `HTTPCode_Target_${Math.floor(status / 100)}XX_Count`;
    put(code, 1, 'Count', own);
    put(code, 1, 'Count', group);
    if (targetMs === undefined) return;
    put('TargetResponseTime', targetMs / 1000, 'Seconds', own);
    put('TargetResponseTime', targetMs / 1000, 'Seconds', group);
  }

  /** How many targets of a group are up, and how many requests each of them had: once a minute. */
  countHosts(targetGroupArn: string, healthy: number, unhealthy: number): void {
    const at = this.#now();
    const dimensions = this.dimensionsOf(targetGroupArn);
    for (const [name, value] of [
      ['HealthyHostCount', healthy],
      ['UnHealthyHostCount', unhealthy],
    ] as const) {
      this.#metrics({ namespace, name, dimensions, value, at, unit: 'Count' });
    }
    const requests = this.#sinceHosts.get(targetGroupArn) ?? 0;
    this.#sinceHosts.delete(targetGroupArn);
    if (requests === 0 || healthy === 0) return;
    // What Application Auto Scaling tracks has the target group alone.
    const { TargetGroup = '' } = dimensions;
    for (const each of [dimensions, { TargetGroup }]) {
      this.#metrics({
        namespace,
        name: 'RequestCountPerTarget',
        dimensions: each,
        value: requests / healthy,
        at,
      });
    }
  }

  seconds(): readonly TrafficSecond[] {
    return this.#seconds;
  }

  dimensionsOf(targetGroupArn: string): Readonly<Record<string, string>> {
    let dimensions = this.#ofGroups.get(targetGroupArn);
    if (dimensions === undefined) {
      dimensions = { ...this.#own, TargetGroup: dimensionOf(targetGroupArn) };
      this.#ofGroups.set(targetGroupArn, dimensions);
    }
    return dimensions;
  }

  #tally(side: string, failed: boolean): void {
    const at = Math.floor(Date.now() / 1000);
    let second = this.#seconds.at(-1);
    if (second?.at !== at) {
      second = { at, requests: {}, failed: {} };
      this.#seconds.push(second);
      while ((this.#seconds[0]?.at ?? at) <= at - secondsKept) this.#seconds.shift();
    }
    second.requests[side] = (second.requests[side] ?? 0) + 1;
    if (failed) second.failed[side] = (second.failed[side] ?? 0) + 1;
  }
}
