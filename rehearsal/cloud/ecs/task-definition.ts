import type { ContainerDefinition, RegisterTaskDefinitionRequest, TaskDefinition } from '@aws-sdk/client-ecs';
import { clientException, invalidParameter, unsupported } from './errors.ts';
import type { TaskDefinitionRecord } from './model.ts';

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

/**
 * Checks a task definition as RegisterTaskDefinition does, and fills in ECS's defaults.
 * @throws ServiceError with ECS's exception
 */
export function checkedDefinition(given: RegisterTaskDefinitionRequest): TaskDefinitionRecord['definition'] {
  const input = { ...given, cpu: inUnits(given.cpu, 'vCPU'), memory: inUnits(given.memory, 'GB') };
  const family = input.family ?? '';
  if (!/^[A-Za-z0-9_-]{1,255}$/.test(family)) {
    throw clientException(
      'Family contains invalid characters. Only letters, numbers, hyphens and underscores are allowed, up to 255 characters.',
    );
  }
  const containers = input.containerDefinitions ?? [];
  if (containers.length === 0) throw clientException('Container definitions list cannot be empty.');
  if (containers.length > 10)
    throw clientException('A task definition can have at most 10 container definitions.');
  const names = containers.map(({ name }) => name ?? '');
  const repeated = names.find((name, index) => names.indexOf(name) !== index);
  if (repeated !== undefined) throw clientException(`Container.name contains duplicate value: ${repeated}.`);
  if (!containers.some(({ essential = true }) => essential)) {
    throw clientException('Task definition does not have any essential containers.');
  }
  const fargate = input.requiresCompatibilities?.includes('FARGATE') === true;
  const networkMode = input.networkMode ?? 'bridge';
  if (fargate) checkFargate(input);
  for (const container of containers) checkContainer(container, { taskMemory: input.memory, networkMode });
  const definition = { ...input };
  delete definition.tags;
  return {
    ...definition,
    family,
    volumes: input.volumes ?? [],
    placementConstraints: input.placementConstraints ?? [],
    containerDefinitions: containers.map((container) => ({
      ...container,
      cpu: container.cpu ?? 0,
      essential: container.essential ?? true,
      environment: container.environment ?? [],
      mountPoints: container.mountPoints ?? [],
      volumesFrom: container.volumesFrom ?? [],
      systemControls: container.systemControls ?? [],
      portMappings: (container.portMappings ?? []).map((mapping) => ({
        ...mapping,
        hostPort:
          networkMode === 'bridge' ? (mapping.hostPort ?? 0) : (mapping.hostPort ?? mapping.containerPort),
        protocol: mapping.protocol ?? 'tcp',
      })),
      ...(container.healthCheck === undefined
        ? {}
        : {
            healthCheck: {
              ...container.healthCheck,
              interval: container.healthCheck.interval ?? 30,
              timeout: container.healthCheck.timeout ?? 5,
              retries: container.healthCheck.retries ?? 3,
            },
          }),
    })),
  };
}

function checkFargate(input: RegisterTaskDefinitionRequest): void {
  if (input.networkMode !== 'awsvpc') {
    throw clientException('Fargate only supports network mode ‘awsvpc’.');
  }
  for (const member of ['cpu', 'memory'] as const) {
    if (input[member] === undefined) {
      throw clientException(`Fargate requires that '${member}' be defined at the task level.`);
    }
  }
  const size = fargateSizes[input.cpu ?? ''];
  const memory = Number(input.memory);
  const fits =
    size !== undefined &&
    (size.also?.includes(memory) === true ||
      (memory >= size.least && memory <= size.most && (memory - size.least) % size.step === 0));
  if (!fits) throw clientException('No Fargate configuration exists for given values.');
}

/** `1024` or `1 vCPU`, `2048` or `2 GB`: ECS takes both, and answers the first. */
function inUnits(size: string | undefined, unit: 'vCPU' | 'GB'): string | undefined {
  const match = new RegExp(`^(\\d+(?:\\.\\d+)?) ?${unit}$`, 'i').exec(size ?? '');
  return match === null ? size : String(Number(match[1]) * 1024);
}

