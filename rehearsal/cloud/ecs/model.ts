import { createHash } from 'node:crypto';
import type {
  Container,
  ContainerDefinition,
  CreateServiceRequest,
  DeploymentConfiguration,
  HealthStatus,
  LaunchType,
  RegisterTaskDefinitionRequest,
  ServiceDeploymentStatus,
  Tag,
  TaskStopCode,
} from '@aws-sdk/client-ecs';

/** What ECS remembers. Plain data: the snapshot writes it as it is. Times are milliseconds since the epoch. */
export interface EcsState {
  clusters: ClusterRecord[];
  taskDefinitions: TaskDefinitionRecord[];
  services: ServiceRecord[];
  /** Families' revisions are never used twice, not even after a deletion. */
  lastRevision: Record<string, number>;
}

export interface ClusterRecord {
  readonly name: string;
  readonly arn: string;
  status: 'ACTIVE' | 'INACTIVE';
  tags: Tag[];
}

export interface TaskDefinitionRecord {
  readonly arn: string;
  readonly family: string;
  readonly revision: number;
  status: 'ACTIVE' | 'INACTIVE' | 'DELETE_IN_PROGRESS';
  readonly registeredAt: number;
  readonly registeredBy: string;
  deregisteredAt?: number;
  /** As it was registered, with ECS's defaults filled in. */
  readonly definition: Omit<RegisterTaskDefinitionRequest, 'containerDefinitions' | 'tags'> & {
    readonly containerDefinitions: ContainerDefinition[];
  };
  tags: Tag[];
}

export interface ServiceRecord {
  readonly name: string;
  readonly arn: string;
  readonly clusterArn: string;
  status: 'ACTIVE' | 'DRAINING' | 'INACTIVE';
  readonly createdAt: number;
  readonly createdBy: string;
  readonly clientToken?: string;
  desiredCount: number;
  readonly launchType: LaunchType;
  deploymentConfiguration: DeploymentConfiguration;
  networkConfiguration?: CreateServiceRequest['networkConfiguration'];
  healthCheckGracePeriodSeconds?: number;
  enableExecuteCommand: boolean;
  readonly schedulingStrategy: 'REPLICA';
  propagateTags?: CreateServiceRequest['propagateTags'];
  tags: Tag[];
  /** Newest first. The first is the PRIMARY; the others lose their tasks. */
  rollouts: Rollout[];
  revisions: RevisionRecord[];
  /** Newest first. */
  deployments: DeploymentRecord[];
  /** Newest first, at most 100, as on AWS. */
  events: { readonly id: string; readonly createdAt: number; readonly message: string }[];
}

/** One entry of `service.deployments[]`: a set of tasks of one revision. */
export interface Rollout {
  /** `ecs-svc/1234567890123456789`, also the `startedBy` of its tasks. */
  readonly id: string;
  readonly revisionArn: string;
  readonly taskDefinitionArn: string;
  readonly createdAt: number;
  updatedAt: number;
  state: 'IN_PROGRESS' | 'COMPLETED' | 'FAILED';
  reason: string;
  /** Tasks that ended before they had proven themselves, since the last one that did. */
  failedTasks: number;
  /** No task is started before then: repeated failures are retried more and more slowly. */
  retryAt: number;
}

export interface RevisionRecord {
  readonly arn: string;
  /** A rollback to this revision takes the rollout's id up again, as ECS does. */
  readonly rolloutId: string;
  readonly taskDefinitionArn: string;
  readonly createdAt: number;
  /** Digests as resolved when the first task of the revision was started. */
  images: { readonly containerName: string; readonly image: string; imageDigest?: string }[];
}

export interface DeploymentRecord {
  readonly arn: string;
  readonly targetRevisionArn: string;
  /** The revisions that had tasks when it started. */
  readonly sourceRevisionArns: readonly string[];
  status: ServiceDeploymentStatus;
  statusReason?: string;
  readonly createdAt: number;
  startedAt?: number;
  updatedAt: number;
  stoppedAt?: number;
  finishedAt?: number;
  readonly deploymentConfiguration: DeploymentConfiguration;
  rollback?: { readonly revisionArn: string; readonly reason: string; readonly startedAt: number };
  circuitBreaker: {
    status: 'MONITORING' | 'MONITORING_COMPLETE' | 'TRIGGERED' | 'DISABLED';
    /** Failed tasks of the target revision, as the breaker counts them. */
    failureCount: number;
  };
}

export type TaskStatus =
  'PROVISIONING' | 'PENDING' | 'ACTIVATING' | 'RUNNING' | 'DEACTIVATING' | 'STOPPING' | 'STOPPED';

export interface TaskRecord {
  readonly id: string;
  readonly arn: string;
  readonly clusterArn: string;
  readonly containerInstanceArn: string | undefined;
  readonly group: string;
  readonly startedBy: string;
  readonly taskDefinitionArn: string;
  readonly launchType: LaunchType;
  readonly createdAt: number;
  readonly overrides: object;
  readonly tags: Tag[];
  lastStatus: TaskStatus;
  desiredStatus: 'RUNNING' | 'STOPPED';
  healthStatus: HealthStatus;
  /** Whether it was ever good enough to count for its deployment: healthy, or up for a while without a health check. */
  proven: boolean;
  /** Whether it ended by its own fault; set with the stop code. */
  failed: boolean;
  /** Whether its rollout has counted the failure. */
  failureCounted: boolean;
  pullStartedAt?: number;
  pullStoppedAt?: number;
  startedAt?: number;
  stoppingAt?: number;
  stoppedAt?: number;
  stopCode?: TaskStopCode;
  stoppedReason?: string;
  containers: (Container & { name: string })[];
  readonly hostPorts: readonly number[];
}

/** How far a status is from another: tasks only go forward through these. */
export const taskStatuses: readonly TaskStatus[] = [
  'PROVISIONING',
  'PENDING',
  'ACTIVATING',
  'RUNNING',
  'DEACTIVATING',
  'STOPPING',
  'STOPPED',
];

/** The one container instance of a cluster: the machine that the rehearsal runs on. */
export function containerInstanceId(cluster: ClusterRecord): string {
  return createHash('sha256').update(cluster.arn).digest('hex').slice(0, 32);
}
