import type { ServiceDeploymentStatus } from '@aws-sdk/client-ecs';
import type { Ruling } from '../traffic/index.ts';
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
