import type { Aws } from '../../aws/index.ts';
import { binCount, statisticOf } from './latency-bins.ts';
import type { LoadBalancerWindow, Samples, SideWindow } from './samples.ts';
import { readSeries, type Series, type SeriesQuery, type TimeRange } from './series.ts';

/** Whose traffic is counted. */
export interface Measured extends TimeRange {
  /** The ARN of the Application Load Balancer, or of a listener or a rule of it. */
  readonly loadBalancer: string;
  /** The ARN of the old version’s target group. */
  readonly blue: string;
  /** The ARN of the new version’s target group. */
  readonly green: string;
}

const namespace = 'AWS/ApplicationELB';
const bins = Array.from({ length: binCount }, (_, bin) => bin);

/**
 * Counts the requests, errors and latencies of both sides, by one request to CloudWatch (more where it answers in
 * pages).
 *
 * @throws what CloudWatch throws, an Error where it answers in part, RangeError for what is no ARN of the kind
 */
export async function measure(aws: Aws, { loadBalancer, blue, green, ...range }: Measured): Promise<Samples> {
  const balancer = { LoadBalancer: loadBalancerDimension(loadBalancer) };
  const sides = [blue, green].map((arn) => ({ ...balancer, TargetGroup: targetGroupDimension(arn) }));
  const perSide = 2 + binCount;
  const series = await readSeries(
    aws,
    [
      ...sides.flatMap(sideQueries),
      sumOf('RequestCount', balancer),
      sumOf('HTTPCode_ELB_5XX_Count', balancer),
    ],
    range,
  );
  return {
    blue: sideWindows(series.slice(0, perSide)),
    green: sideWindows(series.slice(perSide, 2 * perSide)),
    loadBalancer: loadBalancerWindows(series[2 * perSide], series[2 * perSide + 1]),
  };
}

type Dimensions = SeriesQuery['dimensions'];

function sideQueries(dimensions: Dimensions): SeriesQuery[] {
  return [
    sumOf('RequestCount', dimensions),
    sumOf('HTTPCode_Target_5XX_Count', dimensions),
    ...bins.map((bin) => ({
      namespace,
      metric: 'TargetResponseTime',
      dimensions,
      statistic: statisticOf(bin),
    })),
  ];
}

function sumOf(metric: string, dimensions: Dimensions): SeriesQuery {
  return { namespace, metric, dimensions, statistic: 'Sum' };
}

/** A missing count is 0 only where there were requests: Elastic Load Balancing reports no zeros. */
function sideWindows([requests, errors, ...latency]: readonly Series[]): SideWindow[] {
  return [...(requests ?? [])].map(([at, count]) => ({
    at,
    requests: count,
    errors: Math.min(count, errors?.get(at) ?? 0),
    latency: latency.map((bin) => bin.get(at) ?? 0),
  }));
}

/**
 * A request that was refused before a target was chosen is in no RequestCount, so that a minute may have errors and no
 * requests.
 */
function loadBalancerWindows(
  requests: Series = new Map<number, number>(),
  errors: Series = new Map<number, number>(),
): LoadBalancerWindow[] {
  return [...new Set([...requests.keys(), ...errors.keys()])]
    .sort((earlier, later) => earlier - later)
    .map((at) => {
      const failed = errors.get(at) ?? 0;
      return { at, requests: Math.max(requests.get(at) ?? 0, failed), errors: failed };
    });
}

/**
 * How CloudWatch names a load balancer: `app/shop/50dc6c495c0c9188`.
 *
 * @param arn of the load balancer, or of a listener or a rule, whose ARNs begin with it
 */
export function loadBalancerDimension(arn: string): string {
  const name = /:(?:loadbalancer|listener|listener-rule)\/(app\/[^/]+\/[^/]+)/.exec(arn)?.[1];
  if (name === undefined) {
    throw new RangeError(
      `"${arn}" is no ARN of an Application Load Balancer, of its listener or of a rule: arn:aws:elasticloadbalancing:REGION:ACCOUNT:loadbalancer/app/NAME/ID.`,
    );
  }
  return name;
}

/** How CloudWatch names a target group: `targetgroup/shop-blue/73e2d6bc24d8a067`. */
export function targetGroupDimension(arn: string): string {
  const name = /:(targetgroup\/[^/]+\/[^/]+)$/.exec(arn)?.[1];
  if (name === undefined) {
    throw new RangeError(
      `"${arn}" is no ARN of a target group: arn:aws:elasticloadbalancing:REGION:ACCOUNT:targetgroup/NAME/ID.`,
    );
  }
  return name;
}
