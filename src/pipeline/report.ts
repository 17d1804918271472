import { codeSpan, escapeMarkdown, formatDuration, Summary, type Review } from '../github/index.ts';
import { addDelivery, type Delivery } from './delivery.ts';
import type { Stage } from './stages.ts';

/** A job of the run, or one of its steps, as GitHub tells it. */
interface WorkRecord {
  readonly name: string;
  /** `null` while it has not ended. */
  readonly conclusion: string | null;
  readonly startedAt: string | undefined;
  readonly completedAt: string | undefined;
  readonly url: string | undefined;
}

export interface JobRecord extends WorkRecord {
  readonly steps: readonly WorkRecord[];
}

/** What runs in an environment, from its last good deployment. */
export interface Standing {
  readonly environment: string;
  readonly version: string | undefined;
  readonly digest: string | undefined;
  readonly since: string | undefined;
  readonly by: string | undefined;
  readonly url: string | undefined;
}

interface StageOutcome {
  readonly name: string;
  readonly conclusion: string;
  readonly startMs: number | undefined;
  readonly milliseconds: number | undefined;
  readonly url: string | undefined;
  /** Text to be shown beside the conclusion. */
  readonly remark?: string;
}

/** Finds each stage among the jobs, and among the steps of jobs that hold several stages. */
export function outcomesOf(
  stages: readonly Pick<Stage, 'name'>[],
  jobs: readonly JobRecord[],
): readonly StageOutcome[] {
  const records = jobs.flatMap((job) => [
    // A job of a reusable workflow is named after its caller too: "Development / CI Tests".
    { ...job, name: job.name.split(' / ').at(-1) ?? job.name },
    ...job.steps.map((step) => ({ ...step, url: step.url ?? job.url })),
  ]);
  return stages.map(({ name }) => {
    const record = records.find((candidate) => candidate.name === name);
    const start = timeOf(record?.startedAt);
    const end = timeOf(record?.completedAt);
    const ran = record?.conclusion !== 'skipped' && start !== undefined && end !== undefined;
    return {
      name,
      conclusion: record === undefined ? 'not run' : (record.conclusion ?? 'running'),
      startMs: ran ? start : undefined,
      milliseconds: ran ? Math.max(0, end - start) : undefined,
      url: record?.url,
    };
  });
}

/**
 * Puts what the reviewers said in the place of the stage "Manual Approval", which is neither a job nor a step.
 *
 * @param reviews of the run, as GitHub has them
 */
export function withApproval(
  outcomes: readonly StageOutcome[],
  environment: string,
  reviews: readonly Review[],
): readonly StageOutcome[] {
  const review = reviews.findLast(({ environments }) => environments.includes(environment));
  if (review === undefined) return outcomes;
  const by = review.by === undefined ? '' : ` by ${review.by}`;
  return outcomes.map((outcome) =>
    outcome.name === 'Manual Approval'
      ? {
          ...outcome,
          conclusion: review.state === 'approved' ? 'success' : 'failure',
          remark: `${review.state}${by}`,
        }
      : outcome,
  );
}

/** The run's page: its stages with their times, what runs where, and how delivery to the environment goes. */
export function summariseRun(
  environment: string,
  stages: readonly StageOutcome[],
  standings: readonly Standing[],
  delivery?: Delivery,
): Summary {
  const summary = new Summary().heading(2, `Pipeline to ${environment}`);
  summary.table(
    ['Stage', 'Result', 'Time'],
    stages.map(({ name, conclusion, milliseconds, url, remark }) => [
      url === undefined ? name : `[${name}](${url})`,
      `${signOf(conclusion)} ${remark === undefined ? conclusion : escapeMarkdown(remark)}`,
      milliseconds === undefined ? '' : formatDuration(milliseconds),
    ]),
  );
  const chart = chartOf(stages);
  if (chart !== undefined) summary.mermaid(chart);
  if (standings.length > 0) {
    summary.heading(3, 'What runs where').table(
      ['Environment', 'Version', 'Digest', 'Since', 'By', 'URL'],
      standings.map(({ environment: name, version, digest, since, by, url }) => [
        name,
        version === undefined ? 'nothing yet' : codeSpan(shorten(version)),
        digest === undefined ? '' : codeSpan(digest.slice(0, 19)),
        since === undefined ? '' : since.replace('T', ' ').replace(/:\d\d(\.\d+)?Z$/, ' UTC'),
        by === undefined ? '' : escapeMarkdown(by),
        url ?? '',
      ]),
    );
  }
  return delivery === undefined ? summary : addDelivery(summary, environment, delivery);
}

/** The stages over time. Undefined where none has ended. */
function chartOf(stages: readonly StageOutcome[]): string | undefined {
  const ran = stages.filter(
    (stage): stage is StageOutcome & { startMs: number; milliseconds: number } =>
      stage.startMs !== undefined && stage.milliseconds !== undefined,
  );
  if (ran.length === 0) return undefined;
  const origin = Math.min(...ran.map(({ startMs }) => startMs));
  // Milliseconds since the first: read as seconds (X), mermaid lets every bar begin at 0.
  const lines = ran.map(({ name, conclusion, startMs, milliseconds }) => {
    const state = conclusion === 'success' ? 'done, ' : conclusion === 'failure' ? 'crit, ' : '';
    const start = startMs - origin;
    // GitHub tells whole seconds, and a bar of nothing would not be drawn.
    const end = start + Math.max(500, milliseconds);
    return `  ${name.replaceAll(/[:;#]/g, ' ')} :${state}${start}, ${end}`;
  });
  return ['gantt', '  dateFormat x', '  axisFormat %M:%S', ...lines].join('\n');
}

/** Reads what `deploy` wrote down with a deployment. */
export function standingOf(
  environment: string,
  record:
    | {
        readonly payload: unknown;
        readonly sha: string;
        readonly statusAt: string | undefined;
        readonly creator: string | undefined;
        readonly url: string | undefined;
      }
    | undefined,
): Standing {
  if (record === undefined) {
    return {
      environment,
      version: undefined,
      digest: undefined,
      since: undefined,
      by: undefined,
      url: undefined,
    };
  }
  const payload: object = typeof record.payload === 'object' && record.payload !== null ? record.payload : {};
  const text = (name: string): string | undefined => {
    const value = (payload as Record<string, unknown>)[name];
    return typeof value === 'string' && value !== '' ? value : undefined;
  };
  return {
    environment,
    version: text('version') ?? record.sha,
    digest: text('digest'),
    since: record.statusAt,
    by: record.creator,
    url: record.url,
  };
}

function signOf(conclusion: string): string {
  const signs: Readonly<Record<string, string>> = {
    success: '✅',
    failure: '❌',
    timed_out: '❌',
    cancelled: '🚫',
    skipped: '⏭️',
    running: '⏳',
  };
  return signs[conclusion] ?? '▫️';
}

/** A commit as people write it; a version as it is. */
function shorten(version: string): string {
  return /^[0-9a-f]{40}$/.test(version) ? version.slice(0, 12) : version;
}

function timeOf(text: string | undefined): number | undefined {
  const time = text === undefined ? Number.NaN : Date.parse(text);
  return Number.isNaN(time) ? undefined : time;
}
