import type { Blame, Decision, Observed, Outcome, Plan } from './decision.ts';
import { decideShift } from './decide-shift.ts';

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
