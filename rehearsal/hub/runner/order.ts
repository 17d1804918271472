import type { GitRepository } from '../git/repository.ts';
import type { Hub } from '../hub.ts';
import type { Conclusion, Job, JobToken, Permissions, Run } from '../model.ts';
import type { Json } from '../engine/expressions/evaluate.ts';
import type { ActionStore } from '../engine/action-store.ts';
import type { Source, Sources } from '../engine/sources.ts';
import type { StepsJob, Workflow } from '../engine/workflow/model.ts';
import type { StandIn } from '../stand-ins/stand-in.ts';
import type { ProcessTiming } from './process.ts';

/** One job, ready to run: everything that the workflow around it decides. */
export interface JobOrder {
  readonly run: Run;
  readonly job: Job;
  readonly definition: StepsJob;
  readonly workflow: Workflow;
  /** The repository and commit of the workflow file that holds the job. */
  readonly source: Source;
  readonly permissions: Permissions;
  readonly token: JobToken;
  readonly environment: string | undefined;
  readonly github: Readonly<Record<string, Json>>;
  readonly inputs: Json;
  readonly vars: Readonly<Record<string, string>>;
  readonly secrets: Readonly<Record<string, string>>;
  readonly needs: Json;
  readonly strategy: Json;
  readonly matrix: Json;
  /** The run is cancelled, and this job with it. */
  readonly cancelled: AbortSignal;
  /** The hub stops: nothing may be left running. */
  readonly killed: AbortSignal;
}

export interface JobResult {
  readonly conclusion: Conclusion;
  readonly outputs: Readonly<Record<string, string>>;
}

/** The machine that jobs run on. */
export interface Runner {
  readonly hub: Hub;
  readonly git: GitRepository;
  readonly serverUrl: string;
  /** Where jobs with `id-token: write` ask for an OIDC token; `&audience=` is appended to it. */
  readonly idTokenUrl: string;
  readonly name: string;
  /** What every job's environment starts with. */
  readonly environment: Readonly<Record<string, string>>;
  /** A folder outside of any repository; each job gets one of its own in it. */
  readonly workFolder: string;
  /** Kept between jobs and runs, as RUNNER_TOOL_CACHE is on GitHub's. */
  readonly toolCache: string;
  readonly stateDirectory: string;
  readonly actions: ActionStore;
  readonly sources: Sources;
  readonly standIns: readonly StandIn[];
  readonly timing: ProcessTiming;
  /** How long steps with `if: always()` have after a cancellation. */
  readonly cancelGraceMs: number;
  /** Leaves a failed job's folder where it is, and says where. */
  readonly keepFailed: boolean;
  readonly now: () => Date;
}
