import type { Container, ContainerDefinition } from '@aws-sdk/client-ecs';
import type { Clock } from '../clock.ts';
import { defaultCommand, environmentOf, logStreamOf, resolveImage } from './containers.ts';
import type { RunningContainer, TaskDriver } from './drivers/driver.ts';
import type { TaskRecord } from './model.ts';
import { hostPortsOf } from './ports.ts';
import type { TaskRequest } from './task-record.ts';
import type { EcsWorld, ResolvedImage } from './world.ts';

/** A container of a task, and what the driver runs for it. */
export interface Launched {
  readonly definition: ContainerDefinition;
  /** What DescribeTasks answers for it. */
  readonly record: Container;
  readonly running: RunningContainer;
}

/** A container whose image is there. */
export interface Pulled {
  readonly definition: ContainerDefinition;
  readonly image: ResolvedImage;
}

/**
 * Finds the images of all of a task's containers, in their order, and writes the digests into its record.
 * @throws Error with ECS's `stoppedReason` where there is no such image
 */
export async function pullImages(
  task: TaskRecord,
  { definition: { definition } }: TaskRequest,
  world: EcsWorld,
): Promise<Pulled[]> {
  const pulled: Pulled[] = [];
  for (const container of definition.containerDefinitions) {
    const image = await resolveImage(world, container.image ?? '');
    containerOf(task, container).imageDigest = image.digest;
    pulled.push({ definition: container, image });
  }
  return pulled;
}

/**
 * Starts one container of a task and writes it down as RUNNING, with its ports.
 * @throws Error with ECS's `stoppedReason` where it cannot be started
 */
export async function launchContainer(
  task: TaskRecord,
  { definition: { definition }, overrides }: TaskRequest,
  { definition: container, image }: Pulled,
  { world, driver, clock }: { readonly world: EcsWorld; readonly driver: TaskDriver; readonly clock: Clock },
): Promise<Launched> {
  const override = overrides.containerOverrides?.find(({ name }) => name === container.name);
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
    memoryMiB: container.memory ?? (definition.memory === undefined ? undefined : Number(definition.memory)),
    onOutput: (line) => output?.(line),
  });
  const record = containerOf(task, container);
  record.runtimeId = running.runtimeId;
  record.lastStatus = 'RUNNING';
  record.networkBindings = ports.map((port) => ({ bindIP: '127.0.0.1', ...port }));
  return { definition: container, record, running };
}

function containerOf(task: TaskRecord, { name }: ContainerDefinition): Container {
  const container = task.containers.find((candidate) => candidate.name === name);
  if (container === undefined) throw new Error(`The task ${task.id} has no container ${name ?? ''}.`);
  return container;
}
