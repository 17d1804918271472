import { refProblem } from '../environments/index.ts';
import type { Job } from '../model.ts';
import type { RunContext } from './run-context.ts';

/** GitHub's words, after those of the rule or of the reviewer. */
const rejected = "The deployment was rejected or didn't satisfy other protection rules.";

/** Why a job's ref may not deploy to its environment, as annotations. @returns whether it may */
export function isRefAllowed({ runner, records, run }: RunContext, job: Job, environment: string): boolean {
  const { protection } = runner.hub.environment(environment);
  const problem = refProblem(protection.refs, run.ref, environment);
  if (problem === undefined) return true;
  records.annotate(job, 'failure', problem);
  records.annotate(job, 'failure', rejected);
  return false;
}

/** Whether a job has to wait for anything at its environment. */
export function hasGate({ runner }: RunContext, environment: string): boolean {
  const { reviewers, waitMinutes } = runner.hub.environment(environment).protection;
  return reviewers.length > 0 || waitMinutes > 0;
}

/**
 * Holds a job until its environment's wait timer has run and, where one is needed, a reviewer has approved. Both are
 * waited for at the same time, and a rejection ends both. The job keeps its place in its concurrency group meanwhile,
 * as on GitHub.
 */
export async function waitAtGate(
  context: RunContext,
  job: Job,
  environment: string,
  stop: AbortSignal,
): Promise<'passed' | 'rejected' | 'cancelled'> {
  const { runner, records, wait } = context;
  const { reviewers, waitMinutes } = runner.hub.environment(environment).protection;
  const since = runner.now();
  const waitMs = waitMinutes * 60_000;
  job.gate = {
    since: since.toISOString(),
    ...(waitMs === 0 ? {} : { waitsUntil: new Date(since.getTime() + waitMs).toISOString() }),
    review: reviewers.length > 0 ? 'needed' : 'not needed',
  };
  records.wait(
    job,
    'waiting',
    reviewers.length > 0 ? `a review by ${anyOf(reviewers)}` : `a timer of ${minutes(waitMinutes)}`,
  );
  const timer = waitMs === 0 ? Promise.resolve() : wait(waitMs, stop);
  // It is awaited last; until then its rejection is nobody's.
  timer.catch(() => undefined);
  try {
    if ((await reviewed(context, job, stop)) === 'rejected') {
      records.annotate(job, 'failure', rejectedBy(context, environment));
      records.annotate(job, 'failure', rejected);
      return 'rejected';
    }
    if (waitMs > 0) records.wait(job, 'waiting', `a timer of ${minutes(waitMinutes)}`);
    await timer;
    return 'passed';
  } catch (error: unknown) {
    if (stop.aborted) return 'cancelled';
    throw error;
  }
}

/** Resolves once a reviewer has said something, or at once where nobody needs to. */
function reviewed({ runner }: RunContext, job: Job, signal: AbortSignal): Promise<'approved' | 'rejected'> {
  return new Promise((resolve, reject) => {
    const settle = (): void => {
      const review = job.gate?.review;
      if (review === 'needed' && !signal.aborted) return;
      unsubscribe();
      signal.removeEventListener('abort', settle);
      if (review === 'rejected') resolve('rejected');
      else if (review === 'needed') reject(signal.reason as Error);
      else resolve('approved');
    };
    const unsubscribe = runner.hub.onChange((change) => {
      if (change.kind === 'job' && change.job === job) settle();
    });
    signal.addEventListener('abort', settle, { once: true });
    settle();
  });
}

function rejectedBy({ run }: RunContext, environment: string): string {
  const review = run.reviews?.findLast(({ environments }) => environments.includes(environment));
  const comment = review?.comment.trim() ?? '';
  return `${review?.reviewer ?? 'A reviewer'} rejected the deployment to ${environment}${comment === '' ? '.' : `: ${comment}`}`;
}

function anyOf(names: readonly string[]): string {
  return names.length === 1 ? (names[0] ?? '') : `${names.slice(0, -1).join(', ')} or ${names.at(-1) ?? ''}`;
}

function minutes(count: number): string {
  return count === 1 ? 'one minute' : `${count} minutes`;
}
