import type { ServiceDeploymentStatus } from '@aws-sdk/client-ecs';
import type { Ruling } from '../traffic/index.ts';
import { decideShift } from './decide-shift.ts';
import type { Shift } from './shift.ts';
import type { GateName } from './stages.ts';

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
  /** `undefined` for a rolling deployment. */
  readonly shift: Shift | undefined;
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
  /** How the traffic is shifted; `undefined` for a rolling deployment. */
  readonly shift: ShiftPlan | undefined;
}

export interface ShiftPlan {
  readonly until: Until;
  /** The gates that this run answers. */
  readonly answers: readonly GateName[];
  /** Percentages on green that the deployment goes through, rising, from 0 to 100. */
  readonly steps: readonly number[];
  /** What is left of a gate's time when one that is still open is given up. */
  readonly gateMarginMs: number;
  /** What is said of green at this look; `undefined` where nothing was asked. */
  readonly ruling: Ruling | undefined;
  /** Whether the look before saw weights that ECS has not written: one look may fall between two writes of ECS. */
  readonly wasEdited: boolean;
}

/** `ready`: a gate waits, or all traffic is on green. `switched`: all traffic is. `done`: ECS has finished. */
export type Until = 'ready' | 'switched' | 'done';

/** What became of the rollback that was asked for. */
export type Rollback =
  | { readonly kind: 'not asked' }
  | { readonly kind: 'asked' }
  | { readonly kind: 'refused'; readonly why: string; readonly times: number };

export type Decision =
  | {
      readonly kind: 'wait';
      readonly ms: number;
      readonly state: string;
      /** What keeps it from going on or back, where something does: when ECS goes back by itself, that is why. */
      readonly hold?: string;
    }
  /** Answer the gate that waits. */
  | {
      readonly kind: 'answer';
      readonly hookId: string;
      readonly action: 'CONTINUE' | 'ROLLBACK';
      readonly why: string;
      readonly blame: Blame;
    }
  /** Ask ECS to roll back. */
  | { readonly kind: 'stop'; readonly why: string; readonly blame: Blame }
  | { readonly kind: 'finish'; readonly outcome: Outcome };

/** Whose fault it is: the release's own, which is not to be tried again, or what is around it. */
export type Blame = 'release' | 'circumstances';

export type Outcome =
  /** ECS is content; whether it serves is for the proof to say. */
  | { readonly state: 'successful' }
  /** As far as was asked for: at a gate, or with all traffic on green. */
  | { readonly state: 'ready' | 'switched'; readonly what: string }
  | { readonly state: 'rolled-back'; readonly why: string; readonly blame: Blame }
  /** Ended, and not where it should, nor where it was. */
  | { readonly state: 'failed'; readonly why: string; readonly blame: Blame }
  /** It should go back, and the old version is not able to take over: somebody has to decide. */
  | { readonly state: 'held'; readonly why: string }
  /** A newer deployment took over: neither a success nor a failure of ours. */
  | { readonly state: 'superseded' }
  /** It did not end in time, not even after the rollback was asked for. */
  | { readonly state: 'unknown'; readonly why: string };

/** After the rollback was asked for, it gets this much longer. */
export const rollbackGraceMs = 10 * 60_000;
/** A rollback may be refused for what is over a moment later: it is asked for so often. */
const stopAttempts = 3;

/** What to do next about a deployment. Pure: values in, values out. */
export function decide(observed: Observed, plan: Plan, now: number): Decision {
  const { deployment } = observed;
  const why = deployment.reason ?? `ECS says ${deployment.status}`;
  const blame = blameOf(why);
  switch (deployment.status) {
    case 'SUCCESSFUL':
      return finish({ state: 'successful' });
    case 'ROLLBACK_SUCCESSFUL':
      return finish({ state: 'rolled-back', why, blame });
    case 'ROLLBACK_FAILED':
      return finish({ state: 'failed', why, blame });
    case 'STOPPED':
      return finish(observed.isSuperseded ? { state: 'superseded' } : { state: 'failed', why, blame });
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

/**
 * Whose fault it is that ECS went back by itself. Only what the release itself has done counts against it: a pause that
 * nobody answered, or a person who stopped it, does not.
 */
function blameOf(reason: string): Blame {
  return /circuit breaker|alarm|health check|failed to start/i.test(reason) ? 'release' : 'circumstances';
}

function inProgress(observed: Observed, plan: Plan, now: number): Decision {
  const { rollback } = plan;
  if (observed.isSuperseded) return finish({ state: 'superseded' });
  if (rollback.kind === 'asked') {
    return now > plan.deadline + rollbackGraceMs
      ? finish({ state: 'unknown', why: 'the rollback was asked for, and has not begun' })
      : { kind: 'wait', ms: pace(plan), state: 'waiting for the rollback to begin' };
  }
  const decision = nextOf(observed, plan, now);
  const isRefused = rollback.kind === 'refused' && rollback.times >= stopAttempts;
  return decision.kind === 'stop' && isRefused
    ? finish({ state: 'unknown', why: `${decision.why}, and ECS refused the rollback: ${rollback.why}` })
    : decision;
}

function nextOf(observed: Observed, plan: Plan, now: number): Decision {
  const stop = stopReason(observed, plan, now);
  if (observed.shift !== undefined && plan.shift !== undefined) {
    return decideShift({
      shift: observed.shift,
      plan: plan.shift,
      desired: observed.desired,
      stop,
      isOver: now > plan.deadline + rollbackGraceMs,
      waitMs: pace(plan),
      tasks: tasksOf(observed),
    });
  }
  if (stop !== undefined) return { kind: 'stop', ...stop };
  const { running, pending, desired } = observed;
  return {
    kind: 'wait',
    // With all tasks up, ECS is about to say that it is done.
    ms: running >= desired && pending === 0 ? Math.max(500, pace(plan) / 2) : pace(plan),
    state: `${observed.deployment.status}: ${tasksOf(observed)}`,
  };
}

function tasksOf({ running, desired, pending, failedTasks }: Observed): string {
  const failures = failedTasks === 0 ? '' : `, ${failedTasks} failed`;
  return `${running} of ${desired} tasks of the new version run, ${pending} are starting${failures}`;
}

/** Why a deployment in progress is to be given up, whatever its traffic does. */
function stopReason(
  { failedTasks }: Observed,
  plan: Plan,
  now: number,
): { readonly why: string; readonly blame: Blame } | undefined {
  // The tasks tell whose fault it is that time was not enough.
  if (!plan.circuitBreaker && failedTasks >= plan.failuresAllowed)
    return { why: `${failedTasks} tasks in a row failed`, blame: 'release' };
  return now > plan.deadline ? { why: 'it did not finish in time', blame: 'circumstances' } : undefined;
}

/** A second while something changes, and more the longer nothing does, up to ten. */
function pace({ unchangedMs }: Plan): number {
  return Math.min(10_000, Math.max(1_000, unchangedMs / 60));
}

function finish(outcome: Outcome): Decision {
  return { kind: 'finish', outcome };
}
