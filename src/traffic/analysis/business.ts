import type { Aws } from '../../aws/index.ts';
import type { ResolvedEnvironment } from '../../config/index.ts';
import { before, judged, windowMs, within, type AnalysisPolicy, type Look, type Samples } from './samples.ts';
import { readSeries, type Series, type SeriesQuery, type TimeRange } from './series.ts';
import { shiftOf } from './statistics/shift.ts';
import { combine, type Check, type Outcome, type Verdict } from './verdict.ts';
import { percent, count } from './wording.ts';

/** A metric of the service's own, as sluice.yml has it under `business`. */
export type BusinessMetric = ResolvedEnvironment['business'][string];

/** One minute of a metric, beside what it is counted against. */
export interface BusinessWindow {
  readonly at: number;
  readonly value: number;
  /** Requests, or another metric. Above 0. */
  readonly per: number;
}

export interface BusinessSamples {
  readonly name: string;
  readonly metric: BusinessMetric;
  readonly blue: readonly BusinessWindow[];
  readonly green: readonly BusinessWindow[];
  /** Whether blue has told a value of it at all, be it 0: a version may be the first to count something. */
  readonly isKnownToBlue: boolean;
}

/** Whose business is counted: versions as `SLUICE_VERSION` tells them to the service. */
export interface BusinessMeasured extends TimeRange {
  readonly metrics: ResolvedEnvironment['business'];
  readonly versions: { readonly blue: string; readonly green: string };
  /** The requests of the same time. */
  readonly traffic: Pick<Samples, 'blue' | 'green'>;
}

/** Counts the business metrics of both versions. */
export async function measureBusiness(
  aws: Aws,
  { metrics, versions, traffic, ...range }: BusinessMeasured,
): Promise<BusinessSamples[]> {
  const wanted = Object.entries(metrics);
  const queries = wanted.flatMap(([, metric]) =>
    (['blue', 'green'] as const).flatMap((side) => [
      sumOf(metric, metric.metric, versions[side]),
      sumOf(metric, metric.per ?? metric.metric, versions[side]),
    ]),
  );
  const series = await readSeries(aws, queries, range);
  const requests = { blue: requestsOf(traffic.blue), green: requestsOf(traffic.green) };
  return wanted.map(([name, metric], index) => {
    const [blue, blueAgainst, green, greenAgainst] = series.slice(4 * index, 4 * index + 4);
    const isCounted = metric.per !== undefined;
    return {
      name,
      metric,
      blue: windowsOf(blue, isCounted ? blueAgainst : requests.blue),
      green: windowsOf(green, isCounted ? greenAgainst : requests.green),
      isKnownToBlue: (blue?.size ?? 0) > 0,
    };
  });
}

function sumOf(
  { namespace, dimensions, version: dimension }: BusinessMetric,
  metric: string,
  version: string,
): SeriesQuery {
  return { namespace, metric, dimensions: { ...dimensions, [dimension]: version }, statistic: 'Sum' };
}

function requestsOf(windows: Samples['blue']): Series {
  return new Map(windows.map(({ at, requests }) => [at, requests]));
}

/** A missing value is 0 where there is something to count it against. */
function windowsOf(values: Series | undefined, against: Series | undefined): BusinessWindow[] {
  return [...(against ?? [])]
    .filter(([, per]) => per > 0)
    .map(([at, per]) => ({ at, value: values?.get(at) ?? 0, per }));
}

/** Fewer minutes than that have no confidence interval (Mann-Whitney of 3 and 3 values: at best 1 in 20). */
const leastMinutes = 4;

/**
 * Whether users do with the new version what they came for, as much as they did before: minute by minute, by the
 * shift of the share and its confidence interval. What a minute counts depends on much more than on chance, so that
 * minutes are compared, and not single events.
 */
export function compareBusiness(
  all: readonly BusinessSamples[],
  policy: AnalysisPolicy,
  look: Look,
): Verdict {
  const risk = (1 - policy.confidence) / policy.analyses / Math.max(1, all.length);
  return combine(all.map((samples) => check(samples, risk, look)));
}

function check({ name, metric, isKnownToBlue, ...sides }: BusinessSamples, risk: number, look: Look): Check {
  const { from, to } = judged(look);
  const then = before(look);
  const green = within(sides.green, from, to);
  const blue = within(sides.blue, then.from, then.to);
  const against = metric.per ?? 'requests';
  const result = (outcome: Outcome, what: string): Check => ({
    name: 'business',
    outcome,
    what: `${name}: ${what}`,
  });
  if (isSparse(blue)) {
    return result(
      'pass',
      `${against} in ${count(blue.length)} minutes before, too few to hold green against`,
    );
  }
  const [was, is] = [shareOf(blue), shareOf(green)];
  if (was === 0 && (metric.better === 'higher' || is === 0 || !isKnownToBlue)) {
    const hint = is === 0 ? '; are the names and dimensions right?' : '';
    return result('pass', `no ${metric.metric} before, so there is nothing to hold green against${hint}`);
  }
  if (green.length < leastMinutes) {
    return result(
      'inconclusive',
      `${against} in ${count(green.length)} minutes of green: no verdict below ${leastMinutes}`,
    );
  }
  const counted = within(sides.green, Math.min(look.countedFrom, from), to);
  const number = counted.length - leastMinutes + 1 + look.extraLooks;
  const outcome = judge(
    green.map(rate),
    blue.map(rate),
    { ...metric, was },
    { fail: risk / (number * (number + 1)), doubt: risk },
  );
  return result(
    outcome,
    `${percent(is)} of ${against} now, ${percent(was)} before; ` +
      (was === 0
        ? 'where there was none, none is tolerated'
        : `${metric.margin} % ${metric.better === 'higher' ? 'fewer' : 'more'} is tolerated`),
  );
}

/**
 * What was before does not become more by waiting: a service that is seldom used would otherwise never be deployed.
 * That it is used at all, and answers well, the traffic's own analysis sees to.
 */
function isSparse(blue: readonly BusinessWindow[]): boolean {
  const [first, last] = [blue[0], blue.at(-1)];
  if (first === undefined || last === undefined || blue.length < leastMinutes) return true;
  return blue.length < ((last.at - first.at) / windowMs + 1) / 2;
}

function judge(
  green: readonly number[],
  blue: readonly number[],
  { better, margin, was }: Pick<BusinessMetric, 'better' | 'margin'> & { readonly was: number },
  risk: { readonly fail: number; readonly doubt: number },
): Outcome {
  const sign = better === 'lower' ? 1 : -1;
  // Nothing has no hundredth: where there was none of it before, any that is more than chance is too much.
  const [unit, tolerated] = was === 0 ? [1, 0] : [was, margin / 100];
  const worse = (values: readonly number[]): number[] => values.map((value) => (sign * value) / unit);
  const shift = shiftOf(worse(green), worse(blue), 2 * risk.fail);
  if (shift.estimate < tolerated) return 'pass';
  if (shift.least > 0) return 'fail';
  return shiftOf(worse(green), worse(blue), 2 * risk.doubt).least > 0 ? 'inconclusive' : 'pass';
}

function rate({ value, per }: BusinessWindow): number {
  return value / per;
}

function shareOf(windows: readonly BusinessWindow[]): number {
  const [values, against] = windows.reduce(
    ([value, per], window) => [value + window.value, per + window.per],
    [0, 0],
  );
  return against === 0 ? 0 : values / against;
}
