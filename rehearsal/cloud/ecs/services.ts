import { randomBytes, randomInt, randomUUID } from 'node:crypto';
import type { Clock } from '../clock.ts';
import { circuitBreakerThreshold, decide, retryDelayMs, type Tasks as ObservedTasks } from './decide.ts';
import type {
  DeploymentRecord,
  EcsState,
  RevisionRecord,
  Rollout,
  ServiceRecord,
  TaskDefinitionRecord,
  TaskRecord,
} from './model.ts';
import type { Tasks } from './tasks.ts';

export interface ServicesOptions {
  readonly state: EcsState;
  readonly tasks: Tasks;
  readonly clock: Clock;
  readonly changed: () => void;
  readonly log: (message: string) => void;
}

const eventsKept = 100;
const deploymentsKept = 100;
/** How long an unplaceable or failing service waits before it is looked at again, in milliseconds of the cloud's time. */
const placementRetryMs = 1000;

/**
 * The service scheduler: brings each service's tasks to what its newest revision wants. Driven by events (a task
 * changed, a service was updated); a timer runs only where something is due later, so an idle cloud costs nothing.
 */
export class Services {
  readonly #options: ServicesOptions;
  readonly #timers = new Map<string, AbortController>();
  readonly #queued = new Set<string>();
  /** Tasks whose failure has been counted. */
  readonly #counted = new Set<string>();
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
      this.#count(service, task);
      this.schedule(service);
    }
    // A port that was freed may be what another service waits for.
    if (task.lastStatus === 'STOPPED') {
      for (const other of this.#options.state.services) if (other.status === 'ACTIVE') this.schedule(other);
    }
  }

  stop(): void {
    this.#stopped = true;
    for (const timer of this.#timers.values()) timer.abort();
  }

  /** Starts a service deployment of a task definition: a new revision, a new primary rollout. */
  deploy(service: ServiceRecord, definition: TaskDefinitionRecord): DeploymentRecord {
    const now = this.#now();
    for (const running of service.deployments.filter(isRunning)) {
      finishDeployment(running, 'STOPPED', 'Replaced by a newer deployment.', now);
    }
    const revision = this.#addRevision(service, definition);
    const sources = [...new Set(service.rollouts.map(({ revisionArn }) => revisionArn))];
    this.#addRollout(service, revision);
    const deployment: DeploymentRecord = {
      arn: `${service.arn.replace(':service/', ':service-deployment/')}/${randomBytes(11).toString('base64url').slice(0, 21)}`,
      targetRevisionArn: revision.arn,
      sourceRevisionArns: sources,
      status: 'PENDING',
      createdAt: now,
      updatedAt: now,
      deploymentConfiguration: service.deploymentConfiguration,
      circuitBreaker:
        service.deploymentConfiguration.deploymentCircuitBreaker?.enable === true ? 'MONITORING' : 'DISABLED',
    };
    service.deployments.unshift(deployment);
    service.deployments.length = Math.min(service.deployments.length, deploymentsKept);
    this.schedule(service);
    this.#options.changed();
    return deployment;
  }

  /** Ends a running deployment: back to the last revision that completed. */
  rollBack(service: ServiceRecord, deployment: DeploymentRecord, reason: string): void {
    const now = this.#now();
    const source = this.#lastGoodRevision(service, deployment);
    const definition = source === undefined ? undefined : this.#definitionOf(source.taskDefinitionArn);
    this.#fail(service, reason);
    if (source === undefined || definition === undefined) {
      finishDeployment(
        deployment,
        'ROLLBACK_FAILED',
        `${reason} There is no earlier revision to roll back to.`,
        now,
      );
    } else {
      deployment.status = 'ROLLBACK_IN_PROGRESS';
      deployment.statusReason = reason;
      deployment.updatedAt = now;
      deployment.rollback = { revisionArn: source.arn, reason, startedAt: now };
      this.#event(
        service,
        `(service ${service.name}) (deployment ${primaryOf(service).id}) deployment failed: ${reason}`,
      );
      this.#event(service, `(service ${service.name}) rolling back to deployment ${source.arn}.`);
      this.#addRollout(service, source);
    }
    this.schedule(service);
    this.#options.changed();
  }

  /** Ends a running deployment where it stands: its tasks stay, and nothing more is started. */
  abort(service: ServiceRecord, deployment: DeploymentRecord, reason: string): void {
    this.#fail(service, reason);
    finishDeployment(deployment, 'STOPPED', reason, this.#now());
    this.schedule(service);
    this.#options.changed();
  }

  event(service: ServiceRecord, message: string): void {
    this.#event(service, message);
  }

  #reconcile(service: ServiceRecord): void {
    if (service.status === 'INACTIVE') return;
    const primary = service.rollouts[0];
    if (primary === undefined) return;
    const now = this.#now();
    const deployment = service.deployments[0];
    if (deployment?.status === 'PENDING') {
      deployment.status = 'IN_PROGRESS';
      deployment.startedAt = now;
      deployment.updatedAt = now;
    }
    const mine = this.#options.tasks
      .list()
      .filter((task) => task.clusterArn === service.clusterArn && task.group === `service:${service.name}`)
      .filter((task) => task.lastStatus !== 'STOPPED');
    const isPrimary = (task: TaskRecord): boolean => task.startedBy === primary.id;
    const abandoned = primary.state === 'FAILED';
    const configuration = service.deploymentConfiguration;
    const step = decide({
      desiredCount: service.status === 'DRAINING' ? 0 : service.desiredCount,
      minimumHealthyPercent: configuration.minimumHealthyPercent ?? 100,
      maximumPercent: configuration.maximumPercent ?? 200,
      primary: observe(mine.filter(isPrimary)),
      old: observe(mine.filter((task) => !isPrimary(task))),
      backingOff: abandoned || primary.retryAt > now,
    });

    for (const { id, why } of step.stop) {
      const task = this.#options.tasks.find(id);
      if (task === undefined || (abandoned && why === 'replaced')) continue;
      if (why === 'unhealthy') {
        this.#event(service, `(service ${service.name}) (task ${id}) failed container health checks.`);
        this.#options.tasks.stop(task, 'ServiceSchedulerInitiated', 'Task failed container health checks');
      } else {
        this.#options.tasks.stop(
          task,
          'ServiceSchedulerInitiated',
          `Scaling activity initiated by (deployment ${primary.id})`,
        );
      }
      if (why !== 'unhealthy')
        this.#event(service, `(service ${service.name}) has stopped 1 running tasks: (task ${id}).`);
    }
    const started = this.#startTasks(service, primary, step.start);
    if (primary.retryAt > now && !abandoned) this.#wake(service, primary.retryAt - now);
    if (started < step.start) this.#wake(service, placementRetryMs);
    if (step.settled) this.#settle(service, primary, deployment);
    if (service.status === 'DRAINING' && mine.length === 0) service.status = 'INACTIVE';
  }

  #startTasks(service: ServiceRecord, primary: Rollout, count: number): number {
    const { tasks, state } = this.#options;
    const definition = this.#definitionOf(primary.taskDefinitionArn);
    const cluster = state.clusters.find(({ arn }) => arn === service.clusterArn);
    if (definition === undefined || cluster === undefined) return count;
    for (let index = 0; index < count; index += 1) {
      const port = tasks.occupiedHostPort(definition);
      if (port !== undefined) {
        this.#event(
          service,
          `(service ${service.name}) was unable to place a task because no container instance met all of its requirements. The closest matching (container-instance rehearsal) is already using a port required by your task.`,
        );
        return index;
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
      this.#event(service, `(service ${service.name}) has started 1 tasks: (task ${task.id}).`);
    }
    return count;
  }

  #settle(service: ServiceRecord, primary: Rollout, deployment: DeploymentRecord | undefined): void {
    const now = this.#now();
    const wasAlone = service.rollouts.length === 1;
    service.rollouts.length = 1;
    if (primary.state === 'IN_PROGRESS') {
      primary.state = 'COMPLETED';
      primary.reason = `ECS deployment ${primary.id} completed.`;
      primary.updatedAt = now;
      this.#event(service, `(service ${service.name}) (deployment ${primary.id}) deployment completed.`);
      this.#event(service, `(service ${service.name}) has reached a steady state.`);
    } else if (wasAlone) {
      return;
    }
    this.#recordDigests(service, primary);
    if (deployment !== undefined && isRunning(deployment)) {
      if (deployment.status === 'ROLLBACK_IN_PROGRESS') {
        finishDeployment(deployment, 'ROLLBACK_SUCCESSFUL', deployment.statusReason, now);
      } else {
        if (deployment.circuitBreaker === 'MONITORING') deployment.circuitBreaker = 'MONITORING_COMPLETE';
        finishDeployment(deployment, 'SUCCESSFUL', undefined, now);
      }
    }
    this.#options.changed();
  }

  /** Counts a task that failed for its rollout, once, and lets the circuit breaker judge. */
  #count(service: ServiceRecord, task: TaskRecord): void {
    const primary = service.rollouts[0];
    if (primary?.id !== task.startedBy) return;
    this.#recordDigests(service, primary);
    if (task.everHealthy && task.lastStatus === 'RUNNING') {
      primary.failedTasks = 0;
      primary.retryAt = 0;
    }
    const failed =
      task.stopCode !== undefined &&
      task.stopCode !== 'UserInitiated' &&
      !wasReplaced(task) &&
      !task.everHealthy;
    if (!failed || this.#counted.has(task.id)) return;
    this.#counted.add(task.id);
    const now = this.#now();
    primary.failedTasks += 1;
    primary.updatedAt = now;
    primary.retryAt = now + retryDelayMs(primary.failedTasks);
    if (primary.retryAt > now) {
      this.#event(
        service,
        `(service ${service.name}) is unable to consistently start tasks successfully. For more information, see the Troubleshooting section of the Amazon ECS Developer Guide.`,
      );
    }
    const deployment = service.deployments[0];
    if (deployment === undefined || !isRunning(deployment)) return;
    const breaker = service.deploymentConfiguration.deploymentCircuitBreaker;
    if (breaker?.enable !== true || primary.failedTasks < circuitBreakerThreshold(service.desiredCount))
      return;
    deployment.circuitBreaker = 'TRIGGERED';
    const reason = 'ECS deployment circuit breaker: tasks failed to start.';
    if (deployment.status === 'ROLLBACK_IN_PROGRESS') {
      this.#fail(service, reason);
      finishDeployment(deployment, 'ROLLBACK_FAILED', reason, now);
    } else if (breaker.rollback === true) {
      this.rollBack(service, deployment, reason);
    } else {
      this.abort(service, deployment, reason);
    }
  }

  #fail(service: ServiceRecord, reason: string): void {
    const primary = service.rollouts[0];
    if (primary === undefined) return;
    primary.state = 'FAILED';
    primary.reason = reason;
    primary.updatedAt = this.#now();
  }

  #addRevision(service: ServiceRecord, definition: TaskDefinitionRecord): RevisionRecord {
    const revision: RevisionRecord = {
      arn: `${service.arn.replace(':service/', ':service-revision/')}/${randomDigits(19)}`,
      taskDefinitionArn: definition.arn,
      createdAt: this.#now(),
      images: definition.definition.containerDefinitions.map(({ name = '', image = '' }) => ({
        containerName: name,
        image,
      })),
    };
    service.revisions.unshift(revision);
    return revision;
  }

  #addRollout(service: ServiceRecord, revision: RevisionRecord): void {
    const now = this.#now();
    const id = `ecs-svc/${randomDigits(19)}`;
    service.rollouts.unshift({
      id,
      revisionArn: revision.arn,
      taskDefinitionArn: revision.taskDefinitionArn,
      createdAt: now,
      updatedAt: now,
      state: 'IN_PROGRESS',
      reason: `ECS deployment ${id} in progress.`,
      failedTasks: 0,
      retryAt: 0,
    });
  }

  #recordDigests(service: ServiceRecord, rollout: Rollout): void {
    const revision = service.revisions.find(({ arn }) => arn === rollout.revisionArn);
    if (revision === undefined || revision.images.every(({ imageDigest }) => imageDigest !== undefined))
      return;
    const task = this.#options.tasks.list().find(({ startedBy }) => startedBy === rollout.id);
    for (const image of revision.images) {
      const digest = task?.containers.find(({ name }) => name === image.containerName)?.imageDigest;
      if (digest !== undefined) image.imageDigest = digest;
    }
  }

  /** What a rollback goes to: the revision of the last deployment before this one that succeeded. */
  #lastGoodRevision(service: ServiceRecord, deployment: DeploymentRecord): RevisionRecord | undefined {
    const good = service.deployments
      .slice(service.deployments.indexOf(deployment) + 1)
      .find(({ status }) => status === 'SUCCESSFUL' || status === 'ROLLBACK_SUCCESSFUL');
    const arn = good?.status === 'ROLLBACK_SUCCESSFUL' ? good.rollback?.revisionArn : good?.targetRevisionArn;
    return service.revisions.find((revision) => revision.arn === arn);
  }

  #definitionOf(arn: string): TaskDefinitionRecord | undefined {
    return this.#options.state.taskDefinitions.find((definition) => definition.arn === arn);
  }

  #event(service: ServiceRecord, message: string): void {
    if (service.events[0]?.message === message) return;
    service.events.unshift({ id: randomUUID(), createdAt: this.#now(), message });
    service.events.length = Math.min(service.events.length, eventsKept);
  }

  #wake(service: ServiceRecord, inMs: number): void {
    if (this.#timers.has(service.arn)) return;
    const timer = new AbortController();
    this.#timers.set(service.arn, timer);
    const woken = (): void => {
      this.#timers.delete(service.arn);
      this.schedule(service);
    };
    this.#options.clock.sleep(inMs, timer.signal).then(woken, () => this.#timers.delete(service.arn));
  }

  #now(): number {
    return this.#options.clock.now().getTime();
  }
}

