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
