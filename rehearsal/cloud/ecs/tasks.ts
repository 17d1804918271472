import type { Container, ContainerDefinition, TaskStopCode } from '@aws-sdk/client-ecs';
import type { Clock } from '../clock.ts';
import { defaultCommand, environmentOf, logStreamOf, resolveImage } from './containers.ts';
import type { RunningContainer, TaskDriver } from './drivers/driver.ts';
import { watchHealth } from './health.ts';
import { taskStatuses, type TaskDefinitionRecord, type TaskRecord, type TaskStatus } from './model.ts';
import { hostPortsOf, staticHostPorts } from './ports.ts';
import { deregisterTargets, drained, registerTargets, targetsOf, verdictOf } from './targets.ts';
import { taskOf, type TaskRequest } from './task-record.ts';
import type { EcsWorld, ResolvedImage } from './world.ts';

export interface StopOrder {
  readonly stopCode: TaskStopCode;
  readonly reason: string;
  /** Whether the task is to blame; a service's deployment counts such tasks. */
  readonly failed: boolean;
}

export interface TasksOptions {
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

/** Stopped tasks can be described for about an hour, as on AWS. */
const stoppedKeptMs = 3_600_000;
/** ECS's default of `stopTimeout`. */
const defaultStopTimeoutSeconds = 30;
/** A rehearsal that ends gives its tasks no more than this, in milliseconds of real time. */
const shutdownTimeoutMs = 5_000;

interface Launched {
  readonly definition: ContainerDefinition;
  readonly record: Container;
  readonly running: RunningContainer;
}

/** The tasks of all clusters: started, watched, stopped. A task's record is what DescribeTasks answers. */
export class Tasks {
  readonly #options: TasksOptions;
  readonly #tasks = new Map<string, TaskRecord>();
  readonly #stopping = new Map<string, AbortController>();
  readonly #lives = new Set<Promise<void>>();
  #failNext: string[] = [];
  readonly #shutdown = new AbortController();

  constructor(options: TasksOptions) {
    this.#options = options;
  }

