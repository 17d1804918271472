import { randomBytes, randomInt } from 'node:crypto';
import type {
  DeploymentRecord,
  RevisionRecord,
  Rollout,
  ServiceRecord,
  ShiftRecord,
  TaskDefinitionRecord,
} from './model.ts';
import { routesOf, shiftsTraffic } from './traffic-shift/routes.ts';
import type { AlarmSource, LoadBalancing } from './world.ts';

const deploymentsKept = 100;

/** A new revision of the service, a new primary rollout of it, and the service deployment that stands for both. */
export function beginDeployment(
  service: ServiceRecord,
  definition: TaskDefinitionRecord,
  { loadBalancing, alarms }: { readonly loadBalancing: LoadBalancing; readonly alarms: AlarmSource },
  now: number,
): DeploymentRecord {
  const inService = revisionInService(service);
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
    loadBalancers: service.loadBalancers,
    routes: routesOf(service.loadBalancers, service.deploymentConfiguration, inService, loadBalancing),
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
    // Source: ECS developer guide, "How CloudWatch alarms detect Amazon ECS deployment failures".
    alarmsIgnored: alarms
      .states(service.deploymentConfiguration.alarms?.alarmNames ?? [])
      .filter(({ state }) => state === 'ALARM')
      .map(({ name }) => name),
    alarmsTriggered: [],
    ...(shiftsTraffic(service.deploymentConfiguration)
      ? { shift: shiftOf(service, inService?.arn, now) }
      : {}),
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
  if (deployment.shift !== undefined) endHooks(deployment.shift);
  const revision = rollbackTarget(service, deployment);
  if (revision === undefined) {
    if (deployment.shift !== undefined) {
      // Nothing to go back to, but the traffic and the tasks of the one that failed have to be taken away first.
      Object.assign(deployment, { status: 'ROLLBACK_IN_PROGRESS', statusReason: why, updatedAt: now });
      return undefined;
    }
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
  if (deployment.shift !== undefined) endHooks(deployment.shift);
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

/**
 * The revision that users see when a deployment begins: what the last completed one has left. A first deployment that
 * is replaced before it has completed may serve already, too.
 */
function revisionInService(service: ServiceRecord): RevisionRecord | undefined {
  const [latest] = service.deployments;
  const completed = lastGoodRevision(service, service.deployments);
  if (completed !== undefined || latest?.shift?.productionPercent !== 100) return completed;
  return service.revisions.find(({ arn }) => arn === latest.targetRevisionArn);
}

function rollbackTarget(service: ServiceRecord, deployment: DeploymentRecord): RevisionRecord | undefined {
  const { shift } = deployment;
  if (shift !== undefined) return service.revisions.find(({ arn }) => arn === shift.blueRevisionArn);
  return lastGoodRevision(service, service.deployments.slice(service.deployments.indexOf(deployment) + 1));
}

function shiftOf(service: ServiceRecord, blueRevisionArn: string | undefined, now: number): ShiftRecord {
  const strays = service.rollouts.some(({ revisionArn }) => revisionArn !== blueRevisionArn);
  return {
    blueRevisionArn,
    // Source: API reference, ServiceDeployment: this stage is only there with more than one revision in service.
    stage: strays ? 'RECONCILE_SERVICE' : 'PRE_SCALE_UP',
    enteredAt: now,
    stepsDone: 0,
    productionPercent: 0,
    testPercent: 0,
    weightsAt: undefined,
    restoredAt: undefined,
    hooks: [],
  };
}

/** Nobody can answer the hooks of a deployment that is over, or on its way back. */
function endHooks(shift: ShiftRecord): void {
  for (const hook of shift.hooks) if (hook.status === 'AWAITING_ACTION') hook.status = 'FAILED';
}

/** The revision that the newest completed one of these deployments has left in service. */
function lastGoodRevision(
  service: ServiceRecord,
  deployments: readonly DeploymentRecord[],
): RevisionRecord | undefined {
  for (const { status, targetRevisionArn, rollback } of deployments) {
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
