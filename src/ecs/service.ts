import { createHash } from 'node:crypto';
import type { CreateServiceCommandInput, Service, UpdateServiceCommandInput } from '@aws-sdk/client-ecs';
import { classify, type Aws } from '../aws/index.ts';
import type { ResolvedEnvironment } from '../config/index.ts';
import { Failure, retry, sleep } from '../github/index.ts';
import { askBriefly } from './ask-briefly.ts';
import { describeService } from './observe.ts';
import { serviceShapeOf } from './service-input.ts';

/** What a service is moved to. */
export interface Target {
  /** The ARN of the task definition. */
  readonly taskDefinition: string;
  /** The container in it that is the service's own. */
  readonly container: string;
}

export interface WriteOptions {
  readonly random: () => number;
  readonly signal: AbortSignal;
}

/**
 * Creates the service with its first task definition. The token makes a repeated call the same one; it is of this
 * task definition, so that a later service of the same name is another.
 */
export async function createService(
  aws: Aws,
  environment: ResolvedEnvironment,
  target: Target,
  { signal }: Pick<WriteOptions, 'signal'>,
): Promise<Service> {
  const { CreateServiceCommand } = await import('@aws-sdk/client-ecs');
  const { cluster, service } = environment.aws;
  const input: CreateServiceCommandInput = {
    cluster,
    serviceName: service,
    taskDefinition: target.taskDefinition,
    desiredCount: environment.compute.count,
    launchType: environment.compute.launchType,
    // At most 36 characters.
    clientToken: createHash('sha256')
      .update(`${cluster}/${service}/${target.taskDefinition}`)
      .digest('hex')
      .slice(0, 36),
    ...serviceShapeOf(environment, target.container),
  };
  const answer = await (await aws.ecs()).send(new CreateServiceCommand(input), { abortSignal: signal });
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
  target: Target,
  { signal }: Pick<WriteOptions, 'signal'>,
): Promise<Service> {
  const { UpdateServiceCommand } = await import('@aws-sdk/client-ecs');
  const input = updateOf(environment, target);
  return updated(
    await (await aws.ecs()).send(new UpdateServiceCommand(input), { abortSignal: signal }),
    environment,
  );
}

/**
 * Deploys the task definition that the service has already: after its last deployment failed, with nothing to go back
 * to. A second forced deployment would replace the first, so that one whose answer was lost is looked for before it is
 * asked for again.
 *
 * @param before the service, as it was before
 */
export async function redeployService(
  aws: Aws,
  environment: ResolvedEnvironment,
  target: Target,
  before: Service,
  { random, signal }: WriteOptions,
): Promise<Service> {
  const { UpdateServiceCommand } = await import('@aws-sdk/client-ecs');
  const input = { ...updateOf(environment, target), forceNewDeployment: true };
  return retry(
    async (attempt) => {
      if (attempt > 1) {
        const now = await describeService(aws, environment.aws);
        if (now !== undefined && primaryOf(now) !== primaryOf(before)) return now;
      }
      const answer = await (
        await aws.ecsOnce()
      ).send(new UpdateServiceCommand(input), { abortSignal: signal });
      return updated(answer, environment);
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

/** The deployment, in the older sense of the word, that a service moves to: `ecs-svc/…`. Each new one has a new id. */
export function primaryOf({ deployments }: Service): string | undefined {
  return deployments?.find(({ status }) => status === 'PRIMARY')?.id;
}

/**
 * Asks for the rollback of a deployment, for a few seconds; asking again is harmless.
 * @returns why it could not be asked for, where it could not
 */
export async function requestRollback(aws: Aws, deploymentArn: string): Promise<string | undefined> {
  const { StopServiceDeploymentCommand } = await import('@aws-sdk/client-ecs');
  const input = { serviceDeploymentArn: deploymentArn, stopType: 'ROLLBACK' as const };
  return askBriefly(aws, (ecs, options) => ecs.send(new StopServiceDeploymentCommand(input), options));
}

function updateOf(environment: ResolvedEnvironment, target: Target): UpdateServiceCommandInput {
  const { cluster, service } = environment.aws;
  return {
    cluster,
    service,
    taskDefinition: target.taskDefinition,
    ...serviceShapeOf(environment, target.container),
  };
}

function updated({ service }: { service?: Service | undefined }, { aws }: ResolvedEnvironment): Service {
  if (service === undefined) throw new Failure('ECS updated no service', { where: aws.service });
  return service;
}
