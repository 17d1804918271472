import type { ContainerDefinition, RegisterTaskDefinitionRequest, TaskDefinition } from '@aws-sdk/client-ecs';
import { clientException, invalidParameter, unsupported } from './errors.ts';
import { checkLogging } from './log-configuration.ts';
import type { TaskDefinitionRecord } from './model.ts';
import { checkSize, inUnits } from './task-size.ts';

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
  const networkMode = input.networkMode ?? 'bridge';
  checkKinds({ ...input, networkMode });
  checkSize(input);
  for (const container of containers) checkContainer(container, { taskMemory: input.memory, networkMode });
  const onFargate = input.requiresCompatibilities?.includes('FARGATE') === true;
  for (const container of containers) {
    checkLogging(container, { onFargate, executionRoleArn: input.executionRoleArn });
  }
  const definition = { ...input };
  delete definition.tags;
  // Deployers that copy a definition send an empty ARN for no role, and ECS takes it for that.
  if (definition.taskRoleArn === '') delete definition.taskRoleArn;
  if (definition.executionRoleArn === '') delete definition.executionRoleArn;
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

function checkKinds({
  networkMode,
  requiresCompatibilities = [],
}: Pick<RegisterTaskDefinitionRequest, 'networkMode' | 'requiresCompatibilities'>): void {
  if (!['awsvpc', 'bridge', 'host', 'none'].includes(String(networkMode))) {
    throw clientException(`Invalid network mode: ${String(networkMode)}.`);
  }
  const unknown = requiresCompatibilities.find(
    (kind) => !['EC2', 'EXTERNAL', 'FARGATE', 'MANAGED_INSTANCES'].includes(kind),
  );
  if (unknown !== undefined) throw clientException(`Invalid compatibility: ${unknown}.`);
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
  if ((container.memory ?? Infinity) < (container.memoryReservation ?? 0)) {
    throw clientException(
      `Invalid setting for container '${name}'. 'memory' must not be smaller than 'memoryReservation'.`,
    );
  }
  if ((container.cpu ?? 0) < 0) {
    throw clientException(`Invalid 'cpu' setting for container '${name}'. The value must not be negative.`);
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
  for (const { containerPort, hostPort, protocol = 'tcp' } of container.portMappings ?? []) {
    if (!['tcp', 'udp'].includes(protocol)) {
      throw clientException(`Invalid protocol for container '${name}': ${protocol}.`);
    }
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
