import type { Evidence } from './forensics.ts';
import type { Check } from './proof.ts';
import type { Difference } from './task-definition/diff.ts';

/** How a deployment ended. */
export type DeployState =
  /** Serving, and proven. */
  | 'deployed'
  | 'rolled-back'
  /** Ended, and not where it should, nor where it was; or not proven. */
  | 'failed'
  | 'superseded'
  | 'cancelled'
  /** It may go on: this job could no longer see. */
  | 'unknown';

export interface DeployResult {
  readonly state: DeployState;
  /** Why it is not deployed. */
  readonly why: string | undefined;
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
  readonly proof: readonly Check[] | undefined;
  readonly evidence: Evidence | undefined;
  /** Milliseconds of each part, in order. */
  readonly timeline: readonly { readonly what: string; readonly ms: number }[];
}
