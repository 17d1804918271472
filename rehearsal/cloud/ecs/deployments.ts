import { randomBytes, randomInt } from 'node:crypto';
import type {
  DeploymentRecord,
  RevisionRecord,
  Rollout,
  ServiceRecord,
  TaskDefinitionRecord,
} from './model.ts';

const deploymentsKept = 100;

/** A new revision of the service, a new primary rollout of it, and the service deployment that stands for both. */
export function beginDeployment(
  service: ServiceRecord,
  definition: TaskDefinitionRecord,
  now: number,
): DeploymentRecord {
  for (const ongoing of service.deployments.filter(isOngoing)) {
    // ECS gives no reason here; this one is the rehearsal's.
    finishDeployment(ongoing, 'STOPPED', now, 'Replaced by a newer service deployment.');
  }
  const rolloutId = `ecs-svc/${randomDigits(19)}`;
  const revision: RevisionRecord = {
    arn: `${service.arn.replace(':service/', ':service-revision/')}/${randomDigits(19)}`,
    rolloutId,
    taskDefinitionArn: definition.arn,
    createdAt: now,
    images: definition.definition.containerDefinitions.map(({ name = '', image = '' }) => ({
      containerName: name,
      image,
    })),
  };
  const deployment: DeploymentRecord = {
    arn: `${service.arn.replace(':service/', ':service-deployment/')}/${deploymentId()}`,
    targetRevisionArn: revision.arn,
    sourceRevisionArns: [...new Set(service.rollouts.map(({ revisionArn }) => revisionArn))],
    status: 'PENDING',
    createdAt: now,
    updatedAt: now,
    deploymentConfiguration: service.deploymentConfiguration,
    circuitBreaker: {
      status:
        service.deploymentConfiguration.deploymentCircuitBreaker?.enable === true ? 'MONITORING' : 'DISABLED',
      failureCount: 0,
    },
  };
  service.revisions.unshift(revision);
  service.rollouts.unshift(rolloutOf(revision, now, `ECS deployment ${rolloutId} in progress.`));
  service.deployments.unshift(deployment);
  service.deployments.length = Math.min(service.deployments.length, deploymentsKept);
  return deployment;
}

/**
 * Makes the last revision that completed the primary again, its tasks included where it still has some.
 *
 * @param why for the deployment's `statusReason`, in ECS's words
 * @param rolloutReason what the failed rollout says of itself
 * @returns the rollout that is primary now; `undefined` where nothing ever completed: the deployment has failed for good
 */
export function beginRollback(
  service: ServiceRecord,
  deployment: DeploymentRecord,
  { why, rolloutReason }: { why: string; rolloutReason: string },
  now: number,
): Rollout | undefined {
  failPrimary(service, rolloutReason, now);
  const revision = lastGoodRevision(service, deployment);
  if (revision === undefined) {
    finishDeployment(
      deployment,
      'ROLLBACK_FAILED',
      now,
      'No rollback candidate was found to run the rollback.',
    );
    return undefined;
  }
  deployment.status = 'ROLLBACK_IN_PROGRESS';
  deployment.statusReason = why;
  deployment.updatedAt = now;
  deployment.rollback = { revisionArn: revision.arn, reason: why, startedAt: now };
  const reason = `ECS deployment circuit breaker: rolling back to deploymentId ${revision.rolloutId}.`;
  const kept = service.rollouts.find(({ id }) => id === revision.rolloutId);
  const rollout = kept ?? rolloutOf(revision, now, reason);
  service.rollouts = [rollout, ...service.rollouts.filter((other) => other !== rollout)];
  Object.assign(rollout, { state: 'IN_PROGRESS', reason, updatedAt: now, failedTasks: 0, retryAt: 0 });
  return rollout;
}

/** The primary rollout has failed: no task of it is started any more. */
export function failPrimary(service: ServiceRecord, reason: string, now: number): void {
  const [primary] = service.rollouts;
  if (primary === undefined) return;
  primary.state = 'FAILED';
  primary.reason = reason;
  primary.updatedAt = now;
}

export function finishDeployment(
  deployment: DeploymentRecord,
  status: 'SUCCESSFUL' | 'STOPPED' | 'ROLLBACK_SUCCESSFUL' | 'ROLLBACK_FAILED',
  now: number,
  reason?: string,
): void {
  deployment.status = status;
  deployment.updatedAt = now;
  deployment.finishedAt = now;
  if (status !== 'SUCCESSFUL') deployment.stoppedAt = now;
  if (reason !== undefined) deployment.statusReason = reason;
  if (deployment.circuitBreaker.status === 'MONITORING') {
    deployment.circuitBreaker.status = 'MONITORING_COMPLETE';
  }
}

/** Whether a deployment is one that `currentServiceDeployment` would name. */
export function isOngoing({ status }: DeploymentRecord): boolean {
  switch (status) {
    case 'PENDING':
    case 'IN_PROGRESS':
    case 'STOP_REQUESTED':
    case 'ROLLBACK_REQUESTED':
    case 'ROLLBACK_IN_PROGRESS':
      return true;
    case 'SUCCESSFUL':
    case 'STOPPED':
    case 'ROLLBACK_SUCCESSFUL':
    case 'ROLLBACK_FAILED':
      return false;
  }
}

/** What a rollback goes to: the revision that the newest completed deployment before this one left in service. */
function lastGoodRevision(service: ServiceRecord, deployment: DeploymentRecord): RevisionRecord | undefined {
  const earlier = service.deployments.slice(service.deployments.indexOf(deployment) + 1);
  for (const { status, targetRevisionArn, rollback } of earlier) {
    const arn =
      status === 'SUCCESSFUL'
        ? targetRevisionArn
        : status === 'ROLLBACK_SUCCESSFUL'
          ? rollback?.revisionArn
          : undefined;
    if (arn !== undefined) return service.revisions.find((revision) => revision.arn === arn);
  }
  return undefined;
}

function rolloutOf(revision: RevisionRecord, now: number, reason: string): Rollout {
  return {
    id: revision.rolloutId,
    revisionArn: revision.arn,
    taskDefinitionArn: revision.taskDefinitionArn,
    createdAt: now,
    updatedAt: now,
    state: 'IN_PROGRESS',
    reason,
    failedTasks: 0,
    retryAt: 0,
  };
}

/** As ECS's: 21 characters of base64url. */
function deploymentId(): string {
  return randomBytes(16).toString('base64url').slice(0, 21);
}

function randomDigits(count: number): string {
  return Array.from({ length: count }, (_, index) => String(randomInt(index === 0 ? 1 : 0, 10))).join('');
}