export function isRunning({ status }: DeploymentRecord): boolean {
  return (
    status === 'PENDING' ||
    status === 'IN_PROGRESS' ||
    status === 'STOP_REQUESTED' ||
    status === 'ROLLBACK_REQUESTED' ||
    status === 'ROLLBACK_IN_PROGRESS'
  );
}

function finishDeployment(
  deployment: DeploymentRecord,
  status: DeploymentRecord['status'],
  reason: string | undefined,
  now: number,
): void {
  deployment.status = status;
  deployment.updatedAt = now;
  deployment.finishedAt = now;
  if (status !== 'SUCCESSFUL') deployment.stoppedAt ??= now;
  if (reason !== undefined) deployment.statusReason = reason;
}

function primaryOf(service: ServiceRecord): Rollout {
  const [primary] = service.rollouts;
  if (primary === undefined) throw new Error(`The service ${service.name} has no rollout.`);
  return primary;
}

function observe(tasks: readonly TaskRecord[]): ObservedTasks {
  const by = (test: (task: TaskRecord) => boolean): string[] => tasks.filter(test).map(({ id }) => id);
  const leaving = (task: TaskRecord): boolean => task.desiredStatus === 'STOPPED';
  const unhealthy = (task: TaskRecord): boolean => !leaving(task) && task.healthStatus === 'UNHEALTHY';
  const healthy = (task: TaskRecord): boolean =>
    !leaving(task) && !unhealthy(task) && task.lastStatus === 'RUNNING' && task.everHealthy;
  return {
    leaving: by(leaving),
    unhealthy: by(unhealthy),
    healthy: by(healthy),
    starting: by((task) => !leaving(task) && !unhealthy(task) && !healthy(task)),
  };
}

function wasReplaced(task: TaskRecord): boolean {
  return task.stoppedReason?.startsWith('Scaling activity') === true || task.stopCode === 'TerminationNotice';
}

function randomDigits(count: number): string {
  return Array.from({ length: count }, (_, index) => String(randomInt(index === 0 ? 1 : 0, 10))).join('');
}
