import type { Container, TaskStopCode } from '@aws-sdk/client-ecs';
import { slept, type Clock } from '../clock.ts';
import type { TaskDriver } from './drivers/driver.ts';
import { watchHealth } from './health.ts';
import { launchContainer, pullImages, type Launched } from './launch.ts';
import { taskStatuses, type TaskRecord, type TaskStatus } from './model.ts';
import { deregisterTargets, drained, registerTargets, targetsOf, verdictOf } from './targets.ts';
import { taskOf, type TaskRequest } from './task-record.ts';
import type { EcsWorld } from './world.ts';

export interface StopOrder {
  readonly stopCode: TaskStopCode;
  readonly reason: string;
  /** Whether the task is to blame; a service's deployment counts such tasks. */
  readonly failed: boolean;
}

export interface TaskSurroundings {
  readonly world: EcsWorld;
  readonly clock: Clock;
  readonly driver: TaskDriver;
  /** How long a task without a health check has to stay up to count as good, in milliseconds of real time. */
  readonly provenAfterMs: number;
  /** Called after every change of a task. */
  readonly changed: (task: TaskRecord) => void;
  /** Called when a task was registered with its target groups, or begins to be drained from them. */
  readonly routed: (task: TaskRecord, what: 'registered' | 'deregistered') => void;
  readonly log: (message: string) => void;
}

/** ECS's default of `stopTimeout`. */
const defaultStopTimeoutSeconds = 30;
/** A rehearsal that ends gives its tasks no more than this, in milliseconds of real time. */
const shutdownTimeoutMs = 5_000;

/** One task from PROVISIONING to STOPPED: brought up, watched, taken down. */
export class TaskLife {
  readonly task: TaskRecord;
  readonly #request: TaskRequest;
  readonly #around: TaskSurroundings;
  /** Aborted when the whole cloud ends. */
  readonly #shutdown: AbortSignal;
  /** Aborted when this task is asked to stop. */
  readonly #stopping = new AbortController();
  readonly #launched: Launched[] = [];

  constructor(request: TaskRequest, around: TaskSurroundings, shutdown: AbortSignal) {
    this.task = taskOf(request, around.clock.now().getTime());
    this.#request = request;
    this.#around = around;
    this.#shutdown = shutdown;
  }

  /**
   * Lives it. Never rejects: the task's record says how it went.
   * @param failure the `stoppedReason` of a task that a test or a fault wants not to start
   * @returns when the task is STOPPED
   */
  async live(failure: string | undefined): Promise<void> {
    const { log } = this.#around;
    try {
      await this.#comeUp(failure);
      const watches = [
        ...this.#launched.map((container) => this.#watchExit(container)),
        ...this.#watchHealth(),
      ];
      await aborted(this.#stopping.signal);
      await this.#goDown();
      await Promise.all(watches);
      this.#finish('');
    } catch (error: unknown) {
      log(`Task ${this.task.id}: ${error instanceof Error ? (error.stack ?? '') : String(error)}`);
      this.#finish('The rehearsal itself failed; its log says more.');
    }
  }

  /** Asks it to stop. The first reason stands. */
  stop({ stopCode, reason, failed }: StopOrder): void {
    const { task } = this;
    if (task.desiredStatus === 'STOPPED') return;
    task.desiredStatus = 'STOPPED';
    task.stopCode = stopCode;
    task.stoppedReason = reason;
    task.failed = failed;
    task.stoppingAt = this.#now();
    this.#around.changed(task);
    this.#stopping.abort();
  }

  /** To be called when the health of its targets may have changed: what it is worth may have, too. */
  targetsChanged(): void {
    this.#judge();
    if (this.task.desiredStatus === 'RUNNING') this.#around.changed(this.task);
  }

  #now(): number {
    return this.#around.clock.now().getTime();
  }

  async #comeUp(failure: string | undefined): Promise<void> {
    const { task } = this;
    try {
      this.#advance('PENDING');
      if (failure !== undefined) throw new Error(failure);
      await this.#launch();
      if (!this.#stopping.signal.aborted) this.#enterService();
    } catch (error: unknown) {
      const reason = error instanceof Error ? error.message : String(error);
      for (const container of task.containers) {
        if (container.lastStatus === 'PENDING') container.reason = reason;
      }
      this.stop({ stopCode: 'TaskFailedToStart', reason, failed: true });
    }
  }

