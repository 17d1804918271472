import { randomBytes } from 'node:crypto';
import { createServer } from 'node:net';
import type { Container, ContainerDefinition, Tag } from '@aws-sdk/client-ecs';
import type { Clock } from '../clock.ts';
import type { RunningContainer, TaskDriver } from './drivers/driver.ts';
import {
  taskStatuses,
  type ClusterRecord,
  type TaskDefinitionRecord,
  type TaskRecord,
  type TaskStatus,
} from './model.ts';
import type { EcsWorld, ResolvedImage } from './world.ts';

export interface TaskRequest {
  readonly cluster: ClusterRecord;
  readonly definition: TaskDefinitionRecord;
  readonly group: string;
  readonly startedBy: string;
  readonly launchType: TaskRecord['launchType'];
  readonly overrides: Overrides;
  readonly tags: readonly Tag[];
}

export interface Overrides {
  readonly containerOverrides?: readonly {
    readonly name?: string;
    readonly command?: readonly string[];
    readonly environment?: readonly { readonly name?: string; readonly value?: string }[];
  }[];
}

export interface TasksOptions {
  readonly world: EcsWorld;
  readonly clock: Clock;
  readonly driver: TaskDriver;
  /** Called after every change of a task. */
  readonly changed: (task: TaskRecord) => void;
  readonly log: (message: string) => void;
}

/** Stopped tasks can be described for about an hour, as on AWS. */
const stoppedKeptMs = 3_600_000;
const defaultStopTimeoutSeconds = 30;

interface Runtime {
  readonly stopping: AbortController;
  containers: { definition: ContainerDefinition; running: RunningContainer }[];
}

/** The tasks of all clusters: started, watched, stopped. A task's record is what DescribeTasks answers. */
export class Tasks {
  readonly #options: TasksOptions;
  readonly #tasks = new Map<string, TaskRecord>();
  readonly #runtimes = new Map<string, Runtime>();
  readonly #lives = new Set<Promise<void>>();

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

