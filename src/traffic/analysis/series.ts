import type { MetricDataQuery, MetricDataResult } from '@aws-sdk/client-cloudwatch';
import type { Aws } from '../../aws/index.ts';
import { windowMs } from './samples.ts';

/** A statistic of a metric, minute by minute. */
export interface SeriesQuery {
  readonly namespace: string;
  readonly metric: string;
  readonly dimensions: Readonly<Record<string, string>>;
  /** `Sum`, `TC(0.1:0.2)`. */
  readonly statistic: string;
}

/** Values by the beginning of their minute, in milliseconds since the epoch. A minute without data is absent. */
export type Series = ReadonlyMap<number, number>;

export interface TimeRange {
  /** By AWS's clock, as a runner's may be off. */
  readonly from: Date;
  readonly to: Date;
  readonly signal?: AbortSignal | undefined;
}

/** GetMetricData takes so many queries at once. */
const queriesAtOnce = 500;

/**
 * Reads many statistics at once.
 *
 * @returns a series a query, in their order
 * @throws what CloudWatch throws, and an Error where it answers with only a part: what is missing would read as zero
 */
export async function readSeries(
  aws: Aws,
  queries: readonly SeriesQuery[],
  range: TimeRange,
): Promise<Series[]> {
  const read: Series[] = [];
  for (let first = 0; first < queries.length; first += queriesAtOnce) {
    read.push(...(await readBatch(aws, queries.slice(first, first + queriesAtOnce), range)));
  }
  return read;
}

async function readBatch(
  aws: Aws,
  queries: readonly SeriesQuery[],
  { from, to, signal }: TimeRange,
): Promise<Series[]> {
  const { GetMetricDataCommand } = await import('@aws-sdk/client-cloudwatch');
  const client = await aws.cloudWatch();
  const series = queries.map(() => new Map<number, number>());
  const states = new Map<string, MetricDataResult>();
  let token: string | undefined;
  do {
    const answer = await client.send(
      new GetMetricDataCommand({
        MetricDataQueries: queries.map(asQuery),
        StartTime: from,
        EndTime: to,
        ScanBy: 'TimestampAscending',
        ...(token === undefined ? {} : { NextToken: token }),
      }),
      signal === undefined ? {} : { abortSignal: signal },
    );
    for (const result of answer.MetricDataResults ?? []) {
      states.set(result.Id ?? '', result);
      addTo(series[Number(result.Id?.slice(1))], result);
    }
    token = answer.NextToken;
  } while (token !== undefined);
  refuseParts(queries, states);
  return series;
}

function asQuery(query: SeriesQuery, index: number): MetricDataQuery {
  return {
    // An Id begins with a small letter.
    Id: `q${index}`,
    MetricStat: {
      Metric: {
        Namespace: query.namespace,
        MetricName: query.metric,
        Dimensions: Object.entries(query.dimensions).map(([Name, Value]) => ({ Name, Value })),
      },
      Period: windowMs / 1000,
      Stat: query.statistic,
    },
  };
}

function addTo(
  series: Map<number, number> | undefined,
  { Timestamps = [], Values = [] }: MetricDataResult,
): void {
  for (const [index, time] of Timestamps.entries()) series?.set(time.getTime(), Values[index] ?? 0);
}

function refuseParts(queries: readonly SeriesQuery[], states: ReadonlyMap<string, MetricDataResult>): void {
  for (const [index, { namespace, metric, statistic }] of queries.entries()) {
    const result = states.get(`q${index}`);
    if (result?.StatusCode === 'Complete') continue;
    const messages = (result?.Messages ?? []).map(({ Value }) => Value).join(' ');
    throw new Error(
      `CloudWatch answered only in part for ${statistic} of ${namespace} ${metric}: ${result?.StatusCode ?? 'no result'}` +
        `${messages === '' ? '' : ` (${messages})`}. What is missing would read as zero, so nothing is concluded; ask again.`,
    );
  }
}
