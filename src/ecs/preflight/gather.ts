import type { Aws } from '../../aws/index.ts';
import type { ResolvedEnvironment } from '../../config/index.ts';
import { describeService } from '../observe.ts';
import { logGroupOf, type Release, type TaskDefinition } from '../task-definition/build.ts';
import { findTaskDefinition } from '../task-definition/registered.ts';
import type { Gathered, Grant, Read } from './facts.ts';
import { handedOver, neededRoles, ruleArns, targetGroupArns } from './needs.ts';
import { readAlarms } from './read/alarms.ts';
import { imagePlatforms } from './read/image.ts';
import { readRule, readTargetGroup, readTargets } from './read/load-balancer.ts';
import { read, readEach } from './read/read.ts';
import { readRole, simulate } from './read/roles.ts';
import { checkKeys } from './read/secret-keys.ts';
import { parameterArns, secretArn } from './read/secrets.ts';

/**
 * Asks everything at once, and nothing that the configuration does not need. Reads only.
 * @param own the user's own task definition, where sluice.yml names one
 */
export async function gather(
  aws: Aws,
  environment: ResolvedEnvironment,
  release: Release,
  family: string,
  own?: TaskDefinition,
): Promise<Gathered> {
  const groups = targetGroupArns(environment);
  const rules = ruleArns(environment);
  const ofEcs = Promise.all([
    read(() => readCluster(aws, environment.aws.cluster)),
    read(() => describeService(aws, environment.aws)),
    read(() => findTaskDefinition(aws, family)),
  ]);
  // To load the other clients keeps the processor for about as long as ECS takes to answer: it is asked first.
  await Promise.race([aws.underWay(), ofEcs]);
  const [
    [cluster, service, latest],
    caller,
    image,
    logGroup,
    identities,
    targetGroups,
    targets,
    found,
    alarms,
  ] = await Promise.all([
    ofEcs,
    read(() => readCaller(aws)),
    read(() => imagePlatforms(aws, release.image)),
    // A task definition of the user's own says itself where its output goes.
    own === undefined
      ? read(() => hasLogGroup(aws, logGroupOf(environment)))
      : ({ ok: true, value: true } as const),
    readIdentities(aws, environment, own),
    readEach(groups, (arn) => readTargetGroup(aws, arn)),
    readEach(rules.length === 0 ? [] : groups, (arn) => readTargets(aws, arn)),
    readEach(rules, (arn) => readRule(aws, arn)),
    read(() => readAlarms(aws, environment.deploy.alarms)),
  ]);
  return {
    caller,
    cluster,
    // Without its cluster there is nothing to say about the service.
    service: cluster.ok && !cluster.value.isActive ? { ok: true, value: undefined } : service,
    latest,
    image,
    logGroup,
    ...identities,
    targetGroups,
    targets,
    rules: found,
    alarms,
  };
}

/** The ARNs of the secrets that the gathering found, by what sluice.yml calls them. */
export function secretArns(gathered: Gathered): Record<string, string> {
  return Object.fromEntries(
    Object.entries(gathered.secrets).flatMap(([name, secret]) =>
      secret.ok && secret.value !== undefined ? [[name, secret.value]] : [],
    ),
  );
}

/**
 * Secrets, parameters and roles; then, when all three are known, the keys of the secrets, and what the roles may do with
 * what they are taken for.
 */
async function readIdentities(
  aws: Aws,
  environment: ResolvedEnvironment,
  own: TaskDefinition | undefined,
): Promise<Pick<Gathered, 'secrets' | 'secretKeys' | 'parameters' | 'roles' | 'grants'>> {
  const needed = handedOver(environment, own);
  const wanted = neededRoles(environment, own);
  const [secrets, parameters, roles] = await Promise.all([
    readEach(needed.secrets, (name) => secretArn(aws, name)),
    parameterArns(aws, needed.parameters),
    readEach([...new Set(wanted.map(({ role }) => role))], (role) => readRole(aws, role)),
  ]);
  const groups = targetGroupArns(environment);
  const simulated = Promise.all(
    wanted.flatMap(({ role: name, use }): Promise<Grant | undefined>[] => {
      const role = { name, found: roles[name] };
      switch (use) {
        case 'execution':
          return [
            simulate(aws, role, 'secretsmanager:GetSecretValue', known(secrets)),
            simulate(aws, role, 'ssm:GetParameters', known(parameters)),
          ];
        case 'traffic':
          return [
            simulate(aws, role, 'elasticloadbalancing:ModifyRule', ruleArns(environment)),
            simulate(aws, role, 'elasticloadbalancing:RegisterTargets', groups),
            simulate(aws, role, 'elasticloadbalancing:DeregisterTargets', groups),
          ];
        case 'task':
          return [];
      }
    }),
  );
  const [grants, secretKeys] = await Promise.all([simulated, checkKeys(aws, needed.keys, secrets)]);
  return {
    secrets,
    secretKeys,
    parameters,
    roles,
    grants: grants.filter((grant) => grant !== undefined),
  };
}

function known(arns: Readonly<Record<string, Read<string | undefined>>>): string[] {
  return Object.values(arns).flatMap((arn) => (arn.ok && arn.value !== undefined ? [arn.value] : []));
}

async function readCaller(aws: Aws): Promise<{ account: string; arn: string }> {
  const { GetCallerIdentityCommand } = await import('@aws-sdk/client-sts');
  const { Account: account = '', Arn: arn = '' } = await (
    await aws.sts()
  ).send(new GetCallerIdentityCommand({}));
  return { account, arn };
}

async function readCluster(aws: Aws, cluster: string): Promise<{ isActive: boolean; instances: number }> {
  const { DescribeClustersCommand } = await import('@aws-sdk/client-ecs');
  const { clusters } = await (await aws.ecs()).send(new DescribeClustersCommand({ clusters: [cluster] }));
  const found = clusters?.[0];
  return { isActive: found?.status === 'ACTIVE', instances: found?.registeredContainerInstancesCount ?? 0 };
}

async function hasLogGroup(aws: Aws, name: string): Promise<boolean> {
  const { DescribeLogGroupsCommand } = await import('@aws-sdk/client-cloudwatch-logs');
  const { logGroups } = await (
    await aws.logs()
  ).send(new DescribeLogGroupsCommand({ logGroupNamePrefix: name }));
  return logGroups?.some(({ logGroupName }) => logGroupName === name) === true;
}