  /** Creates a task and lets it live; its record says how it goes. */
  start(request: TaskRequest): TaskRecord {
    const { definition, cluster } = request;
    const id = randomBytes(16).toString('hex');
    const arn = `${cluster.arn.replace(':cluster/', ':task/')}/${id}`;
    const task: TaskRecord = {
      id,
      arn,
      clusterArn: cluster.arn,
      group: request.group,
      startedBy: request.startedBy,
      taskDefinitionArn: definition.arn,
      launchType: request.launchType,
      createdAt: this.#now(),
      overrides: request.overrides,
      tags: [...request.tags],
      lastStatus: 'PROVISIONING',
      desiredStatus: 'RUNNING',
      healthStatus: 'UNKNOWN',
      everHealthy: false,
      containers: definition.definition.containerDefinitions.map((container) => ({
        containerArn: `${arn.replace(':task/', ':container/')}/${randomBytes(16).toString('hex')}`,
        taskArn: arn,
        name: container.name ?? '',
        image: container.image ?? '',
        lastStatus: 'PENDING',
        healthStatus: 'UNKNOWN',
        networkInterfaces: [],
        networkBindings: [],
        cpu: String(container.cpu ?? 0),
      })),
      hostPorts: staticHostPorts(definition),
    };
    this.#tasks.set(id, task);
    const runtime: Runtime = { stopping: new AbortController(), containers: [] };
    this.#runtimes.set(id, runtime);
    const life = this.#live(task, request, runtime).catch((error: unknown) => {
      this.#options.log(
        `Task ${id}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
      );
      this.#finish(task, 'TaskFailedToStart', 'The rehearsal itself failed; its log says more.');
    });
    this.#lives.add(life);
    void life.finally(() => this.#lives.delete(life));
    return task;
  }

  /** Asks a task to stop. The first reason stands. */
  stop(task: TaskRecord, stopCode: string, stoppedReason: string): void {
    if (task.desiredStatus === 'STOPPED') return;
    task.desiredStatus = 'STOPPED';
    task.stopCode = stopCode;
    task.stoppedReason = stoppedReason;
    task.stoppingAt = this.#now();
    this.#options.changed(task);
    this.#runtimes.get(task.id)?.stopping.abort();
  }

  /** Stops every task and waits for all of them. */
  async stopAll(): Promise<void> {
    for (const task of this.#tasks.values()) this.stop(task, 'TerminationNotice', 'The rehearsal stopped.');
    await Promise.all(this.#lives);
  }

  #now(): number {
    return this.#options.clock.now().getTime();
  }

  async #live(task: TaskRecord, request: TaskRequest, runtime: Runtime): Promise<void> {
    const { signal } = runtime.stopping;
    try {
      await this.#bringUp(task, request, runtime);
    } catch (error: unknown) {
      const reason = error instanceof Error ? error.message : String(error);
      if (task.desiredStatus === 'RUNNING') this.stop(task, 'TaskFailedToStart', reason);
      for (const container of task.containers) {
        if (container.lastStatus === 'PENDING') container.reason = reason;
      }
    }
    if (!signal.aborted) {
      const ended = runtime.containers.map(async ({ definition, running }) => {
        const { exitCode, reason } = await running.exited;
        const container = containerOf(task, definition);
        container.exitCode = exitCode;
        container.lastStatus = 'STOPPED';
        if (reason !== undefined) container.reason = reason;
        if (definition.essential !== false)
          this.stop(task, 'EssentialContainerExited', 'Essential container in task exited');
      });
      const watches = runtime.containers.map((container) => this.#watchHealth(task, container, signal));
      await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
      await this.#takeDown(task, runtime);
      await Promise.all([...ended, ...watches]);
    } else {
      await this.#takeDown(task, runtime);
    }
    this.#finish(task, task.stopCode ?? 'EssentialContainerExited', task.stoppedReason ?? '');
  }

  async #bringUp(task: TaskRecord, request: TaskRequest, runtime: Runtime): Promise<void> {
    const { world, driver } = this.#options;
    const { definition } = request.definition;
    this.#advance(task, 'PENDING');
    const images = new Map<string, ResolvedImage>();
    for (const container of definition.containerDefinitions) {
      const image = await world.images.resolve(container.image ?? '');
      if (image === undefined) {
        throw new Error(
          `CannotPullContainerError: pull image manifest has been retried 1 time(s): failed to resolve ref ${container.image ?? ''}: not found`,
        );
      }
      images.set(container.name ?? '', image);
      containerOf(task, container).imageDigest = image.digest;
    }
    this.#advance(task, 'ACTIVATING');
    for (const container of definition.containerDefinitions) {
      if (runtime.stopping.signal.aborted) return;
      const image = images.get(container.name ?? '');
      if (image === undefined) continue;
      const override = request.overrides.containerOverrides?.find(({ name }) => name === container.name);
      const environment = this.#environmentOf(container, image, override, definition.executionRoleArn);
      const output = this.#logStream(container, task.id, definition.executionRoleArn);
      const ports = await Promise.all(
        (container.portMappings ?? []).map(async ({ containerPort = 0, hostPort = 0, protocol = 'tcp' }) => ({
          containerPort,
          hostPort: hostPort === 0 || definition.networkMode === 'awsvpc' ? await freePort() : hostPort,
          protocol,
        })),
      );
      const running = await driver.start({
        taskId: task.id,
        name: container.name ?? '',
        image,
        imageReference: container.image ?? '',
        entryPoint: container.entryPoint ?? image.config.Entrypoint ?? [],
        command: override?.command ?? container.command ?? image.config.Cmd ?? [],
        workingDirectory: container.workingDirectory ?? image.config.WorkingDir ?? '/',
        user: container.user ?? image.config.User ?? '',
        environment,
        ports,
        memoryMiB:
          container.memory ?? (definition.memory === undefined ? undefined : Number(definition.memory)),
        onOutput: (line) => output?.(line),
      });
      runtime.containers.push({ definition: container, running });
      const record = containerOf(task, container);
      record.runtimeId = running.runtimeId;
      record.lastStatus = 'RUNNING';
      record.networkBindings = ports.map((port) => ({ bindIP: '127.0.0.1', ...port }));
    }
    task.startedAt = this.#now();
    task.everHealthy = !definition.containerDefinitions.some(({ healthCheck }) => healthCheck !== undefined);
    this.#advance(task, 'RUNNING');
  }

  #environmentOf(
    container: ContainerDefinition,
    image: ResolvedImage,
    override: NonNullable<Overrides['containerOverrides']>[number] | undefined,
    executionRoleArn: string | undefined,
  ): Record<string, string> {
    const environment: Record<string, string> = {};
    for (const line of image.config.Env ?? []) {
      const separator = line.indexOf('=');
      environment[line.slice(0, separator)] = line.slice(separator + 1);
    }
    for (const { name = '', value = '' } of container.environment ?? []) environment[name] = value;
    for (const { name = '', valueFrom = '' } of container.secrets ?? []) {
      const secret = this.#options.world.secrets.read(valueFrom, executionRoleArn);
      if ('error' in secret) throw new Error(secret.error);
      environment[name] = secret.value;
    }
    for (const { name = '', value = '' } of override?.environment ?? []) environment[name] = value;
    return environment;
  }

  /** Where the container's output goes, by its `awslogs` configuration. */
  #logStream(
    container: ContainerDefinition,
    taskId: string,
    executionRoleArn: string | undefined,
  ): ((line: string) => void) | undefined {
    const configuration = container.logConfiguration;
    if (configuration?.logDriver !== 'awslogs') return undefined;
    const { logs, roles } = this.#options.world;
    const options = configuration.options ?? {};
    const group = options['awslogs-group'] ?? '';
    if (executionRoleArn !== undefined && !roles.canBeAssumedByTasks(executionRoleArn)) {
      throw new Error(
        `ECS was unable to assume the role '${executionRoleArn}' that was provided for this task. Please verify that the role being passed has the proper trust relationship and permissions and that your IAM user has permissions to pass this role.`,
      );
    }
    if (!logs.hasGroup(group)) {
      if (options['awslogs-create-group'] !== 'true') {
        throw new Error(
          `ResourceInitializationError: failed to validate logger args: create stream has been retried 1 times: failed to create Cloudwatch log stream: ResourceNotFoundException: The specified log group does not exist. : exit status 1`,
        );
      }
      logs.createGroup(group);
    }
    const prefix = options['awslogs-stream-prefix'];
    const stream = prefix === undefined ? taskId : `${prefix}/${container.name ?? ''}/${taskId}`;
    logs.createStream(group, stream);
    return (message) => logs.write(group, stream, { timestamp: Date.now(), message });
  }

  /** Runs a container's health check as ECS does: every `interval`, unhealthy after `retries` failures past `startPeriod`. */
  async #watchHealth(
    task: TaskRecord,
    { definition, running }: Runtime['containers'][number],
    signal: AbortSignal,
  ): Promise<void> {
    const check = definition.healthCheck;
    if (check === undefined) return;
    const { clock } = this.#options;
    const graceEnds = this.#now() + (check.startPeriod ?? 0) * 1000;
    let failures = 0;
    // ECS runs the first check after one interval. A container that is up sooner is asked a little sooner here
    // while it is starting, every second of the cloud's time, so that a rehearsal is not mostly waiting.
    while (!signal.aborted) {
      const healthy = containerOf(task, definition).healthStatus === 'HEALTHY';
      const waitMs =
        healthy || failures > 0
          ? (check.interval ?? 30) * 1000
          : Math.min(1000, (check.interval ?? 30) * 1000);
      try {
        await clock.sleep(waitMs, signal);
      } catch {
        return;
      }
      const exitCode = await running.exec(check.command ?? [], (check.timeout ?? 5) * 1000);
      if (signal.aborted) return;
      if (exitCode === 0) {
        failures = 0;
        this.#judge(task, definition, 'HEALTHY');
      } else if (this.#now() >= graceEnds) {
        failures += 1;
        if (failures >= (check.retries ?? 3)) this.#judge(task, definition, 'UNHEALTHY');
      }
    }
  }

  #judge(task: TaskRecord, definition: ContainerDefinition, health: 'HEALTHY' | 'UNHEALTHY'): void {
    const container = containerOf(task, definition);
    if (container.healthStatus === health) return;
    container.healthStatus = health;
    const checked = task.containers.filter(({ healthStatus }) => healthStatus !== 'UNKNOWN');
    task.healthStatus = checked.some(({ healthStatus }) => healthStatus === 'UNHEALTHY')
      ? 'UNHEALTHY'
      : health;
    if (task.healthStatus === 'HEALTHY') task.everHealthy = true;
    this.#options.changed(task);
  }

  async #takeDown(task: TaskRecord, runtime: Runtime): Promise<void> {
    this.#advance(task, 'DEACTIVATING');
    this.#advance(task, 'STOPPING');
    await Promise.all(
      runtime.containers.map(async ({ definition, running }) => {
        await running.stop((definition.stopTimeout ?? defaultStopTimeoutSeconds) * 1000);
        const { exitCode } = await running.exited;
        const container = containerOf(task, definition);
        container.exitCode ??= exitCode;
        container.lastStatus = 'STOPPED';
      }),
    );
  }

  #advance(task: TaskRecord, status: TaskStatus): void {
    if (taskStatuses.indexOf(status) <= taskStatuses.indexOf(task.lastStatus)) return;
    task.lastStatus = status;
    this.#options.changed(task);
  }

  #finish(task: TaskRecord, stopCode: string, stoppedReason: string): void {
    task.desiredStatus = 'STOPPED';
    task.stopCode ??= stopCode;
    task.stoppedReason ??= stoppedReason;
    task.stoppedAt = this.#now();
    for (const container of task.containers) container.lastStatus = 'STOPPED';
    this.#runtimes.delete(task.id);
    this.#advance(task, 'STOPPED');
  }
}

export function staticHostPorts({ definition }: TaskDefinitionRecord): number[] {
  if (definition.networkMode === 'awsvpc') return [];
  return definition.containerDefinitions
    .flatMap(({ portMappings }) => portMappings ?? [])
    .flatMap(({ hostPort }) => (hostPort === undefined || hostPort === 0 ? [] : [hostPort]));
}

function containerOf(task: TaskRecord, definition: ContainerDefinition): Container {
  const container = task.containers.find(({ name }) => name === definition.name);
  if (container === undefined)
    throw new Error(`The task ${task.id} has no container ${definition.name ?? ''}.`);
  return container;
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}
