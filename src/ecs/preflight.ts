import type { Service, TaskDefinition as RegisteredTaskDefinition } from '@aws-sdk/client-ecs';
import { errorName, missingPermission, type Aws } from '../aws/index.ts';
import type { ResolvedEnvironment } from '../config/index.ts';
import { errorMessage } from '../github/index.ts';
import { familyOf, logGroupOf, type Release } from './task-definition/build.ts';

/** What has to be known before anything is touched. A part that could not be read says why. */
export interface Gathered {
  readonly account: Read<string>;
  readonly cluster: Read<'ACTIVE' | 'INACTIVE' | 'MISSING'>;
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

/** One thing that is not as it has to be. */
export interface Objection {
  readonly what: string;
  /** The command or the line that mends it. */
  readonly remedy: string;
}

/** Asks everything at once. Reads only. */
export async function gather(
  aws: Aws,
  environment: ResolvedEnvironment,
  release: Release,
): Promise<Gathered> {
  const { cluster, service } = environment.aws;
  const [account, clusters, services, latest, image, logGroup, ...secrets] = await Promise.all([
    read(async () => {
      const { GetCallerIdentityCommand } = await import('@aws-sdk/client-sts');
      return (await (await aws.sts()).send(new GetCallerIdentityCommand({}))).Account ?? '';
    }),
    read(async () => {
      const { DescribeClustersCommand } = await import('@aws-sdk/client-ecs');
      const answer = await (await aws.ecs()).send(new DescribeClustersCommand({ clusters: [cluster] }));
      const [found] = answer.clusters ?? [];
      return found === undefined
        ? ('MISSING' as const)
        : found.status === 'ACTIVE'
          ? ('ACTIVE' as const)
          : ('INACTIVE' as const);
    }),
    read(async () => {
      const { DescribeServicesCommand } = await import('@aws-sdk/client-ecs');
      const answer = await (
        await aws.ecs()
      ).send(new DescribeServicesCommand({ cluster, services: [service] }));
      return answer.services?.find(({ status }) => status !== 'INACTIVE');
    }),
    read(() => latestRevision(aws, familyOf(environment))),
    read(async () => {
      const { DescribeImagesCommand } = await import('@aws-sdk/client-ecr');
      const ecr = await aws.ecr();
      try {
        await ecr.send(
          new DescribeImagesCommand({
            repositoryName: environment.image.repository,
            imageIds: [{ imageDigest: release.digest }],
          }),
        );
        return true;
      } catch (error: unknown) {
        if (/^(Image|Repository)NotFoundException$/.test(errorName(error))) return false;
        throw error;
      }
    }),
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
    service: clusters.ok && clusters.value !== 'ACTIVE' ? { ok: true, value: undefined } : services,
    latest,
    image,
    logGroup,
    secrets: Object.fromEntries(secrets.map(({ name, read: found }) => [name, found])),
  };
}

/** All that speaks against starting, at once. */
export function objections(
  gathered: Gathered,
  environment: ResolvedEnvironment,
  release: Release,
): Objection[] {
  const { aws } = environment;
  const region = aws.region ?? '';
  const found: (Objection | undefined)[] = [];
  const check = <T>(
    part: Read<T>,
    permission: string,
    verdict: (value: T) => Objection | undefined,
  ): void => {
    found.push(part.ok ? verdict(part.value) : unreadable(part.error, permission));
  };

  check(gathered.account, 'sts:GetCallerIdentity', (account) => {
    const expected = /^arn:[^:]+:iam::(\d{12}):/.exec(aws.role ?? '')?.[1];
    return expected === undefined || expected === account
      ? undefined
      : {
          what: `The credentials are of the account ${account}, and the role of ${environment.name} is of ${expected}`,
          remedy: 'Check aws.role in sluice.yml and the job’s credentials',
        };
  });
  check(gathered.cluster, 'ecs:DescribeClusters', (status) =>
    status === 'ACTIVE'
      ? undefined
      : {
          what: `There is no active cluster "${aws.cluster}" in ${region}`,
          remedy: `aws ecs create-cluster --region ${region} --cluster-name ${aws.cluster}, or mend aws.cluster`,
        },
  );
  check(gathered.service, 'ecs:DescribeServices', (service) => {
    if (service === undefined) return undefined;
    if (service.status === 'DRAINING') {
      return {
        what: `The service "${aws.service}" is being deleted`,
        remedy: 'Wait until it is gone, or use another name in aws.service',
      };
    }
    if (service.deploymentController?.type !== undefined && service.deploymentController.type !== 'ECS') {
      return {
        what: `The service "${aws.service}" is deployed by ${service.deploymentController.type}, and not by ECS itself`,
        remedy: 'Create a service with the deployment controller ECS',
      };
    }
    return undefined;
  });
  check(gathered.image, 'ecr:DescribeImages', (there) =>
    there
      ? undefined
      : {
          what: `The image ${release.image} is not in the repository "${environment.image.repository}" in ${region}`,
          remedy: 'Run the Build Image job again',
        },
  );
  const createsLogs = environment.taskDefinition === undefined;
  if (createsLogs) {
    check(gathered.logGroup, 'logs:DescribeLogGroups', (there) =>
      there
        ? undefined
        : {
            what: `There is no log group ${logGroupOf(environment)} in ${region}, and no task starts without it`,
            remedy: `aws logs create-log-group --region ${region} --log-group-name ${logGroupOf(environment)}`,
          },
    );
    if (aws.executionRole === undefined && environment.compute.launchType === 'FARGATE') {
      found.push({
        what: 'No role for ECS to pull the image and write the logs with',
        remedy: `Set environments.${environment.name}.aws.executionRole in sluice.yml`,
      });
    }
  }
  for (const [name, secret] of Object.entries(gathered.secrets)) {
    check(secret, 'secretsmanager:DescribeSecret', (arn) =>
      arn === undefined
        ? {
            what: `There is no secret "${name}" in Secrets Manager in ${region}`,
            remedy: `aws secretsmanager create-secret --region ${region} --name ${name} --secret-string …`,
          }
        : undefined,
    );
  }
  if (Object.keys(gathered.secrets).length > 0 && aws.executionRole === undefined) {
    found.push({
      what: 'Secrets are to be handed over, and there is no role for ECS to read them with',
      remedy: `Set environments.${environment.name}.aws.executionRole in sluice.yml`,
    });
  }
  if (environment.url === undefined) {
    found.push({
      what: 'It is not known where users reach the service, and so it cannot be proven what they get',
      remedy: `Set environments.${environment.name}.url in sluice.yml`,
    });
  } else if (URL.parse(environment.url) === null) {
    found.push({
      what: `"${environment.url}" is no URL`,
      remedy: `Set environments.${environment.name}.url in sluice.yml to one such as https://example.org`,
    });
  }
  if (environment.deploy.strategy !== 'rolling') {
    found.push({
      what: `The strategy ${environment.deploy.strategy} cannot be deployed by this version of Sluice`,
      remedy: `Set environments.${environment.name}.deploy.strategy to rolling`,
    });
  }
  return found.filter((objection) => objection !== undefined);
}

/** The ARNs that the gathering found. */
export function secretArns(gathered: Gathered): Record<string, string> {
  return Object.fromEntries(
    Object.entries(gathered.secrets).flatMap(([name, secret]) =>
      secret.ok && secret.value !== undefined ? [[name, secret.value]] : [],
    ),
  );
}

/** The newest active revision of a family. */
export async function latestRevision(
  aws: Aws,
  family: string,
): Promise<RegisteredTaskDefinition | undefined> {
  const { DescribeTaskDefinitionCommand } = await import('@aws-sdk/client-ecs');
  try {
    return (await (await aws.ecs()).send(new DescribeTaskDefinitionCommand({ taskDefinition: family })))
      .taskDefinition;
  } catch (error: unknown) {
    // ECS has no name of its own for a family that is not there.
    if (errorName(error) === 'ClientException') return undefined;
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

function unreadable(error: unknown, permission: string): Objection {
  if (errorName(error) === 'ClusterNotFoundException') {
    return { what: 'The cluster was not found', remedy: 'Check aws.cluster and aws.region in sluice.yml' };
  }
  const denied = missingPermission(error);
  return {
    what: errorMessage(error),
    remedy:
      denied === undefined
        ? `Check the credentials and the network; the call needs ${permission}`
        : `Allow the role ${denied} (docs/adopting.md, "What the role may do")`,
  };
}
