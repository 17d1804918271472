import type * as sdk from '@aws-sdk/client-cloudwatch';
import { pageOf } from '../wire/page.ts';
import { minuteMs, type Metrics } from './metrics.ts';
import { answer, lengthOf, readStatistic } from './queries.ts';
import {
  asDimensions,
  dimensionsOf,
  invalidCombination,
  invalidToken,
  invalidValue,
  missingParameter,
  periodOf,
} from './requests.ts';
import { plainStatistics } from './statistics.ts';

/** Source: CloudWatch API reference, "GetMetricData", "GetMetricStatistics", "ListMetrics", "PutMetricData". */
const limits = {
  queries: 500,
  datapoints: 100_800,
  statisticsDatapoints: 1440,
  listed: 500,
  put: 1000,
  values: 150,
};
const dayMs = 86_400_000;

/** Values: put, read, listed. */
export function metricOperations(metrics: Metrics, now: () => number) {
  return {
    PutMetricData: (input: sdk.PutMetricDataInput): object => {
      const { Namespace: namespace = '', MetricData: data = [] } = input;
      if (input.EntityMetricData !== undefined) {
        throw invalidValue('The rehearsal takes MetricData, and no EntityMetricData.');
      }
      if (namespace.startsWith('AWS/')) {
        throw invalidValue('The value AWS/ for parameter Namespace is invalid: it is reserved for AWS.');
      }
      if (data.length > limits.put) {
        throw invalidValue(`The collection MetricData must not have a size greater than ${limits.put}.`);
      }
      const put = data.map((datum) => readDatum(namespace, datum, now()));
      for (const add of put) add(metrics);
      return {};
    },

    GetMetricData: (input: sdk.GetMetricDataInput): sdk.GetMetricDataOutput => {
      const { MetricDataQueries: queries = [], ScanBy: order = 'TimestampDescending' } = input;
      if (queries.length > limits.queries) {
        throw invalidValue(
          `The collection MetricDataQueries must not have a size greater than ${limits.queries}.`,
        );
      }
      const { from, to } = timesOf(
        input.StartTime,
        input.EndTime,
        Math.min(...queries.map((query) => lengthOf(query))),
      );
      const answered = answer(queries, metrics, from, to);
      const points = answered.flatMap(({ id, points: of }) =>
        (order === 'TimestampAscending' ? of : of.toReversed()).map((point) => ({ id, ...point })),
      );
      const { items, token } = pageOf(
        points,
        input.MaxDatapoints ?? limits.datapoints,
        input.NextToken,
        invalidToken,
      );
      return {
        MetricDataResults: answered.map(({ id, label, points: { length } }) => {
          const here = items.filter((point) => point.id === id);
          return {
            Id: id,
            Label: label,
            Timestamps: here.map(({ at }) => new Date(at)),
            Values: here.map(({ value }) => value),
            StatusCode: here.length === length || token.nextToken === undefined ? 'Complete' : 'PartialData',
          };
        }),
        Messages: [],
        ...(token.nextToken === undefined ? {} : { NextToken: token.nextToken }),
      };
    },

    GetMetricStatistics: (input: sdk.GetMetricStatisticsInput): sdk.GetMetricStatisticsOutput => {
      const { Namespace: namespace = '', MetricName: name = '' } = input;
      const { Statistics: statistics = [], ExtendedStatistics: extended = [] } = input;
      if (statistics.length + extended.length === 0) {
        throw invalidCombination(
          'At least one of the parameters Statistics and ExtendedStatistics must be specified.',
        );
      }
      const wrong = statistics.find((each) => !plainStatistics.has(each));
      if (wrong !== undefined)
        throw invalidValue(`The value ${wrong} for parameter Statistics is not supported.`);
      const length = periodOf(input.Period);
      const periods = { ...timesOf(input.StartTime, input.EndTime, length), length };
      if ((periods.to - periods.from) / length > limits.statisticsDatapoints) {
        throw invalidCombination(
          `You have requested up to ${Math.ceil((periods.to - periods.from) / length)} datapoints, which exceeds the limit of ${limits.statisticsDatapoints}. You may reduce the datapoints requested by increasing Period, or decreasing the time range.`,
        );
      }
      const id = { namespace, name, dimensions: dimensionsOf(input.Dimensions) };
      const unit = metrics.unitOf(id) as sdk.StandardUnit | undefined;
      const byTime = new Map<
        number,
        Partial<Record<sdk.Statistic, number>> & { ExtendedStatistics?: Record<string, number> }
      >();
      for (const each of [...statistics, ...extended]) {
        for (const { at, value } of metrics.datapoints(id, readStatistic(each), periods)) {
          const before = byTime.get(at) ?? {};
          byTime.set(
            at,
            plainStatistics.has(each)
              ? { ...before, [each]: value }
              : { ...before, ExtendedStatistics: { ...before.ExtendedStatistics, [each]: value } },
          );
        }
      }
      return {
        Label: name,
        Datapoints: [...byTime].map(([at, values]) => ({
          Timestamp: new Date(at),
          ...values,
          Unit: unit ?? 'None',
        })),
      };
    },

    ListMetrics: (input: sdk.ListMetricsInput): sdk.ListMetricsOutput => {
      const wanted = input.Dimensions ?? [];
      const found = metrics
        .list()
        .filter(
          ({ namespace, name, dimensions }) =>
            (input.Namespace === undefined || input.Namespace === namespace) &&
            (input.MetricName === undefined || input.MetricName === name) &&
            wanted.every(({ Name = '', Value }) =>
              Value === undefined ? Object.hasOwn(dimensions, Name) : dimensions[Name] === Value,
            ),
        );
      const { items, token } = pageOf(found, limits.listed, input.NextToken, invalidToken);
      return {
        Metrics: items.map(({ namespace, name, dimensions }) => ({
          Namespace: namespace,
          MetricName: name,
          Dimensions: asDimensions(dimensions),
        })),
        ...(token.nextToken === undefined ? {} : { NextToken: token.nextToken }),
      };
    },
  };
}

