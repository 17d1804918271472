/**
 * What the local GitHub remembers. The engine writes it, the REST API and the pages read it; both go through
 * {@link Hub} in `hub.ts`, which numbers, stamps, persists and announces every change.
 */
export type Conclusion = 'success' | 'failure' | 'cancelled' | 'skipped';

/** GitHub's states of a run, a job and a step. `waiting` is a job before its environment lets it in. */
export type Status = 'queued' | 'pending' | 'waiting' | 'in_progress' | 'completed';

export interface Repository {
  readonly id: number;
  readonly owner: string;
  readonly ownerId: number;
  readonly name: string;
  readonly defaultBranch: string;
  /** The bare repository that `git push rehearsal` reaches. */
  readonly gitDirectory: string;
}

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
  /** ISO 8601, as every time below. */
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

export interface Job {
  readonly id: number;
  readonly runId: number;
  readonly attempt: number;
  /** The key in the workflow, prefixed by its caller's: `development.deploy`. */
  readonly key: string;
  /** As GitHub shows it: `development / Deploy to DEV`. Expressions in it are evaluated when the job is reached. */
  name: string;
  /** Keys of the jobs that this one waits for. */
  readonly needs: readonly string[];
  environment?: { readonly name: string; url?: string };
  status: Status;
  conclusion?: Conclusion;
  /** Why it waits, in words: a concurrency group, a reviewer, another job. */
  waitingFor?: string;
  /** Its environment's rules, where it had to wait for them. */
  gate?: Gate;
  createdAt: string;
  startedAt?: string;
  completedAt?: string;
  steps: Step[];
  annotations: Annotation[];
  outputs: Record<string, string>;
}

/** How far a job has come with the protection rules of its environment. */
export interface Gate {
  readonly since: string;
  /** When its wait timer has run. */
  readonly waitsUntil?: string;
  review: 'not needed' | 'needed' | 'approved' | 'rejected';
}

export interface Step {
  /** From 1, as in the log. */
  readonly number: number;
  name: string;
  status: Status;
  conclusion?: Conclusion;
  startedAt?: string;
  completedAt?: string;
  /** The step's part of the job summary, Markdown, secrets masked. */
  summary?: string;
}

export interface Annotation {
  readonly level: 'notice' | 'warning' | 'failure';
  readonly message: string;
  readonly title?: string;
  readonly file?: string;
  readonly line?: number;
  readonly step: number;
}

export interface Artifact {
  readonly id: number;
  readonly name: string;
  readonly sizeBytes: number;
  /** A folder on this machine. */
  readonly directory: string;
  readonly createdAt: string;
}

/** One line of a job's log. Groups and commands are already told apart; secrets are masked. */
export interface LogLine {
  readonly at: string;
  readonly step: number;
  readonly kind: 'line' | 'group' | 'endgroup' | 'command' | 'notice' | 'warning' | 'error' | 'debug';
  readonly text: string;
}

export interface Deployment {
  readonly id: number;
  readonly ref: string;
  readonly sha: string;
  readonly task: string;
  /** A status may move a deployment to another environment. */
  environment: string;
  /** The environment that it was created for, where that was another one. */
  readonly originalEnvironment?: string;
  /** For an environment that will not last, such as a preview's. */
  readonly transient?: boolean;
  /** One that users work with; where it is not said, `production` is. */
  readonly production?: boolean;
  readonly description: string | null;
  readonly payload: unknown;
  readonly creator: string;
  readonly createdAt: string;
  updatedAt: string;
  statuses: DeploymentStatus[];
}

export interface DeploymentStatus {
  readonly id: number;
  readonly state:
    'error' | 'failure' | 'inactive' | 'in_progress' | 'queued' | 'pending' | 'success' | 'waiting';
  readonly description: string;
  readonly environmentUrl: string;
  readonly logUrl: string;
  readonly createdAt: string;
}

export interface Environment {
  readonly id: number;
  readonly name: string;
  variables: Record<string, string>;
  secrets: Record<string, string>;
  protection: Protection;
}

/** What an environment asks for before it lets a job in. */
export interface Protection {
  /** Logins; one of them has to approve. Nobody has to where there are none. */
  readonly reviewers: readonly string[];
  /** Whether the one who started a run is kept from approving it. */
  readonly preventSelfReview: boolean;
  readonly waitMinutes: number;
  readonly refs: RefRule;
}

