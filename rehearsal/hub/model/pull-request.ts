import type { IssueComment } from './issue.ts';

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