  async #launch(): Promise<void> {
    const { task } = this;
    task.pullStartedAt = this.#now();
    const pulled = await pullImages(task, this.#request, this.#around.world);
    task.pullStoppedAt = this.#now();
    this.#advance('ACTIVATING');
    for (const container of pulled) {
      if (this.#stopping.signal.aborted) return;
      this.#launched.push(await launchContainer(task, this.#request, container, this.#around));
    }
  }

  #enterService(): void {
    const { task } = this;
    const { world, clock, provenAfterMs, routed } = this.#around;
    task.startedAt = this.#now();
    task.targets = targetsOf(task, this.#request.cluster, world.loadBalancing);
    registerTargets(task, world.loadBalancing);
    if (task.targets.length > 0) routed(task, 'registered');
    this.#advance('RUNNING');
    if (task.checked || task.routes.length > 0) {
      this.#judge();
      return;
    }
    void slept(clock, provenAfterMs * clock.scale, this.#stopping.signal).then((isUp) => {
      if (isUp) this.#prove();
    });
  }

  async #goDown(): Promise<void> {
    const { task } = this;
    const { world, routed } = this.#around;
    this.#advance('DEACTIVATING');
    if (task.targets.length > 0) {
      deregisterTargets(task, world.loadBalancing);
      routed(task, 'deregistered');
      // A task whose processes have ended has no requests to wait for.
      const hasEnded = this.#launched.some(({ record }) => record.lastStatus === 'STOPPED');
      if (!hasEnded) await drained(task, this.#around, this.#shutdown);
    }
    this.#advance('STOPPING');
    await Promise.all(
      this.#launched.map(({ definition, running }) => {
        const timeoutMs = (definition.stopTimeout ?? defaultStopTimeoutSeconds) * 1000;
        return running.stop(this.#shutdown.aborted ? Math.min(timeoutMs, shutdownTimeoutMs) : timeoutMs);
      }),
    );
  }

  async #watchExit({ definition, record, running }: Launched): Promise<void> {
    const { exitCode, reason } = await running.exited;
    record.exitCode = exitCode;
    record.lastStatus = 'STOPPED';
    if (reason !== undefined) record.reason = reason;
    if (definition.essential === false) return;
    this.stop({
      stopCode: 'EssentialContainerExited',
      reason: 'Essential container in task exited',
      failed: true,
    });
  }

  #watchHealth(): Promise<void>[] {
    const { task } = this;
    const { clock, changed } = this.#around;
    const checked = this.#launched.filter(({ definition }) => definition.healthCheck !== undefined);
    return checked.flatMap(({ definition: { healthCheck: check }, record, running }) =>
      check === undefined
        ? []
        : watchHealth({
            check,
            clock,
            signal: this.#stopping.signal,
            exec: (command, timeoutMs) => running.exec(command, timeoutMs),
            verdict: (health) => {
              record.healthStatus = health;
              task.healthStatus = worst(checked.map((container) => container.record));
              changed(task);
              this.#judge();
            },
          }),
    );
  }

  /** Whether container health checks and load balancers find it good; a task without either is given time. */
  #judge(): void {
    const { task } = this;
    const { kind } = verdictOf(task, this.#around.world.loadBalancing);
    if (task.lastStatus !== 'RUNNING' || (!task.checked && kind === 'none')) return;
    if (task.checked && task.healthStatus !== 'HEALTHY') return;
    if (kind === 'healthy' || kind === 'none') this.#prove();
  }

  #prove(): void {
    const { task } = this;
    if (task.proven || task.desiredStatus === 'STOPPED') return;
    task.proven = true;
    this.#around.changed(task);
  }

  #advance(status: TaskStatus): void {
    const { task } = this;
    if (taskStatuses.indexOf(status) <= taskStatuses.indexOf(task.lastStatus)) return;
    task.lastStatus = status;
    this.#around.changed(task);
  }

  #finish(fallbackReason: string): void {
    const { task } = this;
    task.desiredStatus = 'STOPPED';
    task.stopCode ??= 'TaskFailedToStart';
    task.stoppedReason ??= fallbackReason;
    task.stoppedAt = this.#now();
    for (const container of task.containers) container.lastStatus = 'STOPPED';
    this.#advance('STOPPED');
  }
}

/** A task is as healthy as the worst of its containers that are checked. */
function worst(checked: readonly Container[]): 'HEALTHY' | 'UNHEALTHY' | 'UNKNOWN' {
  if (checked.some(({ healthStatus }) => healthStatus === 'UNHEALTHY')) return 'UNHEALTHY';
  return checked.every(({ healthStatus }) => healthStatus === 'HEALTHY') ? 'HEALTHY' : 'UNKNOWN';
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
