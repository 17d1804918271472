import type { Outcome } from './job-state.ts';

/** What the code around a step's own work tells it: its number, its signals, and what to do with what it says. */
export interface StepRun {
  /** The number of the job's step, which a composite action's steps share. */
  readonly number: number;
  readonly env: Readonly<Record<string, string>>;
  readonly cancelled: AbortSignal;
  readonly killed: AbortSignal;
  readonly outputs: Record<string, string>;
  readonly state: Record<string, string>;
}

export type BodyOutcome = Exclude<Outcome, 'skipped'>;

/** Something to do when the job ends: the `post` of an action. */
export interface PostEntry {
  readonly condition: string;
  /** Runs it; the same signals and log as any other step. */
  readonly run: (step: Pick<StepRun, 'number' | 'cancelled' | 'killed'>) => Promise<BodyOutcome>;
}
