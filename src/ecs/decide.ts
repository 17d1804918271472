import type { ServiceDeploymentStatus } from '@aws-sdk/client-ecs';

/** What is seen of a service and of the one deployment that is followed. */
export interface Observed {
  readonly deployment: ObservedDeployment;
  /** Whether a deployment that is newer than ours has begun. */
  readonly isSuperseded: boolean;
  readonly desired: number;
  /** Of our revision. */
  readonly running: number;
  readonly pending: number;
  /** Tasks of our revision that failed in a row. */
  readonly failedTasks: number;
}

export interface ObservedDeployment {
  readonly arn: string;
  readonly status: ServiceDeploymentStatus | (string & {});
  readonly reason: string | undefined;
}

/** What a deployment was started with. Times are milliseconds of the caller's clock. */
export interface Plan {
  readonly deadline: number;
  /** Whether ECS itself gives up on failing tasks. */
  readonly circuitBreaker: boolean;
  /** So many failed tasks in a row are given up where ECS does not. */
  readonly failuresAllowed: number;
  readonly rollback: Rollback;
  /** For how long nothing has changed. */
  readonly unchangedMs: number;
}

/** What became of the rollback that was asked for. */
export type Rollback =
  | { readonly kind: 'not asked' }
  | { readonly kind: 'asked' }
  | { readonly kind: 'refused'; readonly why: string; readonly times: number };

export type Decision =
  | { readonly kind: 'wait'; readonly ms: number; readonly state: string }
  /** Ask ECS to roll back. */
  | { readonly kind: 'stop'; readonly why: string }
  | { readonly kind: 'finish'; readonly outcome: Outcome };

export type Outcome =
  /** ECS is content; whether it serves is for the proof to say. */
  | { readonly state: 'successful' }
  | { readonly state: 'rolled-back'; readonly why: string }
  /** Ended, and not where it should, nor where it was. */
  | { readonly state: 'failed'; readonly why: string }
  /** A newer deployment took over: neither a success nor a failure of ours. */
  | { readonly state: 'superseded' }
  /** It did not end in time, not even after the rollback was asked for. */
  | { readonly state: 'unknown'; readonly why: string };

/** After the rollback was asked for, it gets this much longer. */
export const rollbackGraceMs = 10 * 60_000;
/** A rollback may be refused for what is over a moment later: it is asked for so often. */
const stopAttempts = 3;

/** What to do next about a rolling deployment. Pure: values in, values out. */
export function decide(observed: Observed, plan: Plan, now: number): Decision {
  const { deployment } = observed;
  const why = deployment.reason ?? `ECS says ${deployment.status}`;
  switch (deployment.status) {
    case 'SUCCESSFUL':
      return finish({ state: 'successful' });
    case 'ROLLBACK_SUCCESSFUL':
      return finish({ state: 'rolled-back', why });
    case 'ROLLBACK_FAILED':
      return finish({ state: 'failed', why });
    case 'STOPPED':
      return finish(observed.isSuperseded ? { state: 'superseded' } : { state: 'failed', why });
    case 'STOP_REQUESTED':
    case 'ROLLBACK_REQUESTED':
    case 'ROLLBACK_IN_PROGRESS':
      return now > plan.deadline + rollbackGraceMs
        ? finish({ state: 'unknown', why: `ECS still says ${deployment.status}` })
        : { kind: 'wait', ms: pace(plan), state: `rolling back: ${why}` };
    case 'PENDING':
    case 'IN_PROGRESS':
    default:
      // A status that is not known here is one in progress: the deadline ends it.
      return inProgress(observed, plan, now);
  }
}

function inProgress(observed: Observed, plan: Plan, now: number): Decision {
  const { failedTasks, running, pending, desired, deployment } = observed;
  const { rollback } = plan;
  if (observed.isSuperseded) return finish({ state: 'superseded' });
  if (rollback.kind === 'asked') {
    return now > plan.deadline + rollbackGraceMs
      ? finish({ state: 'unknown', why: 'the rollback was asked for, and has not begun' })
      : { kind: 'wait', ms: pace(plan), state: 'waiting for the rollback to begin' };
  }
  const reason = stopReason(observed, plan, now);
  if (reason !== undefined) {
    return rollback.kind === 'refused' && rollback.times >= stopAttempts
      ? finish({ state: 'unknown', why: `${reason}, and ECS refused the rollback: ${rollback.why}` })
      : { kind: 'stop', why: reason };
  }
  const failures = failedTasks === 0 ? '' : `, ${failedTasks} failed`;
  return {
    kind: 'wait',
    // With all tasks up, ECS is about to say that it is done.
    ms: running >= desired && pending === 0 ? Math.max(500, pace(plan) / 2) : pace(plan),
    state: `${deployment.status}: ${running} of ${desired} tasks of the new version run, ${pending} are starting${failures}`,
  };
}

/** Why a deployment in progress is to be given up. */
function stopReason({ failedTasks }: Observed, plan: Plan, now: number): string | undefined {
  if (now > plan.deadline) return 'it did not finish in time';
  return !plan.circuitBreaker && failedTasks >= plan.failuresAllowed
    ? `${failedTasks} tasks in a row failed`
    : undefined;
}

/** A second while something changes, and more the longer nothing does, up to ten. */
function pace({ unchangedMs }: Plan): number {
  return Math.min(10_000, Math.max(1_000, unchangedMs / 60));
}

function finish(outcome: Outcome): Decision {
  return { kind: 'finish', outcome };
}
