import type { Job } from './job.ts';
import type { Conclusion, Status } from './status.ts';

export interface Run {
  readonly id: number;
  /** Counts per workflow, from 1, as `github.run_number`. */
  readonly number: number;
  attempt: number;
  /** `.github/workflows/on-push-development.yml` */
  readonly workflowPath: string;
  readonly workflowName: string;
  readonly displayTitle: string;
  readonly event: 'push' | 'workflow_dispatch' | 'schedule' | 'pull_request';
  /** `refs/heads/develop`, `refs/pull/7/merge` */
  readonly ref: string;
  /** Of a pull request, the commit of its merge: what is checked out. */
  readonly sha: string;
  /** Of an `event` that is a pull request's. */
  readonly pullRequest?: PullRequestOfRun;
  readonly actor: string;
  /** Who started this attempt, where it is not the one who started the run. */
  triggeringActor?: string;
  readonly inputs: Readonly<Record<string, string>>;
  /** The event's payload, as `GITHUB_EVENT_PATH` will hold it. */
  readonly payload: Readonly<Record<string, unknown>>;
  status: Status;
  conclusion?: Conclusion;
  readonly createdAt: string;
  startedAt?: string;
  completedAt?: string;
  jobs: Job[];
  artifacts: Artifact[];
  /** What stopped the run before it had jobs: a workflow that does not parse, a reference that is missing. */
  problem?: string;
  /** What reviewers said of its deployments, oldest first. */
  reviews?: readonly Review[];
}

/** A pull request as it was when a run of it began. */
export interface PullRequestOfRun {
  readonly number: number;
  /** Branches, short. */
  readonly headRef: string;
  readonly baseRef: string;
  /** The commit that was pushed: the one that statuses and checks are of. */
  readonly headSha: string;
}

/** What a required reviewer said of a run's deployments. */
export interface Review {
  readonly environments: readonly string[];
  readonly state: 'approved' | 'rejected';
  /** A login. */
  readonly reviewer: string;
  readonly comment: string;
  readonly at: string;
  readonly attempt: number;
}

export interface Artifact {
  readonly id: number;
  readonly name: string;
  readonly sizeBytes: number;
  /** A folder on this machine. */
  readonly directory: string;
  readonly createdAt: string;
}
