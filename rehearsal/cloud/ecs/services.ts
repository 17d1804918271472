import type { Clock } from '../clock.ts';
import { failuresBeforeSlowingDown, judge, retryDelayMs } from './circuit-breaker.ts';
import { decide, type Step, type Tasks as ObservedTasks } from './decide.ts';
import { beginDeployment, beginRollback, failPrimary, finishDeployment, isOngoing } from './deployments.ts';
import { addEvent, messages } from './events.ts';
import {
  containerInstanceId,
  type DeploymentRecord,
  type EcsState,
  type Rollout,
  type ServiceRecord,
  type TaskDefinitionRecord,
  type TaskRecord,
} from './model.ts';
import type { Tasks } from './tasks.ts';

export interface ServicesOptions {
  readonly state: EcsState;
  readonly tasks: Tasks;
  readonly clock: Clock;
  readonly changed: () => void;
}

/** How long a service that could not place a task waits before it tries again, in milliseconds of the cloud's time. */
const placementRetryMs = 1000;

const tasksFailedToStart = 'ECS deployment circuit breaker: tasks failed to start.';

/**
 * The service scheduler: brings each service's tasks to what its primary rollout wants. It acts on events (a task
 * changed, a service was updated); a timer runs only where something is due later, so an idle cloud costs nothing.
 */
export class Services {
  readonly #options: ServicesOptions;
  /** When a service is looked at next although nothing happens, by its ARN. */
  readonly #alarms = new Map<string, { readonly dueAt: number; readonly cancel: AbortController }>();
  readonly #queued = new Set<string>();
  #stopped = false;

  constructor(options: ServicesOptions) {
    this.#options = options;
  }

  /** Looks at a service as soon as the present work is done. */
  schedule(service: ServiceRecord): void {
    if (this.#queued.has(service.arn) || this.#stopped) return;
    this.#queued.add(service.arn);
    setImmediate(() => {
      this.#queued.delete(service.arn);
      if (!this.#stopped) this.#reconcile(service);
    });
  }

  taskChanged(task: TaskRecord): void {
    const service = this.#options.state.services.find(
      ({ clusterArn, name }) => clusterArn === task.clusterArn && `service:${name}` === task.group,
    );
    if (service !== undefined) {
      this.#learn(service, task);
      this.schedule(service);
    }
    // A port that was freed may be what another service waits for.
    if (task.lastStatus === 'STOPPED' && task.hostPorts.length > 0) {
      for (const other of this.#options.state.services) if (other.status === 'ACTIVE') this.schedule(other);
    }
  }

  /** Starts a service deployment of a task definition. */
  deploy(service: ServiceRecord, definition: TaskDefinitionRecord): DeploymentRecord {
    const deployment = beginDeployment(service, definition, this.#now());
    this.schedule(service);
    this.#options.changed();
    return deployment;
  }

  /** Asks an ongoing deployment to roll back; harmless where it does so already. */
  requestRollback(service: ServiceRecord, deployment: DeploymentRecord): void {
    if (deployment.status !== 'PENDING' && deployment.status !== 'IN_PROGRESS') return;
    deployment.status = 'ROLLBACK_REQUESTED';
    deployment.updatedAt = this.#now();
    this.schedule(service);
    this.#options.changed();
  }

  /** Ends a service: its tasks are stopped, and it is INACTIVE when all of them have. */
  drain(service: ServiceRecord): void {
    service.status = 'DRAINING';
    service.desiredCount = 0;
    for (const ongoing of service.deployments.filter(isOngoing)) {
      finishDeployment(ongoing, 'STOPPED', this.#now(), 'The service was deleted.');
    }
    this.schedule(service);
    this.#options.changed();
  }

  stop(): void {
    this.#stopped = true;
    for (const { cancel } of this.#alarms.values()) cancel.abort();
  }

  #reconcile(service: ServiceRecord): void {
    if (service.status === 'INACTIVE') return;
    this.#moveOn(service);
    const [primary] = service.rollouts;
    if (primary === undefined) return;
    const now = this.#now();
    const tasks = this.#options.tasks
      .list()
      .filter((task) => task.clusterArn === service.clusterArn && task.group === `service:${service.name}`)
      .filter((task) => task.lastStatus !== 'STOPPED');
    const { minimumHealthyPercent = 100, maximumPercent = 200 } = service.deploymentConfiguration;
    const step = decide({
      desiredCount: service.desiredCount,
      minimumHealthyPercent,
      maximumPercent,
      primary: observe(tasks.filter(({ startedBy }) => startedBy === primary.id)),
      old: observe(tasks.filter(({ startedBy }) => startedBy !== primary.id)),
      backingOff: primary.state === 'FAILED' || primary.retryAt > now,
    });
    for (const order of step.stop) this.#stopTask(service, primary, order);
    // An unhealthy task may have been one failure too many: what was decided is out of date then.
    if (service.rollouts[0] !== primary) return;
    const started = this.#startTasks(service, primary, step.start);
    if (primary.state !== 'FAILED' && primary.retryAt > now) this.#wake(service, primary.retryAt - now);
    if (started < step.start) this.#wake(service, placementRetryMs);
    if (step.settled) this.#settle(service, primary);
    // A failed rollout is shown until what replaces it has settled; of the others, what has tasks.
    service.rollouts = service.rollouts.filter(
      ({ id, state }) =>
        id === primary.id || state === 'FAILED' || tasks.some((task) => task.startedBy === id),
    );
    if (service.status === 'DRAINING' && tasks.length === 0) service.status = 'INACTIVE';
  }

  /** The part of a deployment that needs no tasks: from asked for to under way. */
  #moveOn(service: ServiceRecord): void {
    const [deployment] = service.deployments;
    if (deployment?.status === 'PENDING') {
      deployment.status = 'IN_PROGRESS';
      deployment.startedAt = this.#now();
      deployment.updatedAt = this.#now();
    } else if (deployment?.status === 'ROLLBACK_REQUESTED') {
      // ECS's own words for this reason are not documented.
      this.#rollBack(service, deployment, {
        why: 'Service deployment rolled back because StopServiceDeployment was called.',
        rolloutReason: 'ECS deployment stopped by StopServiceDeployment.',
        failure: 'deployment was stopped',
      });
    }
  }

  #stopTask(service: ServiceRecord, primary: Rollout, { id, why }: Step['stop'][number]): void {
    const task = this.#options.tasks.find(id);
    // A deployment that was given up leaves what the earlier ones have running.
    const givenUp = primary.state === 'FAILED' && service.status === 'ACTIVE';
    if (task === undefined || (givenUp && why === 'replaced')) return;
    if (why === 'unhealthy') addEvent(service, messages.unhealthy(id), this.#now());
    addEvent(service, messages.stopped(id), this.#now());
    this.#options.tasks.stop(task, {
      stopCode: 'ServiceSchedulerInitiated',
      reason:
        why === 'unhealthy'
          ? 'Task failed container health checks'
          : `Scaling activity initiated by (deployment ${primary.id})`,
      failed: why === 'unhealthy',
    });
  }