/** Which refs may deploy to an environment. */
export type RefRule =
  | { readonly kind: 'any' }
  /** Branches that are protected, and no tags. */
  | { readonly kind: 'protected' }
  | { readonly kind: 'selected'; readonly patterns: readonly RefPattern[] };

export interface RefPattern {
  readonly id: number;
  readonly type: 'branch' | 'tag';
  /** `v*.*.*` */
  readonly name: string;
}

/** What the page of a release says. */
export interface Release {
  readonly id: number;
  tag: string;
  name: string;
  /** Markdown. */
  body: string;
  draft: boolean;
  prerelease: boolean;
  target: string;
  readonly author: string;
  readonly createdAt: string;
  updatedAt: string;
  publishedAt?: string;
}

/** What an external system said of a commit. Jobs speak for themselves. */
export interface CommitStatus {
  readonly id: number;
  readonly sha: string;
  readonly context: string;
  readonly state: 'error' | 'failure' | 'pending' | 'success';
  readonly description: string | null;
  readonly targetUrl: string | null;
  readonly creator: string;
  readonly createdAt: string;
}

/** A check run that was made over the API. Jobs are check runs as well, and are kept with their run. */
export interface CheckRun {
  readonly id: number;
  readonly sha: string;
  name: string;
  status: 'queued' | 'in_progress' | 'completed';
  conclusion?: 'success' | 'failure' | 'neutral' | 'cancelled' | 'skipped' | 'timed_out' | 'action_required';
  externalId: string;
  detailsUrl: string;
  output: { title: string | null; summary: string | null; text: string | null };
  startedAt: string;
  completedAt?: string;
}

export interface Issue {
  readonly id: number;
  /** From 1. */
  readonly number: number;
  title: string;
  /** Markdown. */
  body: string;
  state: 'open' | 'closed';
  reason?: 'completed' | 'not_planned' | 'reopened' | 'duplicate';
  labels: string[];
  readonly author: string;
  readonly createdAt: string;
  updatedAt: string;
  closedAt?: string;
  comments: IssueComment[];
}

export interface IssueComment {
  readonly id: number;
  readonly author: string;
  /** Markdown. */
  body: string;
  readonly createdAt: string;
  /** Where it was edited since. */
  updatedAt?: string;
}

/** A branch that asks to be merged into another one of the same repository. Numbered together with issues. */
export interface PullRequest {
  readonly id: number;
  readonly number: number;
  title: string;
  /** Markdown. */
  body: string;
  state: 'open' | 'closed';
  readonly draft: boolean;
  readonly author: string;
  /** Branches, short, and the commits that they were at when they were last looked at. */
  readonly headRef: string;
  headSha: string;
  baseRef: string;
  baseSha: string;
  merge: Merge;
  readonly createdAt: string;
  updatedAt: string;
  closedAt?: string;
  merged?: { readonly at: string; readonly by: string; readonly commit: string };
  comments: IssueComment[];
}

/** What merging a pull request comes to, tried whenever one of its branches moves. */
export type Merge =
  | { readonly kind: 'clean'; readonly commit: string }
  | { readonly kind: 'conflict'; readonly files: readonly string[] };

/** What a job's `GITHUB_TOKEN` may do. */
export type Permissions = Readonly<Record<string, 'read' | 'write' | 'none'>>;

export interface JobToken {
  readonly token: string;
  /** What the job asks for its OIDC tokens with, and for nothing else: `ACTIONS_ID_TOKEN_REQUEST_TOKEN`. */
  readonly idTokenRequest: string;
  readonly runId: number;
  readonly jobId: number;
  readonly permissions: Permissions;
  /** The environment the job is bound to, for the OIDC subject. */
  readonly environment?: string;
  /** The reusable workflow that holds the job, for `job_workflow_ref`. */
  readonly jobWorkflowRef: string;
}

export type Change =
  | { readonly kind: 'run'; readonly run: Run }
  | { readonly kind: 'job'; readonly run: Run; readonly job: Job }
  | { readonly kind: 'log'; readonly jobId: number; readonly line: LogLine }
  | { readonly kind: 'deployment'; readonly deployment: Deployment }
  /** Anything else that is kept: a commit's status or check, an issue, a variable. */
  | { readonly kind: 'record' };
