import type { ServiceDeploymentStatus } from '@aws-sdk/client-ecs';

/** What is seen of a service and of the one deployment that is followed. */
export interface Observed {
  readonly deployment: ObservedDeployment;
  /** The deployment that the service says is in progress; another than ours means that ours was superseded. */
  readonly currentArn: string | undefined;
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
  /** Whether an earlier revision is there to go back to. */
  readonly hasSource: boolean;
}

/** What a deployment was started with. Times are milliseconds of the caller's clock. */
export interface Plan {
  readonly deadline: number;
  /** Whether ECS itself gives up on failing tasks. */
  readonly circuitBreaker: boolean;
  /** So many failed tasks in a row are given up where ECS does not. */
  readonly failuresAllowed: number;
  /** Whether the rollback was asked for already. */
  readonly stopRequested: boolean;
}

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

const quickMs = 1_000;
/** After the rollback was asked for, it gets this much longer. */
export const rollbackGraceMs = 10 * 60_000;

/** What to do next about a rolling deployment. Pure: values in, values out. */
export function decide(observed: Observed, plan: Plan, now: number): Decision {
  const { deployment } = observed;
  const why = deployment.reason ?? `ECS says ${deployment.status}`;
  switch (deployment.status) {
    case 'SUCCESSFUL':
      return { kind: 'finish', outcome: { state: 'successful' } };
    case 'ROLLBACK_SUCCESSFUL':
      return { kind: 'finish', outcome: { state: 'rolled-back', why } };
    case 'ROLLBACK_FAILED':
      return { kind: 'finish', outcome: { state: 'failed', why } };
    case 'STOPPED':
      return isSuperseded(observed)
        ? { kind: 'finish', outcome: { state: 'superseded' } }
        : { kind: 'finish', outcome: { state: 'failed', why } };
    case 'STOP_REQUESTED':
    case 'ROLLBACK_REQUESTED':
    case 'ROLLBACK_IN_PROGRESS':
      return now > plan.deadline + rollbackGraceMs
        ? { kind: 'finish', outcome: { state: 'unknown', why: `ECS still says ${deployment.status}` } }
        : { kind: 'wait', ms: quickMs, state: `rolling back: ${why}` };
    case 'PENDING':
    case 'IN_PROGRESS':
    default:
      // A status that is not known here is one in progress: the deadline ends it.
      return inProgress(observed, plan, now);
  }
}

function inProgress(observed: Observed, plan: Plan, now: number): Decision {
  const { failedTasks, running, pending, desired, deployment } = observed;
  if (isSuperseded(observed)) return { kind: 'finish', outcome: { state: 'superseded' } };
  if (plan.stopRequested) {
    return now > plan.deadline + rollbackGraceMs
      ? { kind: 'finish', outcome: { state: 'unknown', why: 'the rollback was asked for and has not begun' } }
      : { kind: 'wait', ms: quickMs, state: 'waiting for the rollback to begin' };
  }
  if (now > plan.deadline) return { kind: 'stop', why: 'it did not finish in time' };
  if (!plan.circuitBreaker && failedTasks >= plan.failuresAllowed) {
    return { kind: 'stop', why: `${failedTasks} tasks in a row failed` };
  }
  const failures = failedTasks === 0 ? '' : `, ${failedTasks} failed`;
  return {
    kind: 'wait',
    ms: quickMs,
    state: `${deployment.status}: ${running} of ${desired} tasks of the new version run, ${pending} are starting${failures}`,
  };
}

function isSuperseded({ currentArn, deployment }: Observed): boolean {
  return currentArn !== undefined && currentArn !== deployment.arn;
}
