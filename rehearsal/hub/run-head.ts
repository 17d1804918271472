import type { Run } from './model.ts';

export interface RunHead {
  /** A branch or tag, short. */
  readonly branch: string;
  readonly sha: string;
}

/** What a run is for: of a pull request the branch that asks, though the commit of its merge is what is checked out. */
export function headOf({ ref, sha, pullRequest }: Run): RunHead {
  return pullRequest === undefined
    ? { branch: ref.replace(/^refs\/(heads|tags)\//, ''), sha }
    : { branch: pullRequest.headRef, sha: pullRequest.headSha };
}
