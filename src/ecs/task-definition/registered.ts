import type { TaskDefinition as RegisteredTaskDefinition } from '@aws-sdk/client-ecs';
import { classify, errorName, type Aws } from '../../aws/index.ts';
import { Failure, retry, sleep } from '../../github/index.ts';
import { isRegisteredFrom, type TaskDefinition } from './build.ts';

/**
 * @param reference an ARN, `family:revision`, or a family for its newest active revision
 * @returns `undefined` where there is none
 */
export async function findTaskDefinition(
  aws: Aws,
  reference: string,
): Promise<RegisteredTaskDefinition | undefined> {
  const { DescribeTaskDefinitionCommand } = await import('@aws-sdk/client-ecs');
  try {
    const answer = await (
      await aws.ecs()
    ).send(new DescribeTaskDefinitionCommand({ taskDefinition: reference }));
    return answer.taskDefinition;
  } catch (error: unknown) {
    // ECS has no name of its own for one that is not there.
    if (errorName(error) === 'ClientException') return undefined;
    throw error;
  }
}

/**
 * Registers a task definition, once. RegisterTaskDefinition has no client token: where no answer came, it may have
 * been applied, so the newest revision is looked at before it is asked for again.
 */
export async function registerTaskDefinition(
  aws: Aws,
  definition: TaskDefinition,
  { random, signal }: { readonly random: () => number; readonly signal: AbortSignal },
): Promise<RegisteredTaskDefinition> {
  return retry(
    async (attempt) => {
      if (attempt > 1) {
        const latest = await findTaskDefinition(aws, definition.family ?? '');
        if (latest !== undefined && isRegisteredFrom(latest, definition)) return latest;
      }
      return firstOf(aws, await send(aws, definition, signal), definition);
    },
    {
      attempts: 10,
      baseMs: 500,
      random,
      sleep,
      signal,
      isTransient: (error) => ['throttled', 'ambiguous'].includes(classify(error)),
    },
  );
}

/**
 * Two runners that start together both register, as neither sees the other's. Each takes the lowest revision of those
 * in a row that are of this release, so that both move the service to the same one.
 */
async function firstOf(
  aws: Aws,
  registered: RegisteredTaskDefinition,
  definition: TaskDefinition,
): Promise<RegisteredTaskDefinition> {
  const { family, revision = 1 } = registered;
  if (family === undefined || revision === 1) return registered;
  const before = await findTaskDefinition(aws, `${family}:${revision - 1}`);
  return before !== undefined && before.status === 'ACTIVE' && isRegisteredFrom(before, definition)
    ? firstOf(aws, before, definition)
    : registered;
}

async function send(
  aws: Aws,
  definition: TaskDefinition,
  abortSignal: AbortSignal,
): Promise<RegisteredTaskDefinition> {
  const { RegisterTaskDefinitionCommand } = await import('@aws-sdk/client-ecs');
  const command = new RegisterTaskDefinitionCommand(definition);
  // The SDK writes the fields that it knows, and drops the others without a word. Those of a user's own task
  // definition may be newer than this SDK, so the request carries the definition as it is.
  command.middlewareStack.add(
    (next) => (parameters) => {
      (parameters.request as { body?: unknown }).body = JSON.stringify(definition);
      return next(parameters);
    },
    // The length is counted in the step `build`, at low priority.
    { step: 'build', priority: 'high', name: 'sendAsWritten' },
  );
  const { taskDefinition } = await (await aws.ecsOnce()).send(command, { abortSignal });
  if (taskDefinition === undefined) throw new Failure('ECS registered no task definition');
  return taskDefinition;
}
