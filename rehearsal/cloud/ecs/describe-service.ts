import type { Service } from '@aws-sdk/client-ecs';
import { date, type EcsContext } from './context.ts';
import { isOngoing } from './deployments.ts';
import type { Rollout, ServiceRecord, TaskRecord } from './model.ts';
import { requestedTasks } from './requested-tasks.ts';

/** A service as DescribeServices answers it. */
export function describeService({ tasks }: EcsContext, service: ServiceRecord): Service {
  const own = tasks
    .list()
    .filter((task) => task.clusterArn === service.clusterArn && task.group === `service:${service.name}`)
    .filter((task) => task.desiredStatus === 'RUNNING');
  const running = own.filter(({ lastStatus }) => lastStatus === 'RUNNING');
  const pending = own.filter(({ lastStatus }) => lastStatus !== 'RUNNING');
  const [current] = service.deployments;
  const [primary] = service.rollouts;
  return {
    serviceArn: service.arn,
    serviceName: service.name,
    clusterArn: service.clusterArn,
    status: service.status,
    desiredCount: service.desiredCount,
    runningCount: running.length,
    pendingCount: pending.length,
    launchType: service.launchType,
    taskDefinition: primary?.taskDefinitionArn,
    deploymentConfiguration: service.deploymentConfiguration,
    deploymentController: { type: 'ECS' },
    deployments: service.rollouts.map((rollout) => ({
      id: rollout.id,
      status: rollout === primary ? 'PRIMARY' : 'ACTIVE',
      taskDefinition: rollout.taskDefinitionArn,
      desiredCount: requestedTasks(service, rollout),
      pendingCount: countOf(pending, rollout),
      runningCount: countOf(running, rollout),
      failedTasks: rollout.failedTasks,
      createdAt: date(rollout.createdAt),
      updatedAt: date(rollout.updatedAt),
      launchType: service.launchType,
      networkConfiguration: service.networkConfiguration,
      rolloutState: rollout.state,
      rolloutStateReason: rollout.reason,
    })),
    currentServiceDeployment: current !== undefined && isOngoing(current) ? current.arn : undefined,
    currentServiceRevisions: service.rollouts.map((rollout) => ({
      arn: rollout.revisionArn,
      requestedTaskCount: requestedTasks(service, rollout),
      runningTaskCount: countOf(running, rollout),
      pendingTaskCount: countOf(pending, rollout),
    })),
    events: service.events.map(({ id, createdAt, message }) => ({ id, createdAt: date(createdAt), message })),
    createdAt: date(service.createdAt),
    createdBy: service.createdBy,
    schedulingStrategy: service.schedulingStrategy,
    enableECSManagedTags: false,
    enableExecuteCommand: service.enableExecuteCommand,
    propagateTags: service.propagateTags ?? 'NONE',
    networkConfiguration: service.networkConfiguration,
    healthCheckGracePeriodSeconds: service.healthCheckGracePeriodSeconds,
    loadBalancers: service.loadBalancers,
    serviceRegistries: [],
    placementConstraints: [],
    placementStrategy: [],
  };
}

function countOf(tasks: readonly TaskRecord[], rollout: Rollout): number {
  return tasks.filter(({ startedBy }) => startedBy === rollout.id).length;
}
