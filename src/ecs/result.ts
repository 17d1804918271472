import type { AnalysisLook } from '../traffic/index.ts';
import type { Blame } from './decision.ts';
import type { Evidence } from './forensics.ts';
import type { Migration } from './migrate.ts';
import type { Check } from './check.ts';
import type { Split } from './shift.ts';
import type { Difference } from './task-definition/diff.ts';

/** How a deployment ended, or how far it has come. */
export type DeployState =
  /** Serving, and proven. */
  | 'deployed'
  /** ECS waits at a gate, or all traffic is on green already: as far as was asked for. */
  | 'ready'
  /** All traffic is on green; the old version is still there. */
  | 'switched'
  | 'rolled-back'
  /** ECS reports success, and what is serving is not proven to be this release. Nothing goes back by itself. */
  | 'unproven'
  /** Ended, and not where it should, nor where it was. */
  | 'failed'
  /** It should go back, and the old version cannot take over. */
  | 'held'
  | 'superseded'
  | 'cancelled'
  /** It may go on: this job could no longer see. */
  | 'unknown';

export interface DeployResult {
  readonly state: DeployState;
  /** Why it is not deployed. */
  readonly why: string | undefined;
  /** Whose fault that is; `undefined` where there is none. */
  readonly blame: Blame | undefined;
  /** The ARN of the service deployment; empty where none was started or found. */
  readonly deployment: string;
  /** Its ARN; empty where none was registered or found. */
  readonly taskDefinition: string;
  /** Whether this run registered it. */
  readonly registered: boolean;
  /** Whether a deployment that was there already was followed. */
  readonly attached: boolean;
  /** Against the task definition that ran before. */
  readonly differences: readonly Difference[];
  /** What the traffic did while it was followed; empty for a rolling deployment. */
  readonly traffic: Traffic;
  /** `undefined` where there was nothing to migrate. */
  readonly migration: Migration | undefined;
  readonly proof: readonly Check[] | undefined;
  readonly evidence: Evidence | undefined;
  /** Milliseconds of each part, in order. */
  readonly timeline: readonly { readonly what: string; readonly ms: number }[];
}

export interface Traffic {
  /** Each split that was seen, in order. Times are AWS's, in milliseconds since the epoch. */
  readonly splits: readonly (Split & { readonly time: number })[];
  readonly looks: readonly AnalysisLook[];
}

export const noTraffic: Traffic = { splits: [], looks: [] };
