import type { ContainerDefinition, RegisterTaskDefinitionRequest } from '@aws-sdk/client-ecs';
import { clientException } from './errors.ts';

/** Fargate's sizes: CPU units → the least and the most MiB, and the step between. Source: ECS, "Fargate task CPU and memory". */
const fargateSizes: Readonly<
  Record<string, { least: number; most: number; step: number; also?: readonly number[] }>
> = {
  256: { least: 1024, most: 2048, step: 1024, also: [512] },
  512: { least: 1024, most: 4096, step: 1024 },
  1024: { least: 2048, most: 8192, step: 1024 },
  2048: { least: 4096, most: 16_384, step: 1024 },
  4096: { least: 8192, most: 30_720, step: 1024 },
  8192: { least: 16_384, most: 61_440, step: 4096 },
  16384: { least: 32_768, most: 122_880, step: 8192 },
};

/** CPU units of a task on a container instance. Source: ECS, "Task definition parameters", Task size. */
const instanceCpu = { least: 128, most: 196_608 } as const;

type Sized = Pick<
  RegisterTaskDefinitionRequest,
  'cpu' | 'memory' | 'networkMode' | 'requiresCompatibilities' | 'containerDefinitions'
>;

/** `1024` or `1 vCPU`, `2048` or `2 GB`: ECS takes both, and answers the first. */
export function inUnits(size: string | undefined, unit: 'vCPU' | 'GB'): string | undefined {
  const match = new RegExp(`^(\\d+(?:\\.\\d+)?) ?${unit}$`, 'i').exec(size ?? '');
  return match === null ? size : String(Number(match[1]) * 1024);
}

/** @throws ClientException where the task's size is none that there is, or its containers do not fit into it */
export function checkSize(task: Sized): void {
  if (task.requiresCompatibilities?.includes('FARGATE') === true) checkFargate(task);
  else checkInstance(task);
  const containers = task.containerDefinitions ?? [];
  for (const member of ['cpu', 'memory', 'memoryReservation'] as const) {
    const of = member === 'cpu' ? 'cpu' : 'memory';
    const limit = task[of] === undefined ? Infinity : Number(task[of]);
    if (sumOf(containers, member) > limit) {
      throw clientException(
        `The sum of all container '${member}' values cannot be greater than the value of the task '${of}'.`,
      );
    }
  }
}

function sumOf(
  containers: readonly ContainerDefinition[],
  member: 'cpu' | 'memory' | 'memoryReservation',
): number {
  return containers.reduce((sum, container) => sum + (container[member] ?? 0), 0);
}

function checkFargate(task: Sized): void {
  if (task.networkMode !== 'awsvpc') {
    throw clientException('Fargate only supports network mode ‘awsvpc’.');
  }
  for (const member of ['cpu', 'memory'] as const) {
    if (task[member] === undefined) {
      throw clientException(`Fargate requires that '${member}' be defined at the task level.`);
    }
  }
  const size = fargateSizes[task.cpu ?? ''];
  const memory = Number(task.memory);
  const fits =
    size !== undefined &&
    (size.also?.includes(memory) === true ||
      (memory >= size.least && memory <= size.most && (memory - size.least) % size.step === 0));
  if (!fits) throw clientException('No Fargate configuration exists for given values.');
}

function checkInstance({ cpu, memory }: Sized): void {
  const units = cpu === undefined ? instanceCpu.least : Number(cpu);
  if (!(Number.isInteger(units) && units >= instanceCpu.least && units <= instanceCpu.most)) {
    throw clientException(
      "Invalid 'cpu' setting for task. For more information, see the Troubleshooting section of the Amazon ECS Developer Guide.",
    );
  }
  if (memory !== undefined && !(Number.isInteger(Number(memory)) && Number(memory) > 0)) {
    throw clientException("Invalid 'memory' setting for task.");
  }
}
