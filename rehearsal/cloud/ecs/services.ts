import type { Clock } from '../clock.ts';
import { beginDeployment, finishDeployment, isOngoing } from './deployments.ts';
import { addEvent, messages } from './events.ts';
import { Failures } from './failures.ts';
import type { DeploymentRecord, EcsState, ServiceRecord, TaskDefinitionRecord, TaskRecord } from './model.ts';
import { Placement } from './placement.ts';
import { RollingDeployments } from './rolling.ts';
import type { Tasks } from './tasks.ts';
import type { ShiftPace } from './traffic-shift/decide.ts';
import { isShifting, TrafficShifts } from './traffic-shift/shift.ts';
import { Wakings } from './wakings.ts';
import type { AlarmSource, LoadBalancing } from './world.ts';

export interface ServicesOptions {
  readonly state: EcsState;
  readonly tasks: Tasks;
  readonly loadBalancing: LoadBalancing;
  readonly alarms: AlarmSource;
  readonly clock: Clock;
  readonly pace: ShiftPace;
  readonly changed: () => void;
}

/**
 * The service scheduler: brings each service's tasks to what its deployments want. It acts on events (a task or a
 * target changed, a service was updated, an alarm went off); a timer runs only where something is due later, so an
 * idle cloud costs nothing.
 */
export class Services {
  readonly #options: ServicesOptions;
  readonly #failures: Failures;
  readonly #rolling: RollingDeployments;
  readonly #shifts: TrafficShifts;
  /** When a service is looked at next although nothing happens, by its ARN. */
  readonly #wakings: Wakings;
  readonly #queued = new Set<string>();
  #stopped = false;

  constructor(options: ServicesOptions) {
    this.#options = options;
    const placement = new Placement(options);
    this.#failures = new Failures(options);
    this.#rolling = new RollingDeployments({ ...options, placement });
    this.#shifts = new TrafficShifts({ ...options, placement, failures: this.#failures });
    this.#wakings = new Wakings(options.clock);
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
    const service = this.#serviceOf(task);
    if (service !== undefined) {
      this.#failures.learn(service, task);
      this.schedule(service);
    }
    // A port that was freed may be what another service waits for.
    if (task.lastStatus === 'STOPPED' && task.hostPorts.length > 0) {
      for (const other of this.#options.state.services) if (other.status === 'ACTIVE') this.schedule(other);
    }
  }

  /** A task was registered with its target groups, or begins to be drained from them. */
  taskRouted(task: TaskRecord, what: 'registered' | 'deregistered'): void {
    const service = this.#serviceOf(task);
    if (service === undefined) return;
    const now = this.#now();
    if (what === 'deregistered') addEvent(service, messages.draining, now);
    for (const { targetGroupArn } of task.targets)
      addEvent(service, messages.routed(what, targetGroupArn), now);
  }

  /** An alarm's state has changed: a deployment may be watching it. */
  alarmChanged(name: string): void {
    for (const service of this.#options.state.services) {
      const { alarmNames = [] } = service.deploymentConfiguration.alarms ?? {};
      if (alarmNames.includes(name)) this.schedule(service);
    }
  }

  /** Starts a service deployment of a task definition. */
  deploy(service: ServiceRecord, definition: TaskDefinitionRecord): DeploymentRecord {
    const deployment = beginDeployment(service, definition, this.#options, this.#now());
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

  /** Answers a hook that awaits it. @returns `false` where there is none of this id */
  answerHook(
    service: ServiceRecord,
    deployment: DeploymentRecord,
    hookId: string,
    action: 'CONTINUE' | 'ROLLBACK',
  ): boolean {
    const hook = deployment.shift?.hooks.find((candidate) => candidate.hookId === hookId);
    if (deployment.status !== 'IN_PROGRESS' || hook?.status !== 'AWAITING_ACTION') return false;
    hook.status = action === 'CONTINUE' ? 'SUCCEEDED' : 'FAILED';
    deployment.updatedAt = this.#now();
    this.schedule(service);
    this.#options.changed();
    return true;
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
    this.#wakings.stop();
  }

  #reconcile(service: ServiceRecord): void {
    if (service.status === 'INACTIVE') return;
    this.#moveOn(service);
    const [deployment] = service.deployments;
    if (deployment !== undefined) this.#failures.giveInToAlarms(service, deployment);
    const tasks = this.#options.tasks
      .list()
      .filter((task) => task.clusterArn === service.clusterArn && task.group === `service:${service.name}`)
      .filter((task) => task.lastStatus !== 'STOPPED');
    const again = isShifting(deployment)
      ? this.#shifts.advance(service, deployment, tasks)
      : this.#rolling.advance(service, tasks);
    if (again !== undefined) {
      const inMs = Math.max(0, again - this.#now());
      this.#wakings.wake(service.arn, inMs, () => this.schedule(service));
    }
    this.#forgetRollouts(service, tasks);
    if (service.status === 'DRAINING' && tasks.length === 0) service.status = 'INACTIVE';
  }

  /** The part of a deployment that needs no tasks: from asked for to under way. */
  #moveOn(service: ServiceRecord): void {
    const [deployment] = service.deployments;
    if (deployment?.status === 'PENDING') {
      const now = this.#now();
      Object.assign(deployment, { status: 'IN_PROGRESS', startedAt: now, updatedAt: now });
      if (deployment.shift !== undefined) deployment.shift.enteredAt = now;
      this.#options.changed();
    } else if (deployment?.status === 'ROLLBACK_REQUESTED') {
      // ECS's own words for this reason are not documented.
      this.#failures.rollBack(service, deployment, {
        why: 'Service deployment rolled back because StopServiceDeployment was called.',
        rolloutReason: 'ECS deployment stopped by StopServiceDeployment.',
        failure: 'deployment was stopped',
      });
    }
  }

  /** A failed rollout is shown until what replaces it has settled; of the others, what has tasks or is to have some. */
  #forgetRollouts(service: ServiceRecord, tasks: readonly TaskRecord[]): void {
    const [deployment] = service.deployments;
    const [primary] = service.rollouts;
    const blue = isShifting(deployment) ? deployment.shift.blueRevisionArn : undefined;
    service.rollouts = service.rollouts.filter(
      (rollout) =>
        rollout === primary ||
        rollout.revisionArn === blue ||
        rollout.state === 'FAILED' ||
        tasks.some((task) => task.startedBy === rollout.id),
    );
  }

  #serviceOf(task: TaskRecord): ServiceRecord | undefined {
    return this.#options.state.services.find(
      ({ clusterArn, name, status }) =>
        status !== 'INACTIVE' && clusterArn === task.clusterArn && `service:${name}` === task.group,
    );
  }

  #now(): number {
    return this.#options.clock.now().getTime();
  }
}