function checkContainer(
  container: ContainerDefinition,
  { taskMemory, networkMode }: { taskMemory: string | undefined; networkMode: string },
): void {
  const { name = '', image = '' } = container;
  if (name === '') throw clientException('Container.name should not be null or empty.');
  if (!/^[A-Za-z0-9_-]{1,255}$/.test(name)) {
    throw clientException(`Container.name contains invalid characters: ${name}.`);
  }
  if (image === '') throw clientException('Container.image should not be null or empty.');
  if (/\s/.test(image)) throw clientException('Container.image contains invalid characters.');
  if (
    taskMemory === undefined &&
    container.memory === undefined &&
    container.memoryReservation === undefined
  ) {
    throw clientException(
      `Invalid setting for container '${name}'. At least one of 'memory' or 'memoryReservation' must be specified.`,
    );
  }
  if ((container.memory ?? 6) < 6) {
    throw clientException(
      `Invalid 'memory' setting for container '${name}'. The value should be at least 6 MiB.`,
    );
  }
  const refused: readonly (readonly [readonly unknown[] | undefined, string])[] = [
    [container.environmentFiles, 'Environment files'],
    [container.mountPoints, 'Mount points'],
    [container.volumesFrom, 'Volumes from other containers'],
    [container.dependsOn, 'Dependencies between containers'],
  ];
  for (const [given, what] of refused) {
    if (given !== undefined && given.length > 0) {
      throw unsupported(`${what} (container '${name}'): the rehearsal does not have this yet.`);
    }
  }
  checkNames('environment variable', container.environment ?? []);
  checkNames('secret', container.secrets ?? []);
  for (const { name: secret = '', valueFrom = '' } of container.secrets ?? []) {
    if (valueFrom === '')
      throw clientException(
        `The secret name must be unique and not shared with any new or existing environment variables set on the container, such as '${secret}'.`,
      );
    if ((container.environment ?? []).some((variable) => variable.name === secret)) {
      throw clientException(
        `The secret name must be unique and not shared with any new or existing environment variables set on the container, such as '${secret}'.`,
      );
    }
  }
  const [kind] = container.healthCheck?.command ?? ['CMD'];
  if (container.healthCheck !== undefined && kind !== 'CMD' && kind !== 'CMD-SHELL') {
    throw clientException("Health check command must begin with 'CMD' or 'CMD-SHELL'.");
  }
  checkRange('healthCheck interval', container.healthCheck?.interval, 5, 300);
  checkRange('healthCheck timeout', container.healthCheck?.timeout, 2, 60);
  checkRange('healthCheck retries', container.healthCheck?.retries, 1, 10);
  checkRange('healthCheck startPeriod', container.healthCheck?.startPeriod, 0, 300);
  checkRange('stopTimeout', container.stopTimeout, 0, 120);
  for (const { containerPort, hostPort } of container.portMappings ?? []) {
    checkRange('containerPort', containerPort, 0, 65_535);
    checkRange('hostPort', hostPort, 0, 65_535);
    if (networkMode !== 'bridge' && hostPort !== undefined && hostPort !== containerPort) {
      throw clientException(
        `When networkMode=${networkMode}, the host ports and container ports in port mappings must match.`,
      );
    }
  }
}

function checkNames(what: string, entries: readonly { name?: string | undefined }[]): void {
  const names = entries.map(({ name }) => name ?? '');
  if (names.includes('')) throw clientException(`The ${what} name cannot be null or empty.`);
  const repeated = names.find((name, index) => names.indexOf(name) !== index);
  // ECS keeps the last of two environment variables of one name; two secrets of one name it refuses.
  if (repeated !== undefined && what === 'secret') {
    throw clientException(
      `The secret name must be unique and not shared with any new or existing environment variables set on the container, such as '${repeated}'.`,
    );
  }
}

function checkRange(what: string, value: number | undefined, least: number, most: number): void {
  if (value !== undefined && !(Number.isInteger(value) && value >= least && value <= most)) {
    throw invalidParameter(`Invalid value ${value} for ${what}: it must be between ${least} and ${most}.`);
  }
}

/** A record as DescribeTaskDefinition answers it. */
export function describedDefinition(record: TaskDefinitionRecord): TaskDefinition {
  const { definition } = record;
  return {
    ...definition,
    taskDefinitionArn: record.arn,
    revision: record.revision,
    status: record.status,
    registeredAt: new Date(record.registeredAt),
    registeredBy: record.registeredBy,
    ...(record.deregisteredAt === undefined ? {} : { deregisteredAt: new Date(record.deregisteredAt) }),
    compatibilities: definition.networkMode === 'awsvpc' ? ['EC2', 'FARGATE'] : ['EC2'],
    requiresAttributes: [],
  };
}
