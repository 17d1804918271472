import { formatComparison } from '../../src/config/index.ts';
import type { Verdict } from '../../src/evidence/verdict.ts';
import { describeLoad, type Report } from '../../src/load/index.ts';

/** A report as the verdict that is recorded about the image's digest. */
export function verdictOf(report: Report): Verdict {
  const { outcome, image, reasons, thresholds, latency, load, request, comparison } = report;
  const asked = thresholds.map(({ name, limit }) => `${name} ${formatComparison(limit)}`).join('; ');
  const summary =
    outcome === 'passed' ? `${describeLoad(load)}: ${asked}` : reasons.join(' ') || 'nothing was measured';
  return {
    kind: 'performance',
    outcome,
    digest: image.slice(image.indexOf('@') + 1),
    summary: summary.length <= 300 ? summary : `${summary.slice(0, 299)}…`,
    facts: {
      request: `${request.method} ${request.url}`,
      load: describeLoad(load),
      thresholds: asked,
      requests: report.requests,
      failed: report.failed,
      dropped: report.dropped,
      throughput: rounded(report.throughput),
      p50Ms: rounded(latency.p50),
      p95Ms: rounded(latency.p95),
      ...(latency.p99 === undefined ? {} : { p99Ms: rounded(latency.p99) }),
      clientSaturated: report.client.saturated !== null,
      comparedWithPrevious: comparison.kind === 'interleaved' ? comparison.result : 'no',
    },
    startedAt: report.startedAt,
    finishedAt: report.finishedAt,
  };
}

/** The verdict until there is one: a job that ends before has found nothing. */
export function unmeasured(image: string, startedAt: Date): Verdict {
  const at = startedAt.toISOString();
  return {
    kind: 'performance',
    outcome: 'inconclusive',
    digest: image.slice(image.indexOf('@') + 1),
    summary: 'the load was not sent to its end',
    facts: {},
    startedAt: at,
    finishedAt: at,
  };
}

const rounded = (value: number): number => Number(value.toPrecision(4));
