import type { LifecycleStage, PausePlan, ShiftPlan } from './plan.ts';

/**
 * What ECS does next with a deployment that shifts traffic: values in, values out. The state is only ever what was
 * written down after the last action, so that a cloud that starts again goes on from there.
 */
export interface ObservedShift {
  readonly now: number;
  readonly plan: ShiftPlan;
  readonly pace: ShiftPace;
  readonly state: ShiftState;
  /** The number of tasks that either side is to have. */
  readonly desiredCount: number;
  readonly green: SideTasks;
  /** `undefined`: nothing was in service before. */
  readonly blue: SideTasks | undefined;
  /** Tasks of neither side: what a deployment that was replaced has left. */
  readonly strays: number;
  readonly hasTestRule: boolean;
}

/** Milliseconds of the cloud's clock. */
export interface ShiftPace {
  /** How long every stage lasts at least, so that each can be seen. */
  readonly dwellMs: number;
  /** How long weights are given to reach the data plane: until then a shift is not over, and no side loses its tasks. */
  readonly settleMs: number;
}

export interface ShiftState {
  readonly stage: LifecycleStage;
  readonly enteredAt: number;
  /** Steps of the plan that are over, their bakes included. */
  readonly stepsDone: number;
  /** What ECS last asked the rules for, in percent on green. */
  readonly productionPercent: number;
  readonly testPercent: number;
  /** When it did; `undefined`: it has not written any weights yet. */
  readonly weightsAt: number | undefined;
  /** Of this deployment, newest first. */
  readonly hooks: readonly HookState[];
}

export interface HookState {
  readonly hookId: string;
  readonly stage: LifecycleStage;
  /** `stepsDone` when it fired: a stage that comes again pauses again. */
  readonly step: number;
  readonly status: 'AWAITING_ACTION' | 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT';
  readonly expiresAt: number;
  readonly timeoutAction: 'CONTINUE' | 'ROLLBACK';
}

export interface SideTasks {
  /** RUNNING, and healthy in the eyes of container health check and load balancer. */
  readonly healthy: number;
  /** Whatever has not stopped. */
  readonly present: number;
}

export type ShiftAction =
  /** @param until when to look again although nothing changes */
  | { readonly kind: 'wait'; readonly until: number | undefined }
  | { readonly kind: 'enter'; readonly stage: LifecycleStage; readonly stepsDone: number }
  | { readonly kind: 'pause'; readonly pauses: readonly PausePlan[] }
  | { readonly kind: 'time-out'; readonly hookId: string }
  /** Weights in percent on green, absolute. */
  | { readonly kind: 'shift'; readonly productionPercent: number; readonly testPercent: number }
  | { readonly kind: 'roll-back'; readonly because: RollbackCause }
  | { readonly kind: 'succeed' };

export interface RollbackCause {
  readonly kind: 'hook-answered' | 'hook-timed-out' | 'stage-timed-out';
  readonly stage: LifecycleStage;
}

/** Source: ECS developer guide: "Each lifecycle stage can last up to 24 hours", then the deployment is rolled back. */
const longestStageMs = 24 * 3_600_000;

export function decideShift(observed: ObservedShift): ShiftAction {
  const fired = hooksOf(observed.state);
  const [failed] = fired.filter(
    ({ status, timeoutAction }) =>
      status === 'FAILED' || (status === 'TIMED_OUT' && timeoutAction === 'ROLLBACK'),
  );
  if (failed !== undefined) {
    const kind = failed.status === 'FAILED' ? 'hook-answered' : 'hook-timed-out';
    return { kind: 'roll-back', because: { kind, stage: failed.stage } };
  }
  const awaiting = fired.filter(({ status }) => status === 'AWAITING_ACTION');
  const [expired] = awaiting.filter(({ expiresAt }) => observed.now >= expiresAt);
  if (expired !== undefined) return { kind: 'time-out', hookId: expired.hookId };
  if (awaiting.length > 0) {
    return { kind: 'wait', until: Math.min(...awaiting.map(({ expiresAt }) => expiresAt)) };
  }
  const pauses = observed.plan.pauses.filter(({ stage }) => stage === observed.state.stage);
  if (pauses.length > 0 && fired.length === 0) return { kind: 'pause', pauses };
  return decideStage(observed);
}

/** The hooks of the stage that the deployment is in, this time round. */
function hooksOf({ hooks, stage, stepsDone }: ShiftState): HookState[] {
  return hooks.filter((hook) => hook.stage === stage && hook.step === stepsDone);
}

