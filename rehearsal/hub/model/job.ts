import type { Conclusion, Status } from './status.ts';

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

/** One line of a job's log. Groups and commands are already told apart; secrets are masked. */
export interface LogLine {
  readonly at: string;
  readonly step: number;
  readonly kind: 'line' | 'group' | 'endgroup' | 'command' | 'notice' | 'warning' | 'error' | 'debug';
  readonly text: string;
}
