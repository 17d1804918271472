import { createHash } from 'node:crypto';
import type {
  Container,
  ContainerDefinition,
  CreateServiceRequest,
  DeploymentConfiguration,
  HealthStatus,
  LaunchType,
  LoadBalancer,
  RegisterTaskDefinitionRequest,
  ServiceDeploymentStatus,
  Tag,
  TaskStopCode,
} from '@aws-sdk/client-ecs';
import type { LifecycleStage } from './traffic-shift/plan.ts';

/** What ECS remembers. Plain data: the snapshot writes it as it is. Times are milliseconds since the epoch. */
export interface EcsState {
  clusters: ClusterRecord[];
  taskDefinitions: TaskDefinitionRecord[];
  services: ServiceRecord[];
  /** Families' revisions are never used twice, not even after a deletion. */
  lastRevision: Record<string, number>;
  /** When the snapshot was taken, by the cloud's clock. */
  savedAt: number;
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
  /** As the user gave them, whichever of a pair of target groups is live. */
  loadBalancers: LoadBalancer[];
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
  readonly loadBalancers: readonly LoadBalancer[];
  /** For each load balancer, the target group that the revision's tasks are registered with. */
  readonly routes: readonly Route[];
}

/** Where tasks of a revision are registered. */
export interface Route {
  readonly targetGroupArn: string;
  readonly containerName: string;
  readonly containerPort: number;
  /** What moves traffic between this target group and the other one of the pair. */
  readonly pair?: {
    readonly otherTargetGroupArn: string;
    readonly productionRule: string;
    readonly testRule?: string;
  };
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
  /** Deployment alarms that were in ALARM when it began: ECS takes no notice of these. */
  readonly alarmsIgnored: readonly string[];
  alarmsTriggered: readonly string[];
  /** For the strategies that shift traffic. */
  shift?: ShiftRecord;
}

/** How far a deployment that shifts traffic has come. Written after every action; see traffic-shift/decide.ts. */
export interface ShiftRecord {
  /** The revision that was in service: blue. `undefined`: there was none. */
  readonly blueRevisionArn: string | undefined;
  stage: LifecycleStage;
  enteredAt: number;
  stepsDone: number;
  productionPercent: number;
  testPercent: number;
  weightsAt: number | undefined;
  /** When a rollback gave the traffic back to blue. */
  restoredAt: number | undefined;
  hooks: HookRecord[];
}

export interface HookRecord {
  readonly hookId: string;
  readonly stage: LifecycleStage;
  readonly step: number;
  status: 'AWAITING_ACTION' | 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT';
  readonly expiresAt: number;
  readonly timeoutAction: 'CONTINUE' | 'ROLLBACK';
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
  /**
   * Whether it was ever good enough to count for its deployment: healthy for its container health checks and its load
   * balancers, or up for a while where there are neither.
   */
  proven: boolean;
  /** Whether any of its containers has a health check. */
  readonly checked: boolean;
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
  readonly routes: readonly Route[];
  /** What it is registered as, from RUNNING on. */
  targets: { readonly targetGroupArn: string; readonly id: string; readonly port: number }[];
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
