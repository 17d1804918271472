/** Several runs of one figure. */
export interface Figure {
  readonly what: string;
  readonly unit: string;
  readonly values: readonly number[];
  /** What the figure should be below; `undefined` where it is only shown. */
  readonly target?: number;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1
    ? (sorted[middle] ?? NaN)
    : ((sorted[middle - 1] ?? NaN) + (sorted[middle] ?? NaN)) / 2;
}

/** A Markdown row: the figure, its median with the extremes, the target, and the ratio of both. */
export function row({ what, unit, values, target }: Figure): string {
  const show = (value: number): string =>
    (value >= 100 ? Math.round(value) : Math.round(value * 100) / 100).toString();
  const spread =
    values.length > 1
      ? ` (${show(Math.min(...values))} to ${show(Math.max(...values))}, ${values.length} runs)`
      : '';
  const goal = target === undefined ? '–' : `${target} ${unit}`;
  const ratio =
    target === undefined
      ? '–'
      : `${(median(values) / target).toFixed(2)}${median(values) <= target ? '' : ' (missed)'}`;
  return `| ${what} | ${show(median(values))} ${unit}${spread} | ${goal} | ${ratio} |`;
}

export const header = ['| What | Median | Target | Of the target |', '| --- | --- | --- | --- |'].join('\n');
