import { ACMClient } from '@aws-sdk/client-acm';
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { CloudWatchLogsClient, CreateLogGroupCommand } from '@aws-sdk/client-cloudwatch-logs';
import { CreateRepositoryCommand, ECRClient } from '@aws-sdk/client-ecr';
import { CreateClusterCommand, ECSClient } from '@aws-sdk/client-ecs';
import { ElasticLoadBalancingV2Client } from '@aws-sdk/client-elastic-load-balancing-v2';
import { CreateSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { adminCredentials, type Cloud } from '../cloud/index.ts';
import { provisionAlarm } from './alarms.ts';
import type { Authority } from './authority.ts';
import { provisionCertificate } from './certificate.ts';
import { provisionLoadBalancer, type LoadBalancerArns, type WantedLoadBalancer } from './load-balancer.ts';

/** What has to be in an account before the first deployment to an environment: docs/adopting.md, as data. */
export interface Infrastructure {
  readonly environment: string;
  readonly region: string;
  readonly cluster: string;
  readonly repository: string;
  readonly logGroup: string;
  /** The role that the pipeline assumes. */
  readonly deployRole: string;
  /** The role that ECS pulls images and reads secrets with. */
  readonly executionRole: string;
  /** The role that ECS moves the traffic with. */
  readonly trafficRole?: string | undefined;
  /** Whether the load balancer speaks TLS. */
  readonly isSecure?: boolean;
  /** Secrets by name, with a value that is made up here. */
  readonly secrets: Readonly<Record<string, string>>;
  readonly loadBalancer?: WantedLoadBalancer | undefined;
  /** Alarms on the load balancer's traffic, and the latency that one is for, in milliseconds. */
  readonly alarms?: { readonly names: readonly string[]; readonly tooSlowMs: number };
}

/** The identity provider that the pipeline's tokens come from, and the subjects that a role of an environment trusts. */
export interface Identity {
  readonly issuer: string;
  subjectsOf(environment: string): readonly string[];
}

/**
 * Makes what an environment needs, as docs/adopting.md tells a user to. What is there already stays as it is, so
 * that a restarted rehearsal keeps its services.
 * @param authority certifies the front doors that are to speak TLS
 * @returns the load balancers that were made, by environment
 */
export async function provision(
  cloud: Cloud,
  identity: Identity,
  infrastructure: readonly Infrastructure[],
  authority?: Authority,
): Promise<ReadonlyMap<string, LoadBalancerArns>> {
  const loadBalancers = new Map<string, LoadBalancerArns>();
  for (const wanted of infrastructure) {
    const client = {
      endpoint: cloud.url,
      region: wanted.region,
      credentials: adminCredentials,
      maxAttempts: 1,
    };
    const provider = identity.issuer.replace(/^https?:\/\//, '');
    cloud.roles.put({
      name: wanted.deployRole,
      trust: {
        Version: '2012-10-17',
        Statement: [
          {
            Effect: 'Allow',
            Action: 'sts:AssumeRoleWithWebIdentity',
            Principal: { Federated: `arn:aws:iam::${cloud.accountId}:oidc-provider/${provider}` },
            Condition: {
              StringEquals: {
                [`${provider}:aud`]: 'sts.amazonaws.com',
                [`${provider}:sub`]: identity.subjectsOf(wanted.environment),
              },
            },
          },
        ],
      },
    });
    cloud.roles.put({
      name: wanted.executionRole,
      trust: trustOf('ecs-tasks.amazonaws.com'),
    });
    if (wanted.trafficRole !== undefined) {
      cloud.roles.put({ name: wanted.trafficRole, trust: trustOf('ecs.amazonaws.com') });
    }
    await new ECSClient(client).send(new CreateClusterCommand({ clusterName: wanted.cluster }));
    await unlessThere('RepositoryAlreadyExistsException', () =>
      new ECRClient(client).send(new CreateRepositoryCommand({ repositoryName: wanted.repository })),
    );
    await unlessThere('ResourceAlreadyExistsException', () =>
      new CloudWatchLogsClient(client).send(new CreateLogGroupCommand({ logGroupName: wanted.logGroup })),
    );
    for (const [name, value] of Object.entries(wanted.secrets)) {
      await unlessThere('ResourceExistsException', () =>
        new SecretsManagerClient(client).send(new CreateSecretCommand({ Name: name, SecretString: value })),
      );
    }
    if (wanted.loadBalancer === undefined) continue;
    const certificate =
      wanted.isSecure === true && authority !== undefined
        ? await provisionCertificate(new ACMClient(client), authority)
        : undefined;
    const elb = new ElasticLoadBalancingV2Client(client);
    const arns = await provisionLoadBalancer(elb, { ...wanted.loadBalancer, certificate });
    loadBalancers.set(wanted.environment, arns);
    const { names = [], tooSlowMs = 0 } = wanted.alarms ?? {};
    for (const name of names) {
      await provisionAlarm(new CloudWatchClient(client), {
        name,
        loadBalancer: arns.loadBalancer,
        tooSlowMs,
      });
    }
  }
  return loadBalancers;
}

/** A trust policy for a service of AWS. */
function trustOf(service: string) {
  return {
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow' as const, Action: 'sts:AssumeRole', Principal: { Service: service } }],
  };
}

async function unlessThere(exception: string, create: () => Promise<unknown>): Promise<void> {
  try {
    await create();
  } catch (error: unknown) {
    if (!(typeof error === 'object' && error !== null && 'name' in error && error.name === exception))
      throw error;
  }
}
