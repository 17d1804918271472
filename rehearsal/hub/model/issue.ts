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
