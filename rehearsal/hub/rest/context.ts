import type { Hub } from '../hub.ts';
import type { FileChange } from '../git/changes.ts';
import type { PullRequest, Run } from '../model.ts';
import type { OpenPullRequest, PullRequestChange } from '../pull-requests.ts';
import type { Addresses } from './shapes/addresses.ts';
import type { CommitRecord, RefRecord } from './shapes/commit.ts';

/** What the REST API and the pages ask of the workflow engine. */
export interface RunControl {
  /** @returns whether there was something to cancel */
  cancel(runId: number): boolean;
  /** Cancels without asking conditions such as `always()`, and without waiting. @returns as `cancel` */
  forceCancel(runId: number): boolean;
  /** @throws Error where the run is still going on */
  rerun(runId: number, options: { readonly failedOnly: boolean; readonly actor?: string }): Promise<void>;
  /** The workflows that a branch or tag has and that can be started by hand, with what they take. */
  startable(ref: string): Promise<readonly StartableWorkflow[]>;
  /** @throws Error where the workflow is not there, cannot be started by hand, or does not take the inputs */
  dispatch(request: {
    readonly workflow: string;
    readonly ref: string;
    readonly inputs: Readonly<Record<string, string>>;
    readonly actor: string;
  }): Promise<Run>;
  /** @throws PullRequestRefused where it cannot be, as the two below */
  openPullRequest(request: OpenPullRequest): Promise<PullRequest>;
  changePullRequest(pull: PullRequest, change: PullRequestChange): Promise<PullRequest>;
  /** @param how `head`: the commit that its branch has to be at */
  mergePullRequest(
    pull: PullRequest,
    how: { readonly by: string; readonly head?: string },
  ): Promise<PullRequest>;
}

/** A workflow that can be started by hand. */
export interface StartableWorkflow {
  /** `.github/workflows/rollback.yml` */
  readonly path: string;
  readonly name: string;
  readonly inputs: readonly StartInput[];
}

export interface StartInput {
  readonly name: string;
  readonly description: string;
  readonly type: 'string' | 'boolean' | 'number' | 'choice' | 'environment';
  readonly required: boolean;
  /** As text; empty where there is none. */
  readonly default: string;
  readonly options: readonly string[];
}

/** What the REST API asks of the bare repository. */
export interface CommitGraph {
  /** The full SHA of a branch, tag or commit; `undefined` where there is none. */
  resolve(ref: string): Promise<string | undefined>;
  /** A commit by its full SHA. */
  commit(sha: string): Promise<CommitRecord | undefined>;
  /** How many commits `head` has that `base` has not, and the other way round, and where they part. */
  compare(
    base: string,
    head: string,
  ): Promise<{ readonly ahead: number; readonly behind: number; readonly mergeBase: string | undefined }>;
  /** The commits that `head` has and `base` has not, oldest first; at most `limit`, the newest. */
  between(base: string, head: string, limit: number): Promise<readonly CommitRecord[]>;
  /** What `head` changes since it left `base`. */
  changes(base: string, head: string): Promise<readonly FileChange[]>;
  /** Every branch and tag. */
  refs(): Promise<readonly RefRecord[]>;
  /** The paths of the workflow files on any branch. */
  workflowFiles(): Promise<readonly string[]>;
}

/** What the endpoints work on. */
export interface RestContext {
  readonly hub: Hub;
  readonly at: Addresses;
  readonly control: RunControl;
  readonly commits: CommitGraph;
  readonly now: () => Date;
}
