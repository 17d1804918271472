import type { SideTasks } from './decide.ts';

/** A deployment on its way back to blue. Times are milliseconds of the cloud's clock. */
export interface ObservedRollback {
  readonly now: number;
  readonly settleMs: number;
  readonly desiredCount: number;
  readonly blue: SideTasks | undefined;
  readonly green: SideTasks;
  /** When the weights were given back to blue; `undefined`: not yet. */
  readonly restoredAt: number | undefined;
}

export type RollbackAction =
  | { readonly kind: 'wait'; readonly until: number | undefined }
  /** All weights to blue, absolute. */
  | { readonly kind: 'restore' }
  | { readonly kind: 'finish' };

/**
 * Traffic first: blue gets it back as soon as it is at least as able as green, which is at once as long as blue's
 * tasks are there. Where they are gone already (in CLEAN_UP), they are started again first.
 */
export function decideRollback(observed: ObservedRollback): RollbackAction {
  const { now, blue, green, desiredCount, restoredAt, settleMs } = observed;
  if (restoredAt === undefined)
    return canTakeOver(observed) ? { kind: 'restore' } : { kind: 'wait', until: undefined };
  if (now < restoredAt + settleMs) return { kind: 'wait', until: restoredAt + settleMs };
  const done = green.present === 0 && (blue === undefined || blue.healthy >= desiredCount);
  return done ? { kind: 'finish' } : { kind: 'wait', until: undefined };
}

/** Green keeps its tasks until the data plane must know that it gets no more traffic. */
export function wantedInRollback(observed: ObservedRollback): { green: number; blue: number } {
  const { now, desiredCount, restoredAt, settleMs } = observed;
  const settled = restoredAt !== undefined && now >= restoredAt + settleMs;
  return { green: settled ? 0 : desiredCount, blue: desiredCount };
}

function canTakeOver({ blue, green, desiredCount }: ObservedRollback): boolean {
  if (blue === undefined || blue.healthy >= desiredCount) return true;
  return blue.healthy > 0 && blue.healthy >= green.healthy;
}
