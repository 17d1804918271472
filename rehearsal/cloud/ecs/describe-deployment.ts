import type {
  ServiceDeployment,
  ServiceDeploymentLifecycleStage,
  ServiceRevisionSummary,
} from '@aws-sdk/client-ecs';
import { failureThreshold } from './circuit-breaker.ts';
import { date, type EcsContext } from './context.ts';
import { isOngoing } from './deployments.ts';
import type { DeploymentRecord, ServiceRecord } from './model.ts';
import { requestedTasks } from './requested-tasks.ts';

/** A service deployment as DescribeServiceDeployments answers it. */
export function describeDeployment(
  context: EcsContext,
  service: ServiceRecord,
  deployment: DeploymentRecord,
): ServiceDeployment {
  const { shift, rollback, alarmsTriggered } = deployment;
  const { alarms } = deployment.deploymentConfiguration;
  return {
    serviceDeploymentArn: deployment.arn,
    serviceArn: service.arn,
    clusterArn: service.clusterArn,
    createdAt: date(deployment.createdAt),
    startedAt: date(deployment.startedAt),
    updatedAt: date(deployment.updatedAt),
    finishedAt: date(deployment.finishedAt),
    stoppedAt: date(deployment.stoppedAt),
    status: deployment.status,
    statusReason: deployment.statusReason,
    targetServiceRevision: summaryOf(context, service, deployment, deployment.targetRevisionArn),
    sourceServiceRevisions: deployment.sourceRevisionArns.map((arn) =>
      summaryOf(context, service, deployment, arn),
    ),
    ...(shift === undefined
      ? {}
      : {
          // The SDK's enumeration lacks PRE_PRODUCTION_TRAFFIC_SHIFT; its description of this member has it.
          lifecycleStage: shift.stage as ServiceDeploymentLifecycleStage,
          lifecycleHookDetails: shift.hooks.map(({ hookId, status, expiresAt, timeoutAction }) => ({
            hookId,
            targetType: 'PAUSE' as const,
            status,
            expiresAt: date(expiresAt),
            timeoutAction,
          })),
        }),
    deploymentConfiguration: deployment.deploymentConfiguration,
    ...(rollback === undefined
      ? {}
      : {
          rollback: {
            reason: rollback.reason,
            startedAt: date(rollback.startedAt),
            serviceRevisionArn: rollback.revisionArn,
          },
        }),
    deploymentCircuitBreaker: {
      ...deployment.circuitBreaker,
      threshold: failureThreshold(
        deployment.deploymentConfiguration.deploymentCircuitBreaker,
        service.desiredCount,
      ),
    },
    alarms:
      alarms?.enable === true
        ? {
            status:
              alarmsTriggered.length > 0
                ? 'TRIGGERED'
                : isOngoing(deployment)
                  ? 'MONITORING'
                  : 'MONITORING_COMPLETE',
            alarmNames: alarms.alarmNames,
            triggeredAlarmNames: [...alarmsTriggered],
          }
        : { status: 'DISABLED' },
  };
}

function summaryOf(
  { tasks }: EcsContext,
  service: ServiceRecord,
  deployment: DeploymentRecord,
  revisionArn: string,
): ServiceRevisionSummary {
  const rollout = service.rollouts.find((candidate) => candidate.revisionArn === revisionArn);
  const own = tasks
    .list()
    .filter(({ startedBy, desiredStatus }) => desiredStatus === 'RUNNING' && startedBy === rollout?.id);
  return {
    arn: revisionArn,
    requestedTaskCount: rollout === undefined ? 0 : requestedTasks(service, rollout),
    runningTaskCount: own.filter(({ lastStatus }) => lastStatus === 'RUNNING').length,
    pendingTaskCount: own.filter(({ lastStatus }) => lastStatus !== 'RUNNING').length,
    ...weightsOf(deployment, revisionArn),
  };
}

/** What ECS has asked the rules for, in percent; rules that were edited since may say something else. */
function weightsOf(
  { shift, targetRevisionArn }: DeploymentRecord,
  revisionArn: string,
): Pick<ServiceRevisionSummary, 'requestedProductionTrafficWeight' | 'requestedTestTrafficWeight'> {
  if (shift === undefined) return {};
  const { productionPercent, testPercent, blueRevisionArn } = shift;
  const share = (percent: number): number =>
    revisionArn === targetRevisionArn ? percent : revisionArn === blueRevisionArn ? 100 - percent : 0;
  return {
    requestedProductionTrafficWeight: share(productionPercent),
    requestedTestTrafficWeight: share(testPercent),
  };
}
