import { createHash } from 'node:crypto';
import type {
  CreateServiceCommandInput,
  RegisterTaskDefinitionCommandInput,
  Service,
  TaskDefinition as RegisteredTaskDefinition,
} from '@aws-sdk/client-ecs';
import { classify, type Aws } from '../aws/index.ts';
import type { ResolvedEnvironment } from '../config/index.ts';
import { errorMessage, Failure, retry, sleep } from '../github/index.ts';
import { latestRevision } from './preflight.ts';
import { isRegisteredFrom, type TaskDefinition } from './task-definition/build.ts';

const patience = { attempts: 10, baseMs: 500, random: Math.random, sleep };

/**
 * Registers a task definition, once. RegisterTaskDefinition has no client token: where no answer came, it may have
 * been applied, so the newest revision is looked at before it is asked for again.
 */
export async function register(
  aws: Aws,
  definition: TaskDefinition,
  signal: AbortSignal,
): Promise<RegisteredTaskDefinition> {
  const { RegisterTaskDefinitionCommand } = await import('@aws-sdk/client-ecs');
  return retry(
    async (attempt) => {
      if (attempt > 1) {
        const latest = await latestRevision(aws, definition.family ?? '');
        if (latest !== undefined && isRegisteredFrom(latest, definition)) return latest;
      }
      const answer = await (
        await aws.ecsOnce()
      ).send(new RegisterTaskDefinitionCommand(definition as RegisterTaskDefinitionCommandInput));
      if (answer.taskDefinition === undefined) throw new Failure('ECS registered no task definition');
      return answer.taskDefinition;
    },
    { ...patience, signal, isTransient: (error) => ['throttled', 'ambiguous'].includes(classify(error)) },
  );
}

/** Creates the service with its first task definition. The token makes a repeated call the same one. */
export async function createService(
  aws: Aws,
  environment: ResolvedEnvironment,
  taskDefinition: string,
): Promise<Service> {
  const { CreateServiceCommand } = await import('@aws-sdk/client-ecs');
  const { cluster, service } = environment.aws;
  const input: CreateServiceCommandInput = {
    cluster,
    serviceName: service,
    taskDefinition,
    desiredCount: environment.compute.count,
    launchType: environment.compute.launchType,
    clientToken: createHash('sha256')
      .update(`${cluster}/${service}/${taskDefinition}`)
      .digest('hex')
      .slice(0, 36),
    deploymentConfiguration: deploymentConfigurationOf(environment),
    ...networkOf(environment),
  };
  const answer = await (await aws.ecs()).send(new CreateServiceCommand(input));
  if (answer.service === undefined) throw new Failure('ECS created no service', { where: service });
  return answer.service;
}

/**
 * Moves the service to a task definition. Absolute, and safe to repeat: the same one again starts no deployment.
 * The desired count is never sent: it belongs to auto scaling.
 */
export async function updateService(
  aws: Aws,
  environment: ResolvedEnvironment,
  taskDefinition: string,
): Promise<Service> {
  const { UpdateServiceCommand } = await import('@aws-sdk/client-ecs');
  const { cluster, service } = environment.aws;
  const answer = await (
    await aws.ecs()
  ).send(
    new UpdateServiceCommand({
      cluster,
      service,
      taskDefinition,
      deploymentConfiguration: deploymentConfigurationOf(environment),
      ...networkOf(environment),
    }),
  );
  if (answer.service === undefined) throw new Failure('ECS updated no service', { where: service });
  return answer.service;
}

/** Asks for the rollback of a deployment. @returns why it could not be asked for, where it could not */
export async function requestRollback(aws: Aws, deploymentArn: string): Promise<string | undefined> {
  const { StopServiceDeploymentCommand } = await import('@aws-sdk/client-ecs');
  try {
    await (
      await aws.ecs()
    ).send(new StopServiceDeploymentCommand({ serviceDeploymentArn: deploymentArn, stopType: 'ROLLBACK' }));
    return undefined;
  } catch (error: unknown) {
    return errorMessage(error);
  }
}

function deploymentConfigurationOf({
  deploy,
}: ResolvedEnvironment): NonNullable<CreateServiceCommandInput['deploymentConfiguration']> {
  return {
    strategy: 'ROLLING',
    minimumHealthyPercent: deploy.minimumHealthy,
    maximumPercent: deploy.maximum,
    deploymentCircuitBreaker: { enable: deploy.circuitBreaker, rollback: deploy.circuitBreaker },
  };
}

function networkOf({
  network,
}: ResolvedEnvironment): Pick<CreateServiceCommandInput, 'networkConfiguration'> {
  if (network.mode !== 'awsvpc') return {};
  return {
    networkConfiguration: {
      awsvpcConfiguration: {
        subnets: network.subnets,
        securityGroups: network.securityGroups,
        assignPublicIp: network.assignPublicIp ? 'ENABLED' : 'DISABLED',
      },
    },
  };
}