  /** @returns how many could be placed */
  #startTasks(service: ServiceRecord, primary: Rollout, count: number): number {
    const { tasks, state } = this.#options;
    const definition = state.taskDefinitions.find(({ arn }) => arn === primary.taskDefinitionArn);
    const cluster = state.clusters.find(({ arn }) => arn === service.clusterArn);
    if (definition === undefined || cluster === undefined) return count;
    for (let placed = 0; placed < count && primary.state !== 'FAILED'; placed += 1) {
      if (tasks.occupiedHostPort(definition) !== undefined) {
        addEvent(service, messages.portTaken(containerInstanceId(cluster)), this.#now());
        return placed;
      }
      const task = tasks.start({
        cluster,
        definition,
        group: `service:${service.name}`,
        startedBy: primary.id,
        launchType: service.launchType,
        overrides: {},
        tags: service.propagateTags === 'SERVICE' ? service.tags : [],
      });
      addEvent(service, messages.started(task.id), this.#now());
    }
    return count;
  }

  #settle(service: ServiceRecord, primary: Rollout): void {
    const now = this.#now();
    service.rollouts = [primary];
    if (primary.state === 'IN_PROGRESS') {
      primary.state = 'COMPLETED';
      primary.reason = `ECS deployment ${primary.id} completed.`;
      primary.updatedAt = now;
      addEvent(service, messages.completed(primary.id), now);
    }
    if (service.status === 'ACTIVE') addEvent(service, messages.steady, now);
    const [deployment] = service.deployments;
    if (deployment === undefined || !isOngoing(deployment)) return;
    finishDeployment(
      deployment,
      deployment.status === 'ROLLBACK_IN_PROGRESS' ? 'ROLLBACK_SUCCESSFUL' : 'SUCCESSFUL',
      now,
    );
    this.#options.changed();
  }

