import { formatDuration, type DeploymentRecord, type Summary } from '../github/index.ts';
import { releaseOf } from '../promotion/index.ts';

/** A deployment that has ended, with the time of the commit that it brought. */
export interface Delivered {
  readonly record: DeploymentRecord;
  /** ISO 8601; `undefined` where GitHub does not know the commit any more. */
  readonly committedAt: string | undefined;
}

/**
 * The four figures of DORA for one environment. Times are milliseconds.
 * Source: dora.dev, "DORA's software delivery performance metrics".
 */
export interface Delivery {
  /** The time that the figures are of. */
  readonly days: number;
  /** Changes that served, and were not taken back. */
  readonly delivered: number;
  /** Changes that failed by their own fault: taken back while traffic moved to them, or later by somebody. */
  readonly failed: number;
  readonly perWeek: number;
  /** From the commit to its service, the median; `undefined` where nothing was delivered. */
  readonly leadTime: number | undefined;
  /** From the beginning of a failed deployment to the version before serving alone again, the median. */
  readonly timeToRestore: number | undefined;
}

const dayMs = 86_400_000;

/**
 * What the records of an environment say of delivery to it. A deployment that ended by circumstances, was overtaken or
 * is not over says nothing of the change, and a rollback is none: it restores.
 *
 * @param delivered newest first
 * @param since the beginning of the time that they are all the deployments of
 */
export function deliveryOf(delivered: readonly Delivered[], since: Date, now: Date): Delivery {
  const changes = delivered
    .map(({ record, committedAt }) => ({ record, committedAt, release: releaseOf(record) }))
    .filter(({ release }) => !release.isRollback);
  const good = changes.filter(({ release }) => release.standing === 'good');
  const failed = changes.filter(({ release }) => release.standing === 'failed');
  // Less than a day is no rate of a week.
  const days = Math.max(1, (now.getTime() - since.getTime()) / dayMs);
  return {
    days,
    delivered: good.length,
    failed: failed.length,
    perWeek: (good.length * 7) / days,
    leadTime: median(
      good.flatMap(({ record, committedAt }) => spanOf(committedAt, record.succeededAt ?? record.statusAt)),
    ),
    timeToRestore: median(failed.flatMap(({ record }) => spanOf(record.createdAt, record.statusAt))),
  };
}

/** Adds the figures to a page; `environment` is text. */
export function addDelivery(summary: Summary, environment: string, delivery: Delivery): Summary {
  const { days, delivered, failed, perWeek, leadTime, timeToRestore } = delivery;
  if (delivered + failed === 0) return summary;
  const span = (ms: number | undefined): string => (ms === undefined ? '–' : formatSpan(ms));
  const whole = Math.round(days);
  return summary.heading(3, `Delivery to ${environment}, ${whole === 1 ? 'one day' : `${whole} days`}`).table(
    ['Figure', 'Value', 'Of'],
    [
      ['Deployment frequency', `${rounded(perWeek)} a week`, `${delivered} changes that served`],
      ['Lead time for changes', span(leadTime), 'from the commit to its service, median'],
      [
        'Change failure rate',
        `${rounded((100 * failed) / (delivered + failed))} %`,
        `${failed} of ${delivered + failed} changes taken back`,
      ],
      ['Time to restore', span(timeToRestore), 'from the start of a failed deployment to its end, median'],
    ],
  );
}

function spanOf(from: string | undefined, to: string | undefined): number[] {
  const ms = Date.parse(to ?? '') - Date.parse(from ?? '');
  // Clocks of committers are their own: one that is ahead makes no lead time.
  return Number.isNaN(ms) || ms < 0 ? [] : [ms];
}

function median(values: readonly number[]): number | undefined {
  const sorted = values.toSorted((a, b) => a - b);
  const upper = sorted[Math.floor(sorted.length / 2)];
  const lower = sorted[Math.floor((sorted.length - 1) / 2)];
  return upper === undefined || lower === undefined ? undefined : (lower + upper) / 2;
}

function formatSpan(ms: number): string {
  return ms < 2 * dayMs ? formatDuration(ms) : `${rounded(ms / dayMs)} days`;
}

function rounded(value: number): string {
  return String(Number(value.toFixed(1)));
}
