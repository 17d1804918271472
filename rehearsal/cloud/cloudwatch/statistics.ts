import type { Distribution } from './distribution.ts';

/** One number out of a period's values; `undefined` where CloudWatch would have no datapoint. */
export type Statistic = (values: Distribution) => number | undefined;

const plain: Readonly<Record<string, Statistic>> = {
  SampleCount: ({ count }) => count,
  Sum: ({ sum }) => sum,
  Average: ({ sum, count }) => sum / count,
  Minimum: ({ minimum }) => minimum,
  Maximum: ({ maximum }) => maximum,
  IQM: (values) => ofRange('TM', values, { unit: 'percent', from: 25, to: 75 }),
};

export const plainStatistics: ReadonlySet<string> = new Set([
  'SampleCount',
  'Sum',
  'Average',
  'Minimum',
  'Maximum',
]);

/** Without its lower end, with its upper one. */
interface Range {
  readonly unit: 'value' | 'percent';
  readonly from: number;
  readonly to: number;
}

type RangeKind = 'TM' | 'TC' | 'TS' | 'WM' | 'PR';

/**
 * Reads a statistic's name: `Sum`, `p99.9`, `tm90`, `TC(0.2:0.3)`, `PR(:0.5)`, `WM(10%:90%)`, …
 * Source: CloudWatch User Guide, "CloudWatch statistics definitions".
 *
 * @returns `undefined` where there is none of this name
 */
export function statisticOf(name: string): Statistic | undefined {
  if (Object.hasOwn(plain, name)) return plain[name];
  const short = /^(p|tm|tc|ts|wm)(\d{1,2}(?:\.\d{1,10})?|100)$/i.exec(name);
  if (short !== null) {
    const [, kind = '', upTo = ''] = short;
    const percent = Number(upTo);
    return kind.toLowerCase() === 'p'
      ? (values) => percentile(values, percent)
      : (values) => ofRange(asKind(kind), values, { unit: 'percent', from: 0, to: percent });
  }
  const ranged = /^(TM|TC|TS|WM|PR)\(([^:]*):([^:]*)\)$/i.exec(name);
  if (ranged === null) return undefined;
  const [, kind = '', from = '', to = ''] = ranged;
  const range = rangeOf(from, to);
  if (range === undefined || (kind.toUpperCase() === 'PR' && range.unit === 'percent')) return undefined;
  return (values) => ofRange(asKind(kind), values, range);
}

function asKind(text: string): RangeKind {
  return text.toUpperCase() as RangeKind;
}

/** Both ends are values, or both are percentages; one of them may be left out. */
function rangeOf(from: string, to: string): Range | undefined {
  const ends = [from, to].filter((end) => end !== '');
  if (ends.length === 0 || !ends.every((end) => /^-?\d+(\.\d{1,10})?%?$/.test(end))) return undefined;
  const percents = ends.filter((end) => end.endsWith('%')).length;
  if (percents !== 0 && percents !== ends.length) return undefined;
  const number = (end: string, otherwise: number): number => (end === '' ? otherwise : parseFloat(end));
  return percents === 0
    ? {
        unit: 'value',
        from: number(from, Number.NEGATIVE_INFINITY),
        to: number(to, Number.POSITIVE_INFINITY),
      }
    : { unit: 'percent', from: number(from, 0), to: number(to, 100) };
}

/** The least value that so many percent of all values do not exceed. */
function percentile(values: Distribution, percent: number): number | undefined {
  return values.known ? values.ordered().atRank((percent / 100) * values.count) : undefined;
}

function ofRange(kind: RangeKind, values: Distribution, range: Range): number | undefined {
  if (!values.known) return undefined;
  const { count, sum } = inside(values, range);
  switch (kind) {
    case 'TM':
      return count === 0 ? undefined : sum / count;
    case 'TC':
      return count;
    case 'TS':
      return sum;
    case 'PR':
      return (count / values.count) * 100;
    case 'WM':
      return winsorizedMean(values, range);
  }
}

function inside(
  values: Distribution,
  { unit, from, to }: Range,
): { readonly count: number; readonly sum: number } {
  const ordered = values.ordered();
  switch (unit) {
    case 'value': {
      const [below, within] = [ordered.upTo(from), ordered.upTo(Math.max(from, to))];
      return { count: within.count - below.count, sum: within.sum - below.sum };
    }
    case 'percent': {
      const [first, last] = [(from / 100) * values.count, (Math.max(from, to) / 100) * values.count];
      return { count: last - first, sum: ordered.sumOfLeast(last) - ordered.sumOfLeast(first) };
    }
  }
}

/** What lies outside counts as what lies at the edge. */
function winsorizedMean(values: Distribution, { unit, from, to }: Range): number | undefined {
  const [least = values.minimum, most = values.maximum] =
    unit === 'value'
      ? [Math.max(from, values.minimum), Math.min(to, values.maximum)]
      : [percentile(values, from), percentile(values, to)];
  const ordered = values.ordered();
  const [below, within] = [ordered.upTo(least), ordered.upTo(most)];
  const sum = below.count * least + (within.sum - below.sum) + (values.count - within.count) * most;
  return sum / values.count;
}
