import type { Service, TaskDefinition as RegisteredTaskDefinition } from '@aws-sdk/client-ecs';
import { errorName, type Aws } from '../../aws/index.ts';
import type { ResolvedEnvironment } from '../../config/index.ts';
import { parseByDigest } from '../../image/reference.ts';
import { describeService } from '../observe.ts';
import { logGroupOf, type Release } from '../task-definition/build.ts';
import { findTaskDefinition } from '../task-definition/registered.ts';

/** What has to be known before anything is touched. A part that could not be read says why. */
export interface Gathered {
  readonly account: Read<string>;
  readonly cluster: Read<{ readonly isActive: boolean; readonly instances: number }>;
  readonly service: Read<Service | undefined>;
  /** The newest revision of the family. */
  readonly latest: Read<RegisteredTaskDefinition | undefined>;
  readonly image: Read<boolean>;
  readonly logGroup: Read<boolean>;
  /** ARN by name; `undefined` where there is no such secret. */
  readonly secrets: Readonly<Record<string, Read<string | undefined>>>;
}

export type Read<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: unknown };

/** Asks everything at once. Reads only. */
export async function gather(
  aws: Aws,
  environment: ResolvedEnvironment,
  release: Release,
  family: string,
): Promise<Gathered> {
  const { cluster } = environment.aws;
  const [account, clusters, services, latest, image, logGroup, ...secrets] = await Promise.all([
    read(async () => {
      const { GetCallerIdentityCommand } = await import('@aws-sdk/client-sts');
      return (await (await aws.sts()).send(new GetCallerIdentityCommand({}))).Account ?? '';
    }),
    read(async () => {
      const { DescribeClustersCommand } = await import('@aws-sdk/client-ecs');
      const answer = await (await aws.ecs()).send(new DescribeClustersCommand({ clusters: [cluster] }));
      const [found] = answer.clusters ?? [];
      return {
        isActive: found?.status === 'ACTIVE',
        instances: found?.registeredContainerInstancesCount ?? 0,
      };
    }),
    read(() => describeService(aws, environment.aws)),
    read(() => findTaskDefinition(aws, family)),
    read(() => imageExists(aws, release.image)),
    read(async () => {
      const { DescribeLogGroupsCommand } = await import('@aws-sdk/client-cloudwatch-logs');
      const name = logGroupOf(environment);
      const answer = await (
        await aws.logs()
      ).send(new DescribeLogGroupsCommand({ logGroupNamePrefix: name }));
      return answer.logGroups?.some(({ logGroupName }) => logGroupName === name) === true;
    }),
    ...secretNames(environment).map(async (name) => ({ name, read: await read(() => secretArn(aws, name)) })),
  ]);
  return {
    account,
    cluster: clusters,
    // Without its cluster there is nothing to say about the service.
    service: clusters.ok && !clusters.value.isActive ? { ok: true, value: undefined } : services,
    latest,
    image,
    logGroup,
    secrets: Object.fromEntries(secrets.map(({ name, read: found }) => [name, found])),
  };
}

/** The ARNs that the gathering found. */
export function secretArns(gathered: Gathered): Record<string, string> {
  return Object.fromEntries(
    Object.entries(gathered.secrets).flatMap(([name, secret]) =>
      secret.ok && secret.value !== undefined ? [[name, secret.value]] : [],
    ),
  );
}

/** Whether the digest is in the registry: in the account and repository that the reference names. */
async function imageExists(aws: Aws, image: string): Promise<boolean> {
  const { DescribeImagesCommand } = await import('@aws-sdk/client-ecr');
  const reference = parseByDigest(image);
  if (reference === undefined) return false;
  const registryId = /^(\d{12})\.dkr\.ecr\./.exec(reference.registry)?.[1];
  try {
    await (
      await aws.ecr()
    ).send(
      new DescribeImagesCommand({
        ...(registryId === undefined ? {} : { registryId }),
        repositoryName: reference.name,
        imageIds: [{ imageDigest: reference.digest }],
      }),
    );
    return true;
  } catch (error: unknown) {
    if (/^(Image|Repository)NotFoundException$/.test(errorName(error))) return false;
    throw error;
  }
}

function secretNames(environment: ResolvedEnvironment): string[] {
  const named = Object.values(environment.secrets).flatMap((secret) =>
    'secretsManager' in secret ? [secret.secretsManager] : [],
  );
  const { database } = environment;
  return [
    ...new Set(
      database.engine === 'postgres' && database.secret !== undefined ? [...named, database.secret] : named,
    ),
  ];
}

async function secretArn(aws: Aws, name: string): Promise<string | undefined> {
  const { DescribeSecretCommand } = await import('@aws-sdk/client-secrets-manager');
  try {
    const secret = await (await aws.secrets()).send(new DescribeSecretCommand({ SecretId: name }));
    return secret.DeletedDate === undefined ? secret.ARN : undefined;
  } catch (error: unknown) {
    if (errorName(error) === 'ResourceNotFoundException') return undefined;
    throw error;
  }
}

async function read<T>(work: () => Promise<T>): Promise<Read<T>> {
  try {
    return { ok: true, value: await work() };
  } catch (error: unknown) {
    return { ok: false, error };
  }
}
