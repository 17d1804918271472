import { codeSpan, escapeMarkdown, Summary } from '../../github/index.ts';
import { formatComparison } from '../../config/index.ts';
import { formatMeasured, type Held } from '../judge.ts';
import { percentileChart } from './chart.ts';
import { describeComparison, describeLoad, type Compared, type Report } from './report.ts';

const signs: Readonly<Record<Held['result'], string>> = { held: '✅', breached: '❌', unclear: '❔' };

const titles = {
  passed: '✅ Fast enough',
  failed: '❌ Not good enough',
  inconclusive: '❔ It cannot be told',
} as const;

const ms = (value: number | undefined): string => formatMeasured(value, 'ms');

/** What people read of it: outcome, thresholds, latencies, what failed, the previous release. */
export function summaryOf(report: Report): Summary {
  const { outcome, reasons, request, load, thresholds, latency, client, comparison, troubles } = report;
  const summary = new Summary()
    .heading(3, `Performance Tests: ${titles[outcome]}`)
    .paragraph(`${codeSpan(`${request.method} ${request.url}`)}: ${describeLoad(load)}.`)
    .list(reasons.map(escapeMarkdown))
    .table(
      ['', 'What has to hold', 'Measured'],
      thresholds.map(({ name, limit, measured, result }) => [
        signs[result],
        escapeMarkdown(`${name} ${formatComparison(limit)}`),
        formatMeasured(measured ?? undefined, limit.unit),
      ]),
    )
    .table(
      ['Requests', 'Failed', 'Dropped', 'Right answers/s', 'p50', 'p95', 'p99', 'p99.9', 'Slowest'],
      [
        [
          String(report.requests),
          String(report.failed),
          load.kind === 'open' ? String(report.dropped) : '–',
          formatMeasured(report.throughput, 'count'),
          ms(latency.p50),
          ms(latency.p95),
          latency.p99 === undefined ? 'under 1,000 requests' : ms(latency.p99),
          latency.p999 === undefined ? 'under 10,000 requests' : ms(latency.p999),
          ms(latency.max),
        ],
      ],
    );
  if (Object.keys(troubles).length > 0) {
    summary.table(
      ['What failed', 'How often'],
      Object.entries(troubles).map(([name, count]) => [escapeMarkdown(name), String(count)]),
    );
  }
  if (report.requests > 0) summary.mermaid(percentileChart(report));
  if (client.saturated !== null) summary.paragraph(`⚠️ ${escapeMarkdown(client.saturated)}`);
  addComparison(summary, comparison, report);
  return summary.details(
    'The client',
    new Summary().table(
      ['At work', 'Answers unread, p99', 'Sent late, p99', 'Sent late, most'],
      [
        [
          formatMeasured(100 * client.busy, '%'),
          ms(client.loopDelayP99Ms),
          client.sendLag === null ? '–' : ms(client.sendLag.p99),
          client.sendLag === null ? '–' : ms(client.sendLag.max),
        ],
      ],
    ),
  );
}

function addComparison(summary: Summary, comparison: Compared, report: Report): void {
  switch (comparison.kind) {
    case 'not-asked':
      return;
    case 'not-reachable': {
      const { earlier } = comparison;
      summary.paragraph(
        'Only this release can be reached, so that it was not compared with the previous one.' +
          (earlier === undefined ? '' : ' An earlier run, at another time, decides nothing:'),
      );
      if (earlier === undefined) return;
      summary.table(
        ['', 'p50', 'p95', 'Right answers/s'],
        [
          [
            `${codeSpan(earlier.version)}, ${earlier.finishedAt.slice(0, 16)}`,
            ms(earlier.p50),
            ms(earlier.p95),
            formatMeasured(earlier.throughput, 'count'),
          ],
          ['Now', ms(report.latency.p50), ms(report.latency.p95), formatMeasured(report.throughput, 'count')],
        ],
      );
      return;
    }
    case 'interleaved':
      summary.paragraph(escapeMarkdown(describeComparison(comparison)));
      if (comparison.differences.length === 0) return;
      summary.table(
        ['', 'Previous release', 'This release', 'Slower by', 'Most likely between'],
        comparison.differences.map(
          ({ name, previousMs, currentMs, estimateMs, leastMs, mostMs, isWorse }) => [
            `${isWorse ? '❌' : '✅'} ${name}`,
            ms(previousMs),
            ms(currentMs),
            ms(estimateMs),
            `${ms(leastMs)} and ${ms(mostMs)}`,
          ],
        ),
      );
  }
}
