import type { ContainerDefinition, ContainerOverride } from '@aws-sdk/client-ecs';
import type { EcsWorld, ResolvedImage } from './world.ts';

/**
 * The whole environment of a container: the image's, then the task definition's, then its secrets, then the
 * overrides of a RunTask.
 *
 * @throws Error with ECS's `stoppedReason` where a secret cannot be read
 */
export function environmentOf(
  container: ContainerDefinition,
  image: ResolvedImage,
  override: ContainerOverride | undefined,
  { secrets }: EcsWorld,
  executionRoleArn: string | undefined,
): Record<string, string> {
  const environment: Record<string, string> = {};
  for (const line of image.config.Env ?? []) {
    const separator = line.indexOf('=');
    if (separator > 0) environment[line.slice(0, separator)] = line.slice(separator + 1);
  }
  for (const { name = '', value = '' } of container.environment ?? []) environment[name] = value;
  for (const { name = '', valueFrom = '' } of container.secrets ?? []) {
    const secret = secrets.read(valueFrom, executionRoleArn);
    if ('error' in secret) throw new Error(secret.error);
    environment[name] = secret.value;
  }
  for (const { name = '', value = '' } of override?.environment ?? []) environment[name] = value;
  return environment;
}

/**
 * Where a container's output goes, by its `awslogs` configuration: `prefix/container/task`.
 *
 * @returns what takes a line; `undefined` where the container has no such configuration
 * @throws Error with ECS's `stoppedReason` where there is no such log group, or no role that may write to it
 */
export function logStreamOf(
  container: ContainerDefinition,
  taskId: string,
  { logs, roles }: EcsWorld,
  executionRoleArn: string | undefined,
  now: () => number,
): ((line: string) => void) | undefined {
  if (container.logConfiguration?.logDriver !== 'awslogs') return undefined;
  const options = container.logConfiguration.options ?? {};
  const group = options['awslogs-group'] ?? '';
  const prefix = options['awslogs-stream-prefix'];
  if (executionRoleArn !== undefined && !roles.canBeAssumedByTasks(executionRoleArn)) {
    throw new Error(
      `ECS was unable to assume the role '${executionRoleArn}' that was provided for this task. Please verify that the role being passed has the proper trust relationship and permissions and that your IAM user has permissions to pass this role.`,
    );
  }
  if (!logs.hasGroup(group)) {
    if (options['awslogs-create-group'] !== 'true') {
      throw new Error(
        'ResourceInitializationError: failed to validate logger args: create stream has been retried 1 times: failed to create Cloudwatch log stream: ResourceNotFoundException: The specified log group does not exist. : exit status 1',
      );
    }
    logs.createGroup(group);
  }
  const stream = prefix === undefined ? taskId : `${prefix}/${container.name ?? ''}/${taskId}`;
  logs.createStream(group, stream);
  return (message) => logs.write(group, stream, { timestamp: now(), message });
}

/** @throws Error with ECS's `stoppedReason` where there is no such image */
export async function resolveImage({ images }: EcsWorld, reference: string): Promise<ResolvedImage> {
  const image = await images.resolve(reference);
  if (image === undefined) {
    throw new Error(
      `CannotPullContainerError: pull image manifest has been retried 1 time(s): failed to resolve ref ${reference}: not found`,
    );
  }
  return image;
}

/** An image's CMD belongs to its ENTRYPOINT: a task definition that replaces this one has none. */
export function defaultCommand(container: ContainerDefinition, image: ResolvedImage): readonly string[] {
  return container.entryPoint === undefined ? (image.config.Cmd ?? []) : [];
}
