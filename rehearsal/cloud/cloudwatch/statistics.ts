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
  if (!values.known) return undefined;
  const wanted = (percent / 100) * values.count;
  let reached = 0;
  for (const [value, count] of values.ascending()) {
    reached += count;
    if (reached >= wanted) return value;
  }
  return values.maximum;
}

function ofRange(kind: RangeKind, values: Distribution, range: Range): number | undefined {
  if (!values.known) return undefined;
  const inside = trimmed(values, range);
  const count = inside.reduce((sum, [, times]) => sum + times, 0);
  const sum = inside.reduce((total, [value, times]) => total + value * times, 0);
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

function trimmed(values: Distribution, { unit, from, to }: Range): (readonly [number, number])[] {
  if (unit === 'value') return values.ascending().filter(([value]) => value > from && value <= to);
  const [first, last] = [(from / 100) * values.count, (to / 100) * values.count];
  let rank = 0;
  return values.ascending().flatMap(([value, count]) => {
    const begin = Math.max(rank, first);
    rank += count;
    const end = Math.min(rank, last);
    return end > begin ? [[value, end - begin] as const] : [];
  });
}

/** What lies outside counts as what lies at the edge. */
function winsorizedMean(values: Distribution, range: Range): number | undefined {
  const [least, most] =
    range.unit === 'value'
      ? [range.from, range.to]
      : [percentile(values, range.from) ?? values.minimum, percentile(values, range.to) ?? values.maximum];
  const sum = values
    .ascending()
    .reduce((total, [value, count]) => total + Math.min(Math.max(value, least), most) * count, 0);
  return sum / values.count;
}
