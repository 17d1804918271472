import { awsFailure, classify, errorName, type Aws } from '../aws/index.ts';
import type { Progress } from '../github/index.ts';
import { decide, rollbackGraceMs, type Outcome, type Plan, type Rollback } from './decide.ts';
import { observe, type ServiceName } from './observe.ts';
import { requestRollback } from './service.ts';
import { unlessAborted } from './unless-aborted.ts';

export interface FollowOptions {
  readonly aws: Aws;
  readonly name: ServiceName;
  readonly deployment: string;
  /** The ARN of the task definition that the deployment brings. */
  readonly taskDefinition: string;
  readonly plan: Omit<Plan, 'rollback' | 'unchangedMs'>;
  readonly progress: Progress;
  readonly now: () => number;
  readonly sleep: (ms: number, signal?: AbortSignal) => Promise<void>;
  readonly random: () => number;
  /** Aborted: stop waiting at once. */
  readonly signal: AbortSignal;
}

const slowestMs = 10_000;

/**
 * Follows one service deployment to its end: observe, decide, do, until it is finished. A call that is throttled or
 * not answered is neither progress nor failure: it is asked again, more slowly.
 *
 * @throws Failure where AWS refuses to be asked; the signal's reason where it was aborted
 */
export async function follow(options: FollowOptions): Promise<Outcome> {
  const { aws, name, deployment, taskDefinition, progress, now, signal } = options;
  let rollback: Rollback = { kind: 'not asked' };
  let stopReason: string | undefined;
  let last = { state: '', since: now() };
  let troubles = 0;
  for (;;) {
    signal.throwIfAborted();
    let waitMs = 1_000;
    try {
      const observed = await unlessAborted(observe(aws, name, deployment, taskDefinition), signal);
      troubles = 0;
      const unchangedMs = now() - last.since;
      const decision = decide(observed, { ...options.plan, rollback, unchangedMs }, now());
      switch (decision.kind) {
        case 'finish':
          return withReason(decision.outcome, stopReason);
        case 'stop':
          stopReason = decision.why;
          progress.report(`Rolling back: ${decision.why}`);
          rollback = after(rollback, await unlessAborted(requestRollback(aws, deployment), signal));
          if (rollback.kind === 'refused') progress.report(`ECS refuses the rollback: ${rollback.why}`);
          break;
        case 'wait':
          progress.report(decision.state);
          if (decision.state !== last.state) last = { state: decision.state, since: now() };
          waitMs = decision.ms;
          break;
      }
    } catch (error: unknown) {
      signal.throwIfAborted();
      const kind = classify(error);
      const isTransient = kind === 'throttled' || kind === 'ambiguous';
      // As long as a rollback may be under way: one unanswered call after the deadline must not end the watch.
      if (!isTransient || now() > options.plan.deadline + rollbackGraceMs) {
        throw awsFailure('The deployment can no longer be followed; it goes on in ECS', deployment, error);
      }
      troubles += 1;
      waitMs = Math.min(slowestMs, 1_000 * 2 ** (troubles - 1));
      progress.report(`AWS does not answer (${errorName(error)}); asking again`);
    }
    await options.sleep(waitMs * (0.75 + options.random() / 4), signal);
  }
}

function after(before: Rollback, refused: string | undefined): Rollback {
  if (refused === undefined) return { kind: 'asked' };
  return { kind: 'refused', why: refused, times: before.kind === 'refused' ? before.times + 1 : 1 };
}

/** Why we asked for the rollback says more than ECS's own words for having been asked. */
function withReason(outcome: Outcome, reason: string | undefined): Outcome {
  if (reason === undefined) return outcome;
  switch (outcome.state) {
    case 'rolled-back':
      return { ...outcome, why: reason };
    case 'failed':
      return { ...outcome, why: `${reason}, and the rollback failed: ${outcome.why}` };
    case 'unknown':
    case 'successful':
    case 'superseded':
      return outcome;
  }
}