  list(): readonly TaskRecord[] {
    const oldest = this.#now() - stoppedKeptMs;
    for (const [id, task] of this.#tasks) {
      if (task.stoppedAt !== undefined && task.stoppedAt < oldest) this.#tasks.delete(id);
    }
    return [...this.#tasks.values()];
  }

  find(idOrArn: string): TaskRecord | undefined {
    return this.#tasks.get(idOrArn.split('/').at(-1) ?? '');
  }

  /** The first host port that another task holds, where there is one: such a task cannot be placed. */
  occupiedHostPort(definition: TaskDefinitionRecord): number | undefined {
    const taken = new Set(
      this.list()
        .filter(({ lastStatus }) => lastStatus !== 'STOPPED')
        .flatMap(({ hostPorts }) => hostPorts),
    );
    return staticHostPorts(definition).find((port) => taken.has(port));
  }

  /** The next task that is started fails to, with this `stoppedReason`; for tests and faults. */
  failNext(stoppedReason: string): void {
    this.#failNext.push(stoppedReason);
  }

  /** Creates a task and lets it live; its record says how it goes. */
  start(request: TaskRequest): TaskRecord {
    const task = taskOf(request, this.#now());
    this.#tasks.set(task.id, task);
    const stopping = new AbortController();
    this.#stopping.set(task.id, stopping);
    const life = this.#live(task, request, stopping.signal).catch((error: unknown) => {
      this.#options.log(`Task ${task.id}: ${error instanceof Error ? (error.stack ?? '') : String(error)}`);
      this.#finish(task, 'The rehearsal itself failed; its log says more.');
    });
    this.#lives.add(life);
    void life.finally(() => this.#lives.delete(life));
    return task;
  }

  /** Asks a task to stop. The first reason stands. */
  stop(task: TaskRecord, { stopCode, reason, failed }: StopOrder): void {
    if (task.desiredStatus === 'STOPPED') return;
    task.desiredStatus = 'STOPPED';
    task.stopCode = stopCode;
    task.stoppedReason = reason;
    task.failed = failed;
    task.stoppingAt = this.#now();
    this.#options.changed(task);
    this.#stopping.get(task.id)?.abort();
  }

  /** To be called when the health of a group's targets has changed: what its tasks are worth may have too. */
  targetsChanged(targetGroupArn: string): void {
    for (const task of this.#tasks.values()) {
      if (!task.targets.some((target) => target.targetGroupArn === targetGroupArn)) continue;
      this.#judge(task);
      if (task.desiredStatus === 'RUNNING') this.#options.changed(task);
    }
  }

  /** Stops every task and waits for all of them. */
  async stopAll(): Promise<void> {
    this.#shutdown.abort();
    for (const task of this.#tasks.values()) {
      this.stop(task, { stopCode: 'TerminationNotice', reason: 'The rehearsal stopped.', failed: false });
    }
    await Promise.all(this.#lives);
  }

  #now(): number {
    return this.#options.clock.now().getTime();
  }

  async #live(task: TaskRecord, request: TaskRequest, signal: AbortSignal): Promise<void> {
    const launched: Launched[] = [];
    try {
      await this.#bringUp(task, request, launched, signal);
    } catch (error: unknown) {
      const reason = error instanceof Error ? error.message : String(error);
      for (const container of task.containers) {
        if (container.lastStatus === 'PENDING') container.reason = reason;
      }
      this.stop(task, { stopCode: 'TaskFailedToStart', reason, failed: true });
    }
    const watches = [
      ...launched.map((container) => this.#watchExit(task, container)),
      ...this.#watchHealth(task, launched, signal),
    ];
    await aborted(signal);
    this.#advance(task, 'DEACTIVATING');
    if (task.targets.length > 0) {
      deregisterTargets(task, this.#options.world.loadBalancing);
      this.#options.routed(task, 'deregistered');
      // A task whose processes have ended has no requests to wait for.
      const hasEnded = launched.some(({ record }) => record.lastStatus === 'STOPPED');
      if (!hasEnded) await drained(task, this.#options, this.#shutdown.signal);
    }
    this.#advance(task, 'STOPPING');
    await Promise.all(
      launched.map(({ definition, running }) => {
        const timeoutMs = (definition.stopTimeout ?? defaultStopTimeoutSeconds) * 1000;
        return running.stop(
          this.#shutdown.signal.aborted ? Math.min(timeoutMs, shutdownTimeoutMs) : timeoutMs,
        );
      }),
    );
    await Promise.all(watches);
    this.#finish(task, '');
  }

  async #bringUp(
    task: TaskRecord,
    request: TaskRequest,
    launched: Launched[],
    signal: AbortSignal,
  ): Promise<void> {
    const { world, driver, clock } = this.#options;
    const { definition } = request.definition;
    this.#advance(task, 'PENDING');
    const failure = this.#failNext.shift();
    if (failure !== undefined) throw new Error(failure);
    task.pullStartedAt = this.#now();
    const images: ResolvedImage[] = [];
    for (const container of definition.containerDefinitions) {
      const image = await resolveImage(world, container.image ?? '');
      images.push(image);
      containerOf(task, container).imageDigest = image.digest;
    }
    task.pullStoppedAt = this.#now();
    this.#advance(task, 'ACTIVATING');
    for (const [index, container] of definition.containerDefinitions.entries()) {
      const image = images[index];
      if (signal.aborted || image === undefined) return;
      const override = request.overrides.containerOverrides?.find(({ name }) => name === container.name);
      const role = definition.executionRoleArn;
      const environment = environmentOf(container, image, override, world, role);
      const output = logStreamOf(container, task.id, world, role, () => clock.now().getTime());
      const ports = await hostPortsOf(container, definition.networkMode);
      const running = await driver.start({
        taskId: task.id,
        name: container.name ?? '',
        image,
        imageReference: container.image ?? '',
        entryPoint: container.entryPoint ?? image.config.Entrypoint ?? [],
        command: override?.command ?? container.command ?? defaultCommand(container, image),
        workingDirectory: container.workingDirectory ?? image.config.WorkingDir ?? '/',
        user: container.user ?? image.config.User ?? '',
        environment,
        ports,
        memoryMiB:
          container.memory ?? (definition.memory === undefined ? undefined : Number(definition.memory)),
        onOutput: (line) => output?.(line),
      });
      const record = containerOf(task, container);
      launched.push({ definition: container, record, running });
      record.runtimeId = running.runtimeId;
      record.lastStatus = 'RUNNING';
      record.networkBindings = ports.map((port) => ({ bindIP: '127.0.0.1', ...port }));
    }
    if (signal.aborted) return;
    task.startedAt = this.#now();
    task.targets = targetsOf(task, request.cluster, world.loadBalancing);
    registerTargets(task, world.loadBalancing);
    if (task.targets.length > 0) this.#options.routed(task, 'registered');
    this.#advance(task, 'RUNNING');
    if (task.checked || task.routes.length > 0) {
      this.#judge(task);
      return;
    }
    clock.sleep(this.#options.provenAfterMs * clock.scale, signal).then(
      () => this.#prove(task),
      () => undefined,
    );
  }

  async #watchExit(task: TaskRecord, { definition, record, running }: Launched): Promise<void> {
    const { exitCode, reason } = await running.exited;
    record.exitCode = exitCode;
    record.lastStatus = 'STOPPED';
    if (reason !== undefined) record.reason = reason;
    if (definition.essential === false) return;
    this.stop(task, {
      stopCode: 'EssentialContainerExited',
      reason: 'Essential container in task exited',
      failed: true,
    });
  }

  #watchHealth(task: TaskRecord, launched: readonly Launched[], signal: AbortSignal): Promise<void>[] {
    const checked = launched.filter(({ definition }) => definition.healthCheck !== undefined);
    return checked.flatMap(({ definition: { healthCheck: check }, record, running }) =>
      check === undefined
        ? []
        : watchHealth({
            check,
            clock: this.#options.clock,
            signal,
            exec: (command, timeoutMs) => running.exec(command, timeoutMs),
            verdict: (health) => {
              record.healthStatus = health;
              task.healthStatus = worst(checked.map((container) => container.record));
              this.#options.changed(task);
              this.#judge(task);
            },
          }),
    );
  }

