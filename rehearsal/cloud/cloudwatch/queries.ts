import type { Metric, MetricDataQuery } from '@aws-sdk/client-cloudwatch';
import { calculate, type Operand } from './expression.ts';
import { minuteMs, type Datapoint, type MetricId, type Metrics } from './metrics.ts';
import { dimensionsOf, invalidCombination, invalidValue, missingParameter, periodOf } from './requests.ts';
import { statisticOf, type Statistic } from './statistics.ts';

export interface Answered {
  readonly id: string;
  readonly label: string;
  readonly points: readonly Datapoint[];
}

/**
 * Runs the queries of GetMetricData or of an alarm. Those with `ReturnData: false` are for expressions alone.
 *
 * @param from the beginning of the first period, in milliseconds since the epoch
 * @throws ServiceError as CloudWatch refuses a query that it cannot read
 */
export function answer(
  queries: readonly MetricDataQuery[],
  metrics: Metrics,
  from: number,
  to: number,
): readonly Answered[] {
  checkIds(queries);
  const byId = new Map(queries.map((query) => [query.Id ?? '', query]));
  const found = new Map<string, Operand>();
  const resolving = new Set<string>();

  const operandOf = (id: string): Operand | undefined => {
    const query = byId.get(id);
    if (query === undefined) return undefined;
    const known = found.get(id);
    if (known !== undefined) return known;
    if (resolving.has(id)) throw invalidValue(`The query ${id} refers to itself.`);
    resolving.add(id);
    const operand =
      query.Expression === undefined
        ? seriesOf(query, metrics, from, to)
        : calculate(query.Expression, operandOf, periodsBetween(from, to, lengthOf(query, queries)));
    found.set(id, operand);
    return operand;
  };

  return queries
    .filter(({ ReturnData: returned }) => returned !== false)
    .map((query) => {
      const id = query.Id ?? '';
      const operand = operandOf(id);
      if (operand === undefined || typeof operand === 'number') {
        throw invalidValue(`The query ${id} gives a number, and has to give a time series.`);
      }
      const points = [...operand].map(([at, value]) => ({ at, value }));
      return { id, label: query.Label ?? labelOf(query), points };
    });
}

/** The shortest period among the queries, in milliseconds: an expression has the period of what it is made of. */
export function lengthOf(query: MetricDataQuery, queries: readonly MetricDataQuery[] = [query]): number {
  const own = query.MetricStat?.Period ?? query.Period;
  if (own !== undefined) return periodOf(own);
  const lengths = queries.flatMap(({ MetricStat: stat }) =>
    stat === undefined ? [] : [periodOf(stat.Period)],
  );
  return lengths.length === 0 ? minuteMs : Math.min(...lengths);
}

export function readStatistic(name: string | undefined): Statistic {
  const statistic = statisticOf(name ?? '');
  if (statistic === undefined)
    throw invalidValue(`The value ${name ?? ''} for parameter Stat is not supported.`);
  return statistic;
}

function seriesOf(
  query: MetricDataQuery,
  metrics: Metrics,
  from: number,
  to: number,
): ReadonlyMap<number, number> {
  const stat = query.MetricStat;
  if (stat === undefined) {
    throw invalidCombination(`The query ${query.Id ?? ''} has neither an Expression nor a MetricStat.`);
  }
  const length = periodOf(stat.Period);
  const points = metrics.datapoints(idOf(stat.Metric), readStatistic(stat.Stat), { from, to, length });
  return new Map(points.map(({ at, value }) => [at, value]));
}

function idOf(metric: Metric | undefined): MetricId {
  const { Namespace: namespace, MetricName: name, Dimensions: dimensions } = metric ?? {};
  if (namespace === undefined) throw missingParameter('Namespace');
  if (name === undefined) throw missingParameter('MetricName');
  return { namespace, name, dimensions: dimensionsOf(dimensions) };
}

function labelOf({ Id: id = '', MetricStat: stat }: MetricDataQuery): string {
  return stat?.Metric?.MetricName ?? id;
}

function periodsBetween(from: number, to: number, length: number): readonly number[] {
  return Array.from(
    { length: Math.max(0, Math.ceil((to - from) / length)) },
    (_, index) => from + index * length,
  );
}

function checkIds(queries: readonly MetricDataQuery[]): void {
  const ids = new Set<string>();
  for (const { Id: id = '', Expression: expression, MetricStat: stat } of queries) {
    if (!/^[a-z][a-zA-Z0-9_]*$/.test(id)) {
      throw invalidValue(
        `The value ${id} for parameter Id is not matching the expected pattern ^[a-z][a-zA-Z0-9_]*$.`,
      );
    }
    if (ids.has(id))
      throw invalidValue(`The values for parameter Id in MetricDataQueries are not unique: ${id}.`);
    ids.add(id);
    if (expression !== undefined && stat !== undefined) {
      throw invalidCombination(`The query ${id} has both an Expression and a MetricStat.`);
    }
  }
}
