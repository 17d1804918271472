import type { Outcome } from '../evidence/verdict.ts';
import { formatComparison, type Comparison } from '../config/index.ts';
import type { Run } from './run.ts';

/** What has to hold; `undefined`: nothing is asked of it, or the default holds. */
export interface Thresholds {
  readonly errorRate?: Comparison | undefined;
  readonly p50?: Comparison | undefined;
  readonly p95?: Comparison | undefined;
  readonly p99?: Comparison | undefined;
  readonly p999?: Comparison | undefined;
  readonly throughput?: Comparison | undefined;
  readonly dropped?: Comparison | undefined;
}

/** One threshold, and what was measured. */
export interface Held {
  readonly name: keyof Thresholds;
  readonly limit: Comparison;
  /** In the limit's unit; `undefined` where there were too few requests to say. */
  readonly measured: number | undefined;
  readonly result: 'held' | 'breached' | 'unclear';
}

export interface Judgement {
  readonly outcome: Outcome;
  readonly thresholds: readonly Held[];
  /** Why the client itself may be what was slow; `undefined` where it kept up. */
  readonly saturated: string | undefined;
  /** What was not held, and what could not be told: one sentence each. */
  readonly reasons: readonly string[];
}

/** What holds where sluice.yml says nothing: a server that fails is never good because nobody asked. */
const defaultErrorRate: Comparison = { operator: '<', limit: 1, unit: '%' };
const defaultDropped: Comparison = { operator: '<=', limit: 0, unit: '%' };

/** From here on the client is what limits the run. */
const mostBusy = 0.9;
const mostSendLagMs = 5;
const mostLoopDelayMs = 20;

/**
 * Holds what was measured against its thresholds. What the client itself may have caused is unclear, and not the
 * server's fault: a latency that would hold without what the client can have added; requests that were not sent or
 * not answered, and a throughput that was not reached, while the client was saturated. A threshold that holds holds
 * all the same: a saturated client only makes things look worse than they are.
 */
export function judge(run: Run, thresholds: Thresholds): Judgement {
  const { load, measured, planned } = run;
  const saturated = saturationOf(run);
  const all = {
    errorRate: defaultErrorRate,
    ...(load.kind === 'open' ? { dropped: defaultDropped } : {}),
    ...withoutAbsent(thresholds),
  };
  const held = Object.entries(all).map(([name, limit]) =>
    hold(name as keyof Thresholds, limit, run, saturated !== undefined),
  );
  const unfinished = measured.requests + measured.dropped < planned;
  const reasons = [
    ...held.flatMap((one) => (one.result === 'held' ? [] : [describe(one, saturated)])),
    ...(unfinished ? [`The time was up after ${measured.requests} of ${planned} requests.`] : []),
  ];
  const outcome = held.some(({ result }) => result === 'breached')
    ? 'failed'
    : reasons.length > 0
      ? 'inconclusive'
      : 'passed';
  return { outcome, thresholds: held, saturated, reasons };
}

function hold(name: keyof Thresholds, limit: Comparison, run: Run, saturated: boolean): Held {
  const value = valueOf(name, run);
  if (value === undefined) return { name, limit, measured: undefined, result: 'unclear' };
  const base = { name, limit, measured: value };
  if (holds(value, limit)) return { ...base, result: 'held' };
  const mayBeOurs = ((): boolean => {
    switch (name) {
      case 'errorRate':
        // If those that are the server's alone are a breach already, nothing excuses it.
        return saturated && holds(shareOf(run.measured.theirs, run.measured.requests), limit);
      case 'throughput':
      case 'dropped':
        return saturated;
      case 'p50':
      case 'p95':
      case 'p99':
      case 'p999':
        return holds(value - addedMs(run), limit);
    }
  })();
  return { ...base, result: mayBeOurs ? 'unclear' : 'breached' };
}

function valueOf(name: keyof Thresholds, { measured, planned }: Run): number | undefined {
  switch (name) {
    case 'errorRate':
      // Nothing that was sent came to an end: there is no share of it.
      return measured.requests === 0 ? undefined : shareOf(measured.failed, measured.requests);
    case 'dropped':
      return shareOf(measured.dropped, planned);
    case 'throughput':
      return measured.throughput;
    case 'p50':
    case 'p95':
    case 'p99':
    case 'p999':
      return measured.requests === 0 ? undefined : measured.latency[name];
  }
}

function saturationOf({ measured: { sendLag }, pace }: Run): string | undefined {
  const lag = sendLag?.p99 ?? 0;
  const signs = [
    pace.busy >= mostBusy && `it was at work ${Math.round(pace.busy * 100)} % of the time`,
    lag >= mostSendLagMs && `one request in a hundred was sent ${lag.toFixed(1)} ms late or later`,
    pace.loopDelayP99Ms >= mostLoopDelayMs && `answers lay up to ${pace.loopDelayP99Ms.toFixed(0)} ms unread`,
  ].filter((sign) => sign !== false);
  return signs.length === 0 ? undefined : `The client was saturated: ${signs.join('; ')}.`;
}

/** What the client can have added to a latency: sending late, and looking late. */
const addedMs = ({ measured: { sendLag }, pace }: Run): number => (sendLag?.p99 ?? 0) + pace.loopDelayP99Ms;

const shareOf = (part: number, whole: number): number => (whole === 0 ? 0 : (100 * part) / whole);

export function holds(value: number, { operator, limit }: Comparison): boolean {
  switch (operator) {
    case '<':
      return value < limit;
    case '<=':
      return value <= limit;
    case '>':
      return value > limit;
    case '>=':
      return value >= limit;
  }
}

/** A measured value in the words of its threshold's unit. */
export function formatMeasured(value: number | undefined, unit: Comparison['unit']): string {
  if (value === undefined) return 'not known';
  const digits = value >= 100 ? 0 : value >= 10 ? 1 : 2;
  const number = value.toFixed(digits);
  switch (unit) {
    case 'ms':
      return `${number} ms`;
    case '%':
      return `${number} %`;
    case 'count':
      return number;
  }
}

/** As they are called in a report. */
export const thresholdNames: Readonly<Record<keyof Thresholds, string>> = {
  errorRate: 'error rate',
  p50: 'p50',
  p95: 'p95',
  p99: 'p99',
  p999: 'p99.9',
  throughput: 'throughput',
  dropped: 'dropped sends',
};

function describe({ name, limit, measured, result }: Held, saturated: string | undefined): string {
  const what = `${thresholdNames[name]} ${formatMeasured(measured, limit.unit)}, expected ${formatComparison(limit)}`;
  if (result === 'breached') return `${what}.`;
  if (measured === undefined) return `${what}: too few requests to say.`;
  return `${what}: this may be the client’s doing. ${saturated ?? 'It would hold without what the client can have added.'}`;
}

function withoutAbsent(thresholds: Thresholds): Partial<Record<keyof Thresholds, Comparison>> {
  return Object.fromEntries(Object.entries(thresholds).filter(([, limit]) => limit !== undefined));
}
