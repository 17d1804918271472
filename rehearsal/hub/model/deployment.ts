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
