import type { Deployment } from './deployment.ts';
import type { Job, LogLine } from './job.ts';
import type { Run } from './run.ts';

/** What the hub announces. */
export type Change =
  | { readonly kind: 'run'; readonly run: Run }
  | { readonly kind: 'job'; readonly run: Run; readonly job: Job }
  | { readonly kind: 'log'; readonly jobId: number; readonly line: LogLine }
  | { readonly kind: 'deployment'; readonly deployment: Deployment }
  /** Anything else that is kept: a commit's status or check, an issue, a variable. */
  | { readonly kind: 'record' };
