import { randomBytes } from 'node:crypto';
import type { Tag, TaskOverride } from '@aws-sdk/client-ecs';
import {
  containerInstanceId,
  type ClusterRecord,
  type Route,
  type TaskDefinitionRecord,
  type TaskRecord,
} from './model.ts';
import { staticHostPorts } from './ports.ts';

export interface TaskRequest {
  readonly cluster: ClusterRecord;
  readonly definition: TaskDefinitionRecord;
  readonly group: string;
  readonly startedBy: string;
  readonly launchType: TaskRecord['launchType'];
  readonly overrides: TaskOverride;
  readonly tags: readonly Tag[];
  /** Target groups that it is registered with while it runs. */
  readonly routes: readonly Route[];
}

/** The record of a task that nothing has happened to yet. */
export function taskOf(request: TaskRequest, now: number): TaskRecord {
  const { cluster, definition } = request;
  const id = randomBytes(16).toString('hex');
  const arn = `${cluster.arn.replace(':cluster/', ':task/')}/${id}`;
  return {
    id,
    arn,
    clusterArn: cluster.arn,
    containerInstanceArn:
      request.launchType === 'EC2'
        ? `${cluster.arn.replace(':cluster/', ':container-instance/')}/${containerInstanceId(cluster)}`
        : undefined,
    group: request.group,
    startedBy: request.startedBy,
    taskDefinitionArn: definition.arn,
    launchType: request.launchType,
    createdAt: now,
    overrides: request.overrides,
    tags: [...request.tags],
    lastStatus: 'PROVISIONING',
    desiredStatus: 'RUNNING',
    healthStatus: 'UNKNOWN',
    proven: false,
    checked: definition.definition.containerDefinitions.some(({ healthCheck }) => healthCheck !== undefined),
    failed: false,
    failureCounted: false,
    containers: definition.definition.containerDefinitions.map((container) => ({
      containerArn: `${arn.replace(':task/', ':container/')}/${randomBytes(16).toString('hex')}`,
      taskArn: arn,
      name: container.name ?? '',
      image: container.image ?? '',
      lastStatus: 'PENDING',
      healthStatus: 'UNKNOWN',
      networkInterfaces: [],
      networkBindings: [],
      cpu: String(container.cpu ?? 0),
    })),
    hostPorts: staticHostPorts(definition),
    routes: request.routes,
    targets: [],
  };
}
