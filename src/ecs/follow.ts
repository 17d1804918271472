import { classify, type Aws } from '../aws/index.ts';
import type { Progress } from '../github/index.ts';
import { decide, type Outcome, type Plan } from './decide.ts';
import { observe, type ServiceName } from './observe.ts';
import { requestRollback } from './service.ts';

export interface FollowOptions {
  readonly aws: Aws;
  readonly name: ServiceName;
  readonly deployment: string;
  /** The ARN of the task definition that the deployment brings. */
  readonly taskDefinition: string;
  readonly plan: Omit<Plan, 'stopRequested'>;
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
 */
export async function follow(options: FollowOptions): Promise<Outcome> {
  const { aws, name, deployment, taskDefinition, progress, now, signal } = options;
  let stopRequested = false;
  let stopReason: string | undefined;
  let troubles = 0;
  for (;;) {
    let waitMs: number;
    try {
      const observed = await observe(aws, name, deployment, taskDefinition);
      troubles = 0;
      const decision = decide(observed, { ...options.plan, stopRequested }, now());
      switch (decision.kind) {
        case 'finish':
          return withReason(decision.outcome, stopReason);
        case 'stop': {
          stopReason = decision.why;
          progress.report(`Rolling back: ${decision.why}`);
          const refused = await requestRollback(aws, deployment);
          if (refused !== undefined) progress.report(`The rollback could not be asked for: ${refused}`);
          stopRequested = refused === undefined;
          waitMs = 1_000;
          break;
        }
        case 'wait':
          progress.report(decision.state);
          waitMs = decision.ms;
          break;
      }
    } catch (error: unknown) {
      signal.throwIfAborted();
      const kind = classify(error);
      if (kind === 'denied' || kind === 'expired' || kind === 'refused' || now() > options.plan.deadline)
        throw error;
      troubles += 1;
      waitMs = Math.min(slowestMs, 1_000 * 2 ** (troubles - 1));
      progress.report(
        `AWS does not answer (${error instanceof Error ? error.name : String(error)}); asking again`,
      );
    }
    await options.sleep(waitMs * (0.75 + options.random() / 4), signal);
  }
}

/** Why we asked for the rollback says more than ECS's own words for having been asked. */
function withReason(outcome: Outcome, reason: string | undefined): Outcome {
  if (reason === undefined) return outcome;
  switch (outcome.state) {
    case 'rolled-back':
    case 'failed':
    case 'unknown':
      return { ...outcome, why: reason };
    case 'successful':
    case 'superseded':
      return outcome;
  }
}
