import { awsFailure, classify, errorName, type Aws } from '../aws/index.ts';
import type { Progress } from '../github/index.ts';
import type { Ruling } from '../traffic/index.ts';
import { answerGate } from './answer-gate.ts';
import { decide, rollbackGraceMs } from './decide.ts';
import type { Blame, Outcome, Plan, Rollback } from './decision.ts';
import { createObserver, type Followed, type Sight } from './observe.ts';
import { requestRollback } from './service.ts';
import { isEdited } from './shift.ts';
import { unlessAborted } from './unless-aborted.ts';

export interface FollowOptions extends Followed {
  readonly aws: Aws;
  readonly plan: Omit<Plan, 'rollback' | 'unchangedMs' | 'shift'> & {
    readonly shift: Omit<NonNullable<Plan['shift']>, 'ruling' | 'wasEdited'> | undefined;
  };
  /** What is said of green at each look. */
  readonly judge?: (sight: Sight) => Promise<Ruling | undefined>;
  /** Told whatever is seen. */
  readonly onSight?: (sight: Sight) => void;
  readonly progress: Progress;
  readonly now: () => number;
  readonly sleep: (ms: number, signal?: AbortSignal) => Promise<void>;
  readonly random: () => number;
  /** Aborted: stop waiting at once. */
  readonly signal: AbortSignal;
}

const slowestMs = 10_000;

/**
 * Follows one service deployment as far as the plan says: observe, decide, do, until it is finished. A call that is
 * throttled or not answered is neither progress nor failure: it is asked again, more slowly.
 *
 * @throws Failure where AWS refuses to be asked; the signal's reason where it was aborted
 */
export async function follow(options: FollowOptions): Promise<Outcome> {
  const { aws, deployment, progress, now, signal } = options;
  const observe = createObserver(aws, options);
  let rollback: Rollback = { kind: 'not asked' };
  let stop: Stop | undefined;
  let last = { state: '', since: now() };
  let hold: string | undefined;
  let wasEdited = false;
  let troubles = 0;
  for (;;) {
    signal.throwIfAborted();
    let waitMs = 1_000;
    try {
      const sight = await unlessAborted(observe(), signal);
      options.onSight?.(sight);
      const ruling =
        options.judge === undefined ? undefined : await unlessAborted(options.judge(sight), signal);
      troubles = 0;
      const unchangedMs = now() - last.since;
      const { shift } = options.plan;
      const decision = decide(
        sight,
        {
          ...options.plan,
          rollback,
          unchangedMs,
          shift: shift === undefined ? undefined : { ...shift, ruling, wasEdited },
        },
        now(),
      );
      wasEdited = sight.shift !== undefined && isEdited(sight.shift, shift?.steps ?? []);
      switch (decision.kind) {
        case 'finish':
          return withReason(decision.outcome, stop, hold);
        case 'stop':
          stop = decision;
          progress.report(`Rolling back: ${decision.why}`);
          rollback = after(rollback, await unlessAborted(requestRollback(aws, deployment), signal));
          if (rollback.kind === 'refused') progress.report(`ECS refuses the rollback: ${rollback.why}`);
          break;
        case 'answer': {
          progress.report(`${decision.action === 'CONTINUE' ? 'Going on' : 'Rolling back'}: ${decision.why}`);
          if (decision.action === 'ROLLBACK') stop = decision;
          const refused = await answerGate(aws, deployment, decision, signal);
          if (refused !== undefined) progress.report(`ECS takes no answer: ${refused}`);
          break;
        }
        case 'wait':
          progress.report(decision.state);
          if (sight.deployment.status === 'IN_PROGRESS') hold = decision.hold;
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

interface Stop {
  readonly why: string;
  readonly blame: Blame;
}

function after(before: Rollback, refused: string | undefined): Rollback {
  if (refused === undefined) return { kind: 'asked' };
  return { kind: 'refused', why: refused, times: before.kind === 'refused' ? before.times + 1 : 1 };
}

/** Why we asked for the rollback says more than ECS's own words for having been asked. */
function withReason(outcome: Outcome, stop: Stop | undefined, hold: string | undefined): Outcome {
  if (stop === undefined) {
    return hold !== undefined && outcome.state === 'rolled-back'
      ? { ...outcome, why: `${hold}; ${outcome.why}` }
      : outcome;
  }
  const { why, blame } = stop;
  switch (outcome.state) {
    case 'rolled-back':
      return { ...outcome, why, blame };
    case 'failed':
      return { ...outcome, why: `${why}, and the rollback failed: ${outcome.why}`, blame };
    case 'unknown':
    case 'successful':
    case 'ready':
    case 'switched':
    case 'held':
    case 'superseded':
      return outcome;
  }
}
