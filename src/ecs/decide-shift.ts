import type { Blame, Decision, ShiftPlan } from './decision.ts';
import { canTakeBack, formatSplit, isEdited, type OpenGate, type Shift } from './shift.ts';
import { gateAt, hasReached } from './stages.ts';

export interface ShiftSight {
  readonly shift: Shift;
  readonly plan: ShiftPlan;
  /** Tasks that each side should have. */
  readonly desired: number;
  /** Why it is to be given up already, whatever the traffic does. */
  readonly stop: { readonly why: string; readonly blame: Blame } | undefined;
  /** Whether the time for a rollback is over as well. */
  readonly isOver: boolean;
  readonly waitMs: number;
  /** What its tasks do, in words. */
  readonly tasks: string;
}

/**
 * What to do next about a deployment in progress that shifts traffic. A gate is answered with `CONTINUE` only on a
 * ruling that passes, with healthy targets on green and with weights that are ECS's own; everything else waits, or goes
 * back. Back it goes only onto a side that can take the traffic.
 */
export function decideShift(sight: ShiftSight): Decision {
  const { shift, plan, stop } = sight;
  if (plan.wasEdited && isEdited(shift, plan.steps)) return frozen(sight);
  if (stop !== undefined) return goBack(sight, stop.why, stop.blame);
  if (plan.ruling?.outcome === 'fail') return goBack(sight, plan.ruling.why, plan.ruling.blame ?? 'release');
  if (hasLostTargets(sight)) {
    const why = `green has ${shift.healthy.green} healthy targets of ${sight.desired}, with ${percent(shift.live?.green ?? 0)} of the traffic`;
    return goBack(sight, why, 'release');
  }
  const isSwitched = hasReached(shift.stage, 'POST_PRODUCTION_TRAFFIC_SHIFT') && isAllOnGreen(shift);
  if (plan.until === 'switched' && isSwitched) {
    return { kind: 'finish', outcome: { state: 'switched', what: 'all traffic is on green' } };
  }
  if (plan.until === 'ready' && isSwitched && shift.gate === undefined) {
    return { kind: 'finish', outcome: { state: 'ready', what: 'all traffic is on green' } };
  }
  if (shift.gate !== undefined) return atGate(sight, shift.gate);
  return wait(sight, whatItDoes(sight));
}

/** Somebody else has written weights. They are not overwritten by going on; ECS's own timeout still goes back. */
function frozen(sight: ShiftSight): Decision {
  const { shift, stop } = sight;
  const live = shift.live === undefined ? 'nothing' : formatSplit(shift.live);
  const why = `the weights of the production rule are not ECS’s: ${live}, where ECS has put ${percent(shift.requested)} on green`;
  if (stop !== undefined) return goBack(sight, `${why}, and ${stop.why}`, 'circumstances');
  return { ...wait(sight, `frozen: ${why}; put them back, or roll back`), hold: why };
}

function goBack(sight: ShiftSight, why: string, blame: Blame): Decision {
  const { shift, desired, isOver } = sight;
  if (!isSafeToGoBack(sight)) {
    const held = `${why}; and blue cannot take the traffic back: it has ${shift.healthy.blue} healthy targets of ${desired}`;
    return isOver ? { kind: 'finish', outcome: { state: 'held', why: held } } : wait(sight, `held: ${held}`);
  }
  return shift.gate !== undefined && sight.stop === undefined
    ? { kind: 'answer', hookId: shift.gate.hookId, action: 'ROLLBACK', why, blame }
    : { kind: 'stop', why, blame };
}

/** Whether going back sends nobody to a side that cannot serve: no user is on green, or blue can take them back. */
export function isSafeToGoBack({
  shift,
  desired,
}: {
  readonly shift: Shift | undefined;
  readonly desired: number;
}): boolean {
  if (shift?.hasBlue !== true) return true;
  const hasTraffic = (shift.live?.green ?? 0) > 0 || shift.requested > 0;
  return !hasTraffic || canTakeBack(shift, desired);
}

function atGate(sight: ShiftSight, gate: OpenGate): Decision {
  const { shift, plan, desired } = sight;
  const name = gateAt(shift.stage);
  if (plan.until === 'ready') {
    return { kind: 'finish', outcome: { state: 'ready', what: `ECS waits at ${shift.stage ?? 'a gate'}` } };
  }
  if (name === undefined || !plan.answers.includes(name)) {
    return wait(
      sight,
      `ECS waits at ${shift.stage ?? 'a gate'} for an answer that is not this step’s to give`,
    );
  }
  const { outcome, why } = plan.ruling ?? { outcome: 'inconclusive', why: 'nothing has been looked at yet' };
  const obstacle = obstacleOf(shift, plan.steps, desired);
  if (outcome === 'pass' && obstacle === undefined) {
    return { kind: 'answer', hookId: gate.hookId, action: 'CONTINUE', why, blame: 'circumstances' };
  }
  const reason = outcome === 'pass' && obstacle !== undefined ? obstacle : why;
  if (shift.time >= gate.expiresAt - plan.gateMarginMs) {
    return goBack(sight, `the gate’s time is up, and ${reason}`, 'circumstances');
  }
  const state = `${outcome === 'held' ? 'held' : 'waiting'} at ${name}: ${reason}`;
  return { ...wait(sight, state), hold: reason };
}

/** What keeps a gate shut although green is well: no traffic for a side that cannot serve it, or on what is not known. */
function obstacleOf(shift: Shift, steps: readonly number[], desired: number): string | undefined {
  const { healthy, live } = shift;
  if (live === undefined) return 'it is not known what the production rule does';
  // One look may be a moment of ECS's own: enough to wait for the next, not enough to say that somebody did it.
  if (isEdited(shift, steps)) return `the production rule has ${formatSplit(live)}`;
  return healthy.green < desired
    ? `green has ${healthy.green} healthy targets, and needs ${desired}`
    : undefined;
}

/** Half of its targets gone, while users are sent to it. */
function hasLostTargets({ shift, desired }: ShiftSight): boolean {
  const hasTraffic = shift.live !== undefined && shift.live.green > 0 && shift.requested > 0;
  return hasTraffic && desired > 0 && shift.healthy.green * 2 < desired;
}

function isAllOnGreen({ live, requested }: Shift): boolean {
  return live !== undefined && live.green === 100 && requested === 100;
}

function whatItDoes({ shift, tasks, plan }: ShiftSight): string {
  const stage = shift.stage ?? 'not begun';
  const split = shift.live === undefined ? '' : `; ${formatSplit(shift.live)}`;
  // Without its figures: they change every minute, and what has not changed is looked at less and less often.
  const said = plan.ruling === undefined ? '' : `; analysis: ${plan.ruling.outcome}`;
  return hasReached(shift.stage, 'TEST_TRAFFIC_SHIFT')
    ? `${stage}${split}${said}`
    : `${stage}: ${tasks}${split}`;
}

function wait({ waitMs, shift }: ShiftSight, state: string): Extract<Decision, { kind: 'wait' }> {
  // An open gate runs out of time: it is looked at every second.
  return { kind: 'wait', ms: shift.gate === undefined ? waitMs : 1_000, state };
}

function percent(share: number): string {
  return `${Number(share.toFixed(1))} %`;
}
