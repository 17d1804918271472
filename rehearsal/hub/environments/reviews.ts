import { isSameLogin } from '../accounts.ts';
import type { Hub } from '../hub.ts';
import type { Environment, Gate, Job, Review, Run } from '../model.ts';

/** An environment that jobs of a run wait for. */
export interface PendingDeployment {
  readonly environment: Environment;
  readonly jobs: readonly Job[];
  /** Whether somebody has to approve; otherwise the wait timer alone is waited for. */
  readonly needsReview: boolean;
  readonly since: string;
  readonly waitsUntil: string | undefined;
}

export interface ReviewRequest {
  readonly runId: number;
  readonly environments: readonly string[];
  readonly state: 'approved' | 'rejected';
  readonly comment: string;
  readonly reviewer: string;
  /** ISO 8601 */
  readonly at: string;
}

/** A review that does not count. */
export class ReviewRefused extends Error {
  override readonly name = 'ReviewRefused';
}

/** GitHub's words for every refusal; what they leave open is said after them. */
const gitHubsWords = 'There was a problem approving one of the gates';

/** What a run waits for, in the order in which the jobs came to it. */
export function pendingDeployments(hub: Hub, run: Run): PendingDeployment[] {
  const waiting = run.jobs.filter(({ status, gate }) => status === 'waiting' && isClosed(gate));
  const names = [...new Set(waiting.flatMap(({ environment }) => environment?.name ?? []))];
  return names.map((name) => {
    const jobs = waiting.filter(({ environment }) => environment?.name === name);
    const gates = jobs.flatMap(({ gate }) => gate ?? []);
    return {
      environment: hub.environment(name),
      jobs,
      needsReview: gates.some(({ review }) => review === 'needed'),
      since: gates[0]?.since ?? run.createdAt,
      waitsUntil: gates[0]?.waitsUntil,
    };
  });
}

/** An approved job without a timer goes on in the same moment. */
function isClosed(gate: Gate | undefined): boolean {
  switch (gate?.review) {
    case 'needed':
      return true;
    case 'approved':
    case 'not needed':
      return gate.waitsUntil !== undefined;
    case 'rejected':
    case undefined:
      return false;
  }
}

/** Why somebody may not review a run's deployment to an environment; `undefined`: they may. */
export function reviewProblem(
  { name, protection }: Environment,
  run: Pick<Run, 'actor' | 'triggeringActor'>,
  reviewer: string,
): string | undefined {
  if (!protection.reviewers.some((login) => isSameLogin(login, reviewer))) {
    return `${reviewer} is not one of the required reviewers of ${name}: ${protection.reviewers.join(', ')}.`;
  }
  const isSelf = isSameLogin(run.triggeringActor ?? run.actor, reviewer);
  if (protection.preventSelfReview && isSelf) {
    return `${reviewer} started this run, and ${name} prevents self-review.`;
  }
  return undefined;
}

/**
 * Approves or rejects what a run waits for; the jobs go on from there by themselves. All of it or none.
 * @throws ReviewRefused where a run does not wait for one of the environments, or the reviewer may not review it
 */
export function reviewDeployments(hub: Hub, request: ReviewRequest): Review {
  const { environments, state, comment, reviewer, at } = request;
  const run = hub.runs.get(request.runId);
  if (run === undefined) throw new ReviewRefused(`There is no run ${request.runId}.`);
  const pending = pendingDeployments(hub, run);
  if (environments.length === 0) throw new ReviewRefused(`${gitHubsWords}: no environment was named.`);
  const asked = environments.map((name) => {
    const found = pending.find(({ environment, needsReview }) => environment.name === name && needsReview);
    const problem =
      found === undefined
        ? `run ${run.id} does not wait for a review of ${name}.`
        : reviewProblem(found.environment, run, reviewer);
    if (found === undefined || problem !== undefined)
      throw new ReviewRefused(`${gitHubsWords}: ${problem ?? ''}`);
    return found;
  });
  const review: Review = { environments, state, comment, reviewer, at, attempt: run.attempt };
  run.reviews = [...(run.reviews ?? []), review];
  for (const job of asked.flatMap(({ jobs }) => jobs)) {
    if (job.gate?.review === 'needed') job.gate.review = state;
    hub.saveJob(run, job);
  }
  hub.saveRun(run);
  return review;
}