/** Whole minutes, or whole periods below a minute, as CloudWatch rounds a beginning down. */
function timesOf(
  start: Date | undefined,
  end: Date | undefined,
  length: number,
): { from: number; to: number } {
  if (start === undefined) throw missingParameter('StartTime');
  if (end === undefined) throw missingParameter('EndTime');
  if (end <= start) throw invalidValue('The parameter StartTime must be less than the parameter EndTime.');
  const step = Math.min(Number.isFinite(length) ? length : minuteMs, minuteMs);
  return { from: Math.floor(start.getTime() / step) * step, to: end.getTime() };
}

/** Reads all before any is added: a call is taken whole or not at all. */
function readDatum(namespace: string, datum: sdk.MetricDatum, now: number): (metrics: Metrics) => void {
  const { MetricName: name = '', Value: value, Values: values, StatisticValues: set, Timestamp: at } = datum;
  const time = at?.getTime() ?? now;
  if (time < now - 14 * dayMs || time > now + dayMs / 12) {
    throw invalidValue(
      'The parameter MetricData.member.Timestamp must specify a time no more than two hours in the future, and no more than two weeks in the past.',
    );
  }
  const resolution = datum.StorageResolution ?? 60;
  if (resolution !== 1 && resolution !== 60) {
    throw invalidValue('The parameter StorageResolution must be 1 or 60.');
  }
  const about = {
    namespace,
    name,
    dimensions: dimensionsOf(datum.Dimensions),
    at: time,
    unit: datum.Unit ?? 'None',
    storageResolution: resolution,
  } as const;
  if ([value, values, set].filter((given) => given !== undefined).length !== 1) {
    throw invalidCombination(
      'Exactly one of the parameters Value, Values and StatisticValues must be specified for each metric.',
    );
  }
  if (set !== undefined) {
    const { SampleCount: count = 0, Sum: sum = 0, Minimum: minimum = 0, Maximum: maximum = 0 } = set;
    return (metrics) => metrics.addSet(about, { count, sum, minimum, maximum });
  }
  const all = values ?? [value ?? 0];
  const counts = datum.Counts ?? all.map(() => 1);
  if (all.length > limits.values || counts.length !== all.length) {
    throw invalidValue(`The arrays Values and Counts must have the same size, of at most ${limits.values}.`);
  }
  if (!all.every(Number.isFinite)) throw invalidValue(`The value of ${name} must be a finite number.`);
  return (metrics) =>
    all.forEach((each, index) => metrics.add({ ...about, value: each, count: counts[index] ?? 1 }));
}
