import { escapeMarkdown, type Summary } from '../github/index.ts';
import type { Traffic } from './result.ts';
import { formatSplit } from './shift.ts';

/** A chart takes so many points before they cannot be told apart. */
const mostPoints = 24;

/** What the traffic did: the split over time, and each analysis with its figures. */
export function addTraffic(summary: Summary, { splits, looks }: Traffic): void {
  const first = splits[0];
  if (first !== undefined) {
    summary.heading(4, 'Traffic');
    if (splits.length > 1) summary.mermaid(chartOf(splits));
    summary.table(
      ['At (UTC)', 'Split'],
      splits.map((split) => [clock(split.time), formatSplit(split)]),
    );
  }
  if (looks.length === 0) return;
  summary.heading(4, 'Analysis');
  summary.table(
    ['', 'At (UTC)', 'On green', 'What was seen'],
    looks.map(({ outcome, time, share, why }) => [
      marks[outcome],
      clock(time),
      `${Number(share.toFixed(1))} %`,
      escapeMarkdown(why),
    ]),
  );
}

const marks = { pass: '✅ pass', fail: '❌ fail', inconclusive: '… inconclusive', held: '✋ held' } as const;

/** The share of green at each change. Points are equally far apart, whatever the time between them was. */
function chartOf(splits: Traffic['splits']): string {
  const shown = splits.slice(-mostPoints);
  const labels = shown.map(({ time }) => `"${clock(time)}"`).join(', ');
  const green = shown.map((split) => Number(split.green.toFixed(1))).join(', ');
  return [
    'xychart-beta',
    '  title "Percent of the production traffic on green"',
    `  x-axis [${labels}]`,
    '  y-axis "percent" 0 --> 100',
    `  bar [${green}]`,
  ].join('\n');
}

function clock(time: number): string {
  return new Date(time).toISOString().slice(11, 19);
}
