import type { Clock } from '../clock.ts';
import { failuresBeforeSlowingDown, judge, retryDelayMs } from './circuit-breaker.ts';
import { beginRollback, failPrimary, finishDeployment, isOngoing } from './deployments.ts';
import { addEvent, messages } from './events.ts';
import type { DeploymentRecord, Rollout, ServiceRecord, TaskRecord } from './model.ts';
import type { AlarmSource } from './world.ts';

export interface FailuresOptions {
  readonly alarms: AlarmSource;
  readonly clock: Clock;
  readonly changed: () => void;
}

/** Why a deployment fails, for those who are told. */
export interface FailureReasons {
  /** The deployment's `statusReason`. */
  readonly why: string;
  /** The `rolloutStateReason` of the rollout that failed. */
  readonly rolloutReason: string;
  /** The end of the event `deployment failed: …`. */
  readonly failure: string;
}

const tasksFailedToStart: FailureReasons = {
  why: 'Service deployment rolled back because the circuit breaker threshold was exceeded.',
  rolloutReason: 'ECS deployment circuit breaker: tasks failed to start.',
  failure: 'tasks failed to start',
};

/** Watches tasks and alarms for what makes deployments fail, and begins the way back. */
export class Failures {
  readonly #options: FailuresOptions;

  constructor(options: FailuresOptions) {
    this.#options = options;
  }

  /** What a change of a task means for its rollout: digests, failures, and the circuit breaker's say. */
  learn(service: ServiceRecord, task: TaskRecord): void {
    const rollout = service.rollouts.find(({ id }) => id === task.startedBy);
    if (rollout === undefined) return;
    recordDigests(service, rollout, task);
    const breaker = service.deploymentConfiguration.deploymentCircuitBreaker;
    if (task.proven && task.desiredStatus === 'RUNNING') {
      rollout.retryAt = 0;
      if (breaker?.resetOnHealthyTask !== false) countFailures(service, rollout, 0);
    }
    if (!task.failed || task.proven || task.failureCounted) return;
    task.failureCounted = true;
    const now = this.#now();
    countFailures(service, rollout, rollout.failedTasks + 1);
    rollout.updatedAt = now;
    rollout.retryAt = now + retryDelayMs(rollout.failedTasks);
    if (task.stopCode === 'TaskFailedToStart') {
      addEvent(service, messages.failedToStart(task.stoppedReason ?? ''), now);
    }
    const [deployment] = service.deployments;
    if (rollout === service.rollouts[0] && deployment !== undefined && isOngoing(deployment)) {
      const verdict = judge(breaker, rollout.failedTasks, service.desiredCount);
      if (verdict !== 'go-on') return this.#breakCircuit(service, deployment, verdict);
    }
    if (rollout.failedTasks === failuresBeforeSlowingDown) addEvent(service, messages.slowedDown, now);
  }

  /** The deployment alarms that have gone off since the deployment began. They are watched until its bake is over. */
  #firing({ deploymentConfiguration: { alarms }, alarmsIgnored, shift }: DeploymentRecord): string[] {
    if (alarms?.enable !== true || shift?.stage === 'CLEAN_UP') return [];
    return this.#options.alarms
      .states(alarms.alarmNames ?? [])
      .filter(({ name, state }) => state === 'ALARM' && !alarmsIgnored.includes(name))
      .map(({ name }) => name);
  }

  /** Ends a deployment whose alarms have gone off, as its configuration says. */
  giveInToAlarms(service: ServiceRecord, deployment: DeploymentRecord): void {
    const names = this.#firing(deployment);
    if (deployment.status !== 'IN_PROGRESS' || names.length === 0) return;
    deployment.alarmsTriggered = names;
    // ECS's own words for this reason are not documented.
    const alarm = `alarm(s) in ALARM: ${names.join(', ')}`;
    const reasons = {
      why: `Service deployment rolled back because of ${alarm}.`,
      rolloutReason: `ECS deployment ${alarm}.`,
      failure: alarm,
    };
    if (deployment.deploymentConfiguration.alarms?.rollback === true)
      this.rollBack(service, deployment, reasons);
    else this.#giveUp(service, deployment, reasons);
  }

  rollBack(service: ServiceRecord, deployment: DeploymentRecord, reasons: FailureReasons): void {
    const now = this.#now();
    const failedId = service.rollouts[0]?.id ?? '';
    const rollout = beginRollback(service, deployment, reasons, now);
    addEvent(service, messages.deploymentFailed(failedId, reasons.failure), now);
    if (rollout !== undefined) addEvent(service, messages.rollingBack(rollout.id), now);
    this.#options.changed();
  }

  /** Ends a deployment without a way back: what runs, stays. */
  #giveUp(
    service: ServiceRecord,
    deployment: DeploymentRecord,
    { rolloutReason, failure }: FailureReasons,
  ): void {
    const now = this.#now();
    addEvent(service, messages.deploymentFailed(service.rollouts[0]?.id ?? '', failure), now);
    failPrimary(service, rolloutReason, now);
    finishDeployment(deployment, 'STOPPED', now, rolloutReason);
    this.#options.changed();
  }

  #breakCircuit(
    service: ServiceRecord,
    deployment: DeploymentRecord,
    verdict: 'roll-back' | 'give-up',
  ): void {
    deployment.circuitBreaker.status = 'TRIGGERED';
    if (deployment.status === 'ROLLBACK_IN_PROGRESS') {
      failPrimary(service, tasksFailedToStart.rolloutReason, this.#now());
      finishDeployment(deployment, 'ROLLBACK_FAILED', this.#now(), tasksFailedToStart.rolloutReason);
      this.#options.changed();
    } else if (verdict === 'roll-back') {
      this.rollBack(service, deployment, tasksFailedToStart);
    } else {
      this.#giveUp(service, deployment, tasksFailedToStart);
    }
  }

  #now(): number {
    return this.#options.clock.now().getTime();
  }
}

function countFailures(service: ServiceRecord, rollout: Rollout, count: number): void {
  rollout.failedTasks = count;
  const [deployment] = service.deployments;
  if (rollout === service.rollouts[0] && deployment?.status === 'IN_PROGRESS') {
    deployment.circuitBreaker.failureCount = count;
  }
}

/** Digests are known once a task of the revision has resolved its images. */
function recordDigests(service: ServiceRecord, rollout: Rollout, task: TaskRecord): void {
  const revision = service.revisions.find(({ arn }) => arn === rollout.revisionArn);
  for (const image of revision?.images ?? []) {
    const digest = task.containers.find(({ name }) => name === image.containerName)?.imageDigest;
    if (digest !== undefined) image.imageDigest ??= digest;
  }
}