  /** What a change of a task of the primary rollout means for it: digests, failures, and the circuit breaker's say. */
  #learn(service: ServiceRecord, task: TaskRecord): void {
    const [primary] = service.rollouts;
    if (primary?.id !== task.startedBy) return;
    this.#recordDigests(service, primary, task);
    const breaker = service.deploymentConfiguration.deploymentCircuitBreaker;
    if (task.proven && task.desiredStatus === 'RUNNING') {
      primary.retryAt = 0;
      if (breaker?.resetOnHealthyTask !== false) this.#countFailures(service, primary, 0);
    }
    if (!task.failed || task.proven || task.failureCounted) return;
    task.failureCounted = true;
    const now = this.#now();
    this.#countFailures(service, primary, primary.failedTasks + 1);
    primary.updatedAt = now;
    primary.retryAt = now + retryDelayMs(primary.failedTasks);
    if (task.stopCode === 'TaskFailedToStart') {
      addEvent(service, messages.failedToStart(task.stoppedReason ?? ''), now);
    }
    const [deployment] = service.deployments;
    if (deployment !== undefined && isOngoing(deployment)) {
      const verdict = judge(breaker, primary.failedTasks, service.desiredCount);
      if (verdict !== 'go-on') return this.#breakCircuit(service, deployment, verdict);
    }
    if (primary.failedTasks === failuresBeforeSlowingDown) addEvent(service, messages.slowedDown, now);
  }

  #countFailures(service: ServiceRecord, primary: Rollout, count: number): void {
    primary.failedTasks = count;
    const [deployment] = service.deployments;
    if (deployment?.status === 'IN_PROGRESS') deployment.circuitBreaker.failureCount = count;
  }

  #breakCircuit(
    service: ServiceRecord,
    deployment: DeploymentRecord,
    verdict: 'roll-back' | 'give-up',
  ): void {
    const now = this.#now();
    deployment.circuitBreaker.status = 'TRIGGERED';
    if (deployment.status === 'ROLLBACK_IN_PROGRESS') {
      failPrimary(service, tasksFailedToStart, now);
      finishDeployment(deployment, 'ROLLBACK_FAILED', now, tasksFailedToStart);
    } else if (verdict === 'roll-back') {
      this.#rollBack(service, deployment, {
        why: 'Service deployment rolled back because the circuit breaker threshold was exceeded.',
        rolloutReason: tasksFailedToStart,
        failure: 'tasks failed to start',
      });
    } else {
      const [primary] = service.rollouts;
      addEvent(service, messages.deploymentFailed(primary?.id ?? '', 'tasks failed to start'), now);
      failPrimary(service, tasksFailedToStart, now);
      finishDeployment(deployment, 'STOPPED', now, tasksFailedToStart);
    }
    this.schedule(service);
    this.#options.changed();
  }

  #rollBack(
    service: ServiceRecord,
    deployment: DeploymentRecord,
    reasons: { readonly why: string; readonly rolloutReason: string; readonly failure: string },
  ): void {
    const now = this.#now();
    const failedId = service.rollouts[0]?.id ?? '';
    const rollout = beginRollback(service, deployment, reasons, now);
    addEvent(service, messages.deploymentFailed(failedId, reasons.failure), now);
    if (rollout !== undefined) addEvent(service, messages.rollingBack(rollout.id), now);
    this.#options.changed();
  }

  /** Digests are known once a task of the revision has resolved its images. */
  #recordDigests(service: ServiceRecord, rollout: Rollout, task: TaskRecord): void {
    const revision = service.revisions.find(({ arn }) => arn === rollout.revisionArn);
    for (const image of revision?.images ?? []) {
      const digest = task.containers.find(({ name }) => name === image.containerName)?.imageDigest;
      if (digest !== undefined) image.imageDigest ??= digest;
    }
  }

  /** Looks at the service again in `inMs` of the cloud's time, or sooner where that is asked for too. */
  #wake(service: ServiceRecord, inMs: number): void {
    const dueAt = this.#now() + inMs;
    const before = this.#alarms.get(service.arn);
    if (before !== undefined && before.dueAt <= dueAt) return;
    before?.cancel.abort();
    const alarm = { dueAt, cancel: new AbortController() };
    this.#alarms.set(service.arn, alarm);
    const forget = (): void => {
      if (this.#alarms.get(service.arn) === alarm) this.#alarms.delete(service.arn);
    };
    this.#options.clock.sleep(inMs, alarm.cancel.signal).then(() => {
      forget();
      this.schedule(service);
    }, forget);
  }

  #now(): number {
    return this.#options.clock.now().getTime();
  }
}

function observe(tasks: readonly TaskRecord[]): ObservedTasks {
  const found = { starting: [], healthy: [], unhealthy: [], leaving: [] } as Record<
    keyof ObservedTasks,
    string[]
  >;
  for (const task of tasks) found[worth(task)].push(task.id);
  return found;
}

function worth(task: TaskRecord): keyof ObservedTasks {
  if (task.desiredStatus === 'STOPPED') return 'leaving';
  if (task.healthStatus === 'UNHEALTHY') return 'unhealthy';
  return task.lastStatus === 'RUNNING' && task.proven ? 'healthy' : 'starting';
}
