import type { Outcome } from '../../evidence/verdict.ts';
import type { Comparison as Limit } from '../../config/index.ts';
import type { Comparison } from '../compare.ts';
import type { Target } from '../connection.ts';
import { formatMeasured, thresholdNames, type Held, type Judgement } from '../judge.ts';
import type { Latency, Measured, Second, SendLag } from '../recording.ts';
import type { Load, Run } from '../run.ts';

/** What a performance test found, as `report.json` has it. Times are in milliseconds where their names do not say. */
export interface Report {
  readonly format: 'sluice-performance/1';
  readonly outcome: Outcome;
  readonly reasons: readonly string[];
  readonly environment: string;
  readonly version: string;
  readonly image: string;
  readonly startedAt: string;
  readonly finishedAt: string;
  readonly request: { readonly method: string; readonly url: string };
  readonly load: Load;
  readonly thresholds: readonly {
    readonly name: string;
    readonly limit: Limit;
    /** In the unit of the limit. */
    readonly measured: number | null;
    readonly result: Held['result'];
  }[];
  readonly requests: number;
  readonly planned: number;
  readonly failed: number;
  readonly troubles: Readonly<Record<string, number>>;
  readonly dropped: number;
  readonly bytes: number;
  readonly elapsedMs: number;
  readonly throughput: number;
  readonly latency: Latency;
  readonly client: {
    readonly saturated: string | null;
    readonly busy: number;
    readonly loopDelayP99Ms: number;
    readonly sendLag: SendLag | null;
  };
  readonly comparison: Compared;
  readonly seconds: readonly Second[];
}

/** The previous release, as far as it could be looked at. */
export type Compared =
  /** Nothing is asked. */
  | { readonly kind: 'not-asked' }
  /** Only this release can be reached: an earlier report is told, and decides nothing. */
  | { readonly kind: 'not-reachable'; readonly earlier: Earlier | undefined }
  | ({ readonly kind: 'interleaved' } & Comparison);

/** What an earlier run had measured, at another time and perhaps on another machine. */
export interface Earlier {
  readonly version: string;
  readonly finishedAt: string;
  readonly p50: number;
  readonly p95: number;
  readonly throughput: number;
}

interface ReportParts {
  readonly environment: string;
  readonly version: string;
  readonly image: string;
  readonly startedAt: Date;
  readonly finishedAt: Date;
  readonly target: Target;
  readonly run: Run;
  readonly judgement: Judgement;
  readonly comparison: Compared;
}

export function reportOf(parts: ReportParts): Report {
  const { judgement, run, target } = parts;
  const { load, measured, pace, planned } = run;
  return {
    format: 'sluice-performance/1',
    ...outcomeOf(judgement, parts.comparison),
    environment: parts.environment,
    version: parts.version,
    image: parts.image,
    startedAt: parts.startedAt.toISOString(),
    finishedAt: parts.finishedAt.toISOString(),
    request: { method: target.method, url: target.url.href },
    load,
    thresholds: judgement.thresholds.map(({ name, limit, measured: value, result }) => ({
      name: thresholdNames[name],
      limit,
      measured: value ?? null,
      result,
    })),
    ...countsOf(measured),
    planned,
    client: { saturated: judgement.saturated ?? null, ...pace, sendLag: measured.sendLag ?? null },
    comparison: parts.comparison,
    seconds: measured.seconds,
  };
}

function countsOf(
  measured: Measured,
): Pick<
  Report,
  'requests' | 'failed' | 'troubles' | 'dropped' | 'bytes' | 'elapsedMs' | 'throughput' | 'latency'
> {
  const { requests, failed, troubles, dropped, bytes, elapsedMs, throughput, latency } = measured;
  return { requests, failed, troubles, dropped, bytes, elapsedMs, throughput, latency };
}

/** What was judged and what was compared, together: worse is a failure, and a comparison that was asked for and is unclear is no pass. */
function outcomeOf(
  judgement: Judgement,
  comparison: Compared,
): { readonly outcome: Outcome; readonly reasons: readonly string[] } {
  const { outcome, reasons } = judgement;
  if (comparison.kind !== 'interleaved' || comparison.result === 'not worse') return { outcome, reasons };
  const all = [...reasons, describeComparison(comparison)];
  if (comparison.result === 'worse') return { outcome: 'failed', reasons: all };
  return { outcome: outcome === 'passed' ? 'inconclusive' : outcome, reasons: all };
}

/** One sentence. */
export function describeComparison(comparison: Comparison): string {
  switch (comparison.result) {
    case 'unclear':
      return `The comparison with the previous release is unclear: ${comparison.why ?? 'there is too little to compare'}.`;
    case 'not worse': {
      // What the comparison was too coarse to find belongs to its result.
      const bounds = comparison.differences.map(
        ({ name, mostMs, previousMs }) =>
          `${name} by at most ${Math.max(0, Math.round((100 * mostMs) / previousMs))} %`,
      );
      return `Not found slower than the previous release, in ${comparison.blocks} blocks of each: ${bounds.join(', ')}.`;
    }
    case 'worse':
      return comparison.differences
        .filter(({ isWorse }) => isWorse)
        .map(
          ({ name, estimateMs, previousMs, leastMs, mostMs }) =>
            `Slower than the previous release: ${name} by ${formatMeasured(estimateMs, 'ms')} ` +
            `(${Math.round((100 * estimateMs) / previousMs)} %), between ${formatMeasured(leastMs, 'ms')} and ${formatMeasured(mostMs, 'ms')}.`,
        )
        .join(' ');
  }
}

/** What was sent, in a few words: “1,000 requests, 50 at once”. */
export function describeLoad(load: Load): string {
  const number = new Intl.NumberFormat('en-GB');
  switch (load.kind) {
    case 'closed':
      return `${number.format(load.requests)} requests, ${number.format(load.concurrency)} at once`;
    case 'open':
      return `${number.format(load.ratePerSecond)} requests a second for ${number.format(load.durationMs / 1000)} s`;
  }
}
