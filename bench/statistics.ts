/** What the issue asks of a figure: to stay at or below something, or to reach it. */
export type Target = { readonly atMost: number } | { readonly atLeast: number };

/** One figure, measured several times. */
export interface Figure {
  readonly what: string;
  readonly unit: string;
  readonly values: readonly number[];
  /** `undefined` where the figure is only shown. */
  readonly target?: Target;
}

/** What one bench found. */
export interface Measured {
  readonly figures: readonly Figure[];
  /** What a reader needs to judge the figures: what ran, what was left out. Markdown, a sentence or two each. */
  readonly notes: readonly string[];
}

/** @returns NaN where there are none */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? NaN) + upper) / 2;
}

/**
 * The smallest value that `percent` per cent of the values do not exceed (nearest rank).
 * @returns NaN where there are none
 */
export function percentile(values: readonly number[], percent: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1)] ?? NaN;
}

const decimals = new Intl.NumberFormat('en-GB', { maximumSignificantDigits: 3, useGrouping: true });
const whole = new Intl.NumberFormat('en-GB', { maximumFractionDigits: 0 });

/** Three digits that count; no more are repeatable. */
export function shown(value: number): string {
  return Math.abs(value) >= 1000 ? whole.format(value) : decimals.format(value);
}

/** A figure as cells: what, unit, min, median, max, runs, target, ratio of the median to the target. */
export function cells({ what, unit, values, target }: Figure): string[] {
  const middle = median(values);
  return [
    what,
    unit,
    shown(Math.min(...values)),
    shown(middle),
    shown(Math.max(...values)),
    String(values.length),
    ...(target === undefined ? ['', ''] : [targetText(target), verdict(middle, target)]),
  ];
}

export const columns = ['What', 'Unit', 'Min', 'Median', 'Max', 'Runs', 'Target', 'Median / target'] as const;

function targetText(target: Target): string {
  return 'atMost' in target ? `≤ ${shown(target.atMost)}` : `≥ ${shown(target.atLeast)}`;
}

function verdict(value: number, target: Target): string {
  const [goal, met] =
    'atMost' in target ? [target.atMost, value <= target.atMost] : [target.atLeast, value >= target.atLeast];
  return `${(value / goal).toFixed(2)}${met ? '' : ' (missed)'}`;
}