  /** Whether container health checks and load balancers find the task good; a task without either is given time. */
  #judge(task: TaskRecord): void {
    const { kind } = verdictOf(task, this.#options.world.loadBalancing);
    if (task.lastStatus !== 'RUNNING' || (!task.checked && kind === 'none')) return;
    if (task.checked && task.healthStatus !== 'HEALTHY') return;
    if (kind === 'healthy' || kind === 'none') this.#prove(task);
  }

  #prove(task: TaskRecord): void {
    if (task.proven || task.desiredStatus === 'STOPPED') return;
    task.proven = true;
    this.#options.changed(task);
  }

  #advance(task: TaskRecord, status: TaskStatus): void {
    if (taskStatuses.indexOf(status) <= taskStatuses.indexOf(task.lastStatus)) return;
    task.lastStatus = status;
    this.#options.changed(task);
  }

  #finish(task: TaskRecord, fallbackReason: string): void {
    task.desiredStatus = 'STOPPED';
    task.stopCode ??= 'TaskFailedToStart';
    task.stoppedReason ??= fallbackReason;
    task.stoppedAt = this.#now();
    for (const container of task.containers) container.lastStatus = 'STOPPED';
    this.#stopping.delete(task.id);
    this.#advance(task, 'STOPPED');
  }
}

function containerOf(task: TaskRecord, { name }: ContainerDefinition): Container {
  const container = task.containers.find((candidate) => candidate.name === name);
  if (container === undefined) throw new Error(`The task ${task.id} has no container ${name ?? ''}.`);
  return container;
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