function decideStage(observed: ObservedShift): ShiftAction {
  const { state, plan, pace, green, desiredCount } = observed;
  const { productionPercent, testPercent, stepsDone } = state;
  switch (state.stage) {
    case 'RECONCILE_SERVICE':
      return decideReconcile(observed);
    case 'PRE_SCALE_UP':
      return afterDwell(observed, 'SCALE_UP');
    case 'SCALE_UP':
      return green.healthy < desiredCount ? waitForTasks(observed) : afterDwell(observed, 'POST_SCALE_UP');
    case 'POST_SCALE_UP':
      return afterDwell(observed, 'TEST_TRAFFIC_SHIFT');
    case 'TEST_TRAFFIC_SHIFT':
      if (observed.hasTestRule && testPercent !== 100) {
        if (green.healthy < desiredCount) return waitForTasks(observed);
        return { kind: 'shift', productionPercent, testPercent: 100 };
      }
      return afterShift(observed, 'POST_TEST_TRAFFIC_SHIFT');
    case 'POST_TEST_TRAFFIC_SHIFT':
      return afterDwell(observed, 'PRE_PRODUCTION_TRAFFIC_SHIFT');
    case 'PRE_PRODUCTION_TRAFFIC_SHIFT':
      return afterDwell(observed, 'PRODUCTION_TRAFFIC_SHIFT');
    case 'PRODUCTION_TRAFFIC_SHIFT': {
      const percent = plan.steps[stepsDone] ?? 100;
      if (productionPercent !== percent) {
        if (green.healthy < desiredCount) return waitForTasks(observed);
        return { kind: 'shift', productionPercent: percent, testPercent };
      }
      // Source: API reference, LinearConfiguration: there is no bake after 100 percent.
      if (percent === 100) return afterShift(observed, 'POST_PRODUCTION_TRAFFIC_SHIFT');
      const bakedAt = (state.weightsAt ?? state.enteredAt) + Math.max(plan.stepBakeMs, pace.settleMs);
      if (observed.now < bakedAt) return { kind: 'wait', until: bakedAt };
      return { kind: 'enter', stage: 'PRE_PRODUCTION_TRAFFIC_SHIFT', stepsDone: stepsDone + 1 };
    }
    case 'POST_PRODUCTION_TRAFFIC_SHIFT':
      return afterDwell(observed, 'BAKE_TIME');
    case 'BAKE_TIME':
      return after(observed, Math.max(plan.bakeMs, pace.dwellMs), 'CLEAN_UP');
    case 'CLEAN_UP': {
      const left = (observed.blue?.present ?? 0) + observed.strays;
      if (left > 0) return { kind: 'wait', until: settledAt(observed) };
      if (green.healthy < desiredCount) return waitForTasks(observed);
      const until = state.enteredAt + pace.dwellMs;
      return observed.now < until ? { kind: 'wait', until } : { kind: 'succeed' };
    }
  }
}

/** Brings a service that a replaced deployment has left half shifted back to one side: blue, where there is one. */
function decideReconcile(observed: ObservedShift): ShiftAction {
  const { state, blue, strays, desiredCount } = observed;
  if (strays === 0) return afterDwell(observed, 'PRE_SCALE_UP');
  if (state.weightsAt === undefined && blue !== undefined) {
    if (blue.healthy < desiredCount) return waitForTasks(observed);
    return { kind: 'shift', productionPercent: 0, testPercent: 0 };
  }
  return { kind: 'wait', until: settledAt(observed) };
}

/**
 * How many tasks each side is to have at the moment. A side loses its tasks only when it has had no traffic for long
 * enough that the data plane must know.
 */
export function wantedTasks(observed: ObservedShift): {
  green: number;
  blue: number;
  strays: 'kept' | 'removed';
} {
  const { state, desiredCount, now, blue } = observed;
  const settled = now >= (settledAt(observed) ?? now);
  switch (state.stage) {
    case 'RECONCILE_SERVICE': {
      const restored = blue === undefined || state.weightsAt !== undefined;
      return { green: 0, blue: desiredCount, strays: restored && settled ? 'removed' : 'kept' };
    }
    case 'PRE_SCALE_UP':
      return { green: 0, blue: desiredCount, strays: 'removed' };
    case 'CLEAN_UP':
      return { green: desiredCount, blue: settled ? 0 : desiredCount, strays: 'removed' };
    default:
      return { green: desiredCount, blue: desiredCount, strays: 'removed' };
  }
}

function settledAt({ state, pace }: ObservedShift): number | undefined {
  return state.weightsAt === undefined ? undefined : state.weightsAt + pace.settleMs;
}

function afterDwell(observed: ObservedShift, next: LifecycleStage): ShiftAction {
  return after(observed, observed.pace.dwellMs, next);
}

/** A shift is over when the data plane must have it: the next stage's hooks look at traffic that has moved. */
function afterShift(observed: ObservedShift, next: LifecycleStage): ShiftAction {
  const { state, pace } = observed;
  const until = Math.max(state.enteredAt + pace.dwellMs, settledAt(observed) ?? 0);
  return after(observed, until - state.enteredAt, next);
}

function after({ now, state }: ObservedShift, ms: number, next: LifecycleStage): ShiftAction {
  const until = state.enteredAt + ms;
  if (now < until) return { kind: 'wait', until };
  return { kind: 'enter', stage: next, stepsDone: state.stepsDone };
}

/** Something changes when a task does. A stage does not wait for ever, though. */
function waitForTasks({ now, state }: ObservedShift): ShiftAction {
  const until = state.enteredAt + longestStageMs;
  if (now < until) return { kind: 'wait', until };
  return { kind: 'roll-back', because: { kind: 'stage-timed-out', stage: state.stage } };
}
