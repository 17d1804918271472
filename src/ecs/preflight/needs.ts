import type { ContainerDefinition } from '@aws-sdk/client-ecs';
import type { ResolvedEnvironment } from '../../config/index.ts';
import type { TaskDefinition } from '../task-definition/build.ts';
import { shiftsTraffic } from './facts.ts';

/** A role that ECS takes: for whom, and who has to be trusted by it. */
export interface NeededRole {
  /** An ARN or a name. */
  readonly role: string;
  readonly use: 'execution' | 'task' | 'traffic';
  readonly principal: 'ecs-tasks.amazonaws.com' | 'ecs.amazonaws.com';
}

export function neededRoles(environment: ResolvedEnvironment, own?: TaskDefinition): readonly NeededRole[] {
  const { aws, loadBalancer } = environment;
  const { executionRoleArn: execution, taskRoleArn: task } = own ?? {
    executionRoleArn: aws.executionRole,
    taskRoleArn: aws.taskRole,
  };
  const traffic = shiftsTraffic(environment) ? loadBalancer?.role : undefined;
  const tasks = 'ecs-tasks.amazonaws.com';
  return [
    ...(execution === undefined ? [] : [{ role: execution, use: 'execution', principal: tasks } as const]),
    ...(task === undefined ? [] : [{ role: task, use: 'task', principal: tasks } as const]),
    ...(traffic === undefined
      ? []
      : [{ role: traffic, use: 'traffic', principal: 'ecs.amazonaws.com' } as const]),
  ];
}

/** What ECS hands over to the containers when a task starts. */
export interface HandedOver {
  /** Names or ARNs in Secrets Manager. */
  readonly secrets: readonly string[];
  /** Names or ARNs in the Parameter Store. */
  readonly parameters: readonly string[];
  /** Of which secrets only one key of their JSON is handed over. */
  readonly keys: readonly SecretKey[];
}

/** A key of a secret's JSON. Without a stage and a version it is that of the current one. */
export interface SecretKey {
  /** The secret, as `secrets` has it. */
  readonly secret: string;
  readonly key: string;
  readonly stage: string | undefined;
  readonly versionId: string | undefined;
}

export function handedOver(environment: ResolvedEnvironment, own?: TaskDefinition): HandedOver {
  const { database } = environment;
  const configured = Object.values(environment.secrets);
  const inOwn = (own?.containerDefinitions ?? []).flatMap(valuesFrom);
  return {
    secrets: unique([
      ...configured.flatMap((secret) => ('secretsManager' in secret ? [secret.secretsManager] : [])),
      ...(database.engine === 'postgres' && database.secret !== undefined ? [database.secret] : []),
      ...inOwn.filter(isOfSecretsManager).map(secretArnOf),
    ]),
    parameters: unique([
      ...configured.flatMap((secret) => ('parameter' in secret ? [secret.parameter] : [])),
      ...inOwn.filter((valueFrom) => !isOfSecretsManager(valueFrom)),
    ]),
    keys: [
      ...configured.flatMap((secret) =>
        'secretsManager' in secret && secret.key !== undefined
          ? [{ secret: secret.secretsManager, key: secret.key, stage: undefined, versionId: undefined }]
          : [],
      ),
      ...inOwn.filter(isOfSecretsManager).flatMap(keyOf),
    ],
  };
}

function valuesFrom({ secrets = [], logConfiguration }: ContainerDefinition): string[] {
  return [...secrets, ...(logConfiguration?.secretOptions ?? [])].flatMap(({ valueFrom }) => valueFrom ?? []);
}

function isOfSecretsManager(valueFrom: string): boolean {
  return /^arn:[^:]+:secretsmanager:/.test(valueFrom);
}

/** A `valueFrom` may go on after the ARN: `:json-key:version-stage:version-id` (ECS API reference, "Secret"). */
function secretArnOf(valueFrom: string): string {
  return valueFrom.split(':').slice(0, 7).join(':');
}

function keyOf(valueFrom: string): SecretKey[] {
  const [key = '', stage = '', versionId = ''] = valueFrom.split(':').slice(7);
  const given = (part: string): string | undefined => (part === '' ? undefined : part);
  return key === ''
    ? []
    : [{ secret: secretArnOf(valueFrom), key, stage: given(stage), versionId: given(versionId) }];
}

function unique(values: readonly string[]): string[] {
  return [...new Set(values)];
}

/** The target groups that sluice.yml names: blue's first, which are two where traffic is shifted. */
export function targetGroupArns(environment: ResolvedEnvironment): readonly string[] {
  const { loadBalancer } = environment;
  if (loadBalancer === undefined) return [];
  const { targetGroup, alternateTargetGroup } = loadBalancer;
  return shiftsTraffic(environment) && alternateTargetGroup !== undefined
    ? unique([targetGroup, alternateTargetGroup])
    : [targetGroup];
}

export function ruleArns(environment: ResolvedEnvironment): readonly string[] {
  const { loadBalancer } = environment;
  if (loadBalancer === undefined || !shiftsTraffic(environment)) return [];
  return unique([loadBalancer.productionRule, loadBalancer.testRule].flatMap((rule) => rule ?? []));
}

/**
 * The platform that tasks run on. Fargate's is what the task definition says; that of an EC2 instance follows from its
 * type, whose generation is followed by a `g` where it is a Graviton (EC2, "Instance type naming conventions").
 * `undefined`: sluice.yml does not say on what.
 */
export function neededPlatform(
  { compute, image }: ResolvedEnvironment,
  own?: TaskDefinition,
): string | undefined {
  const byArchitecture = (isArm: boolean): string => (isArm ? 'linux/arm64' : 'linux/amd64');
  switch (compute.launchType) {
    case 'FARGATE':
      return own === undefined
        ? image.platforms[0]
        : byArchitecture(own.runtimePlatform?.cpuArchitecture === 'ARM64');
    case 'EC2':
      return compute.instance === undefined
        ? undefined
        : byArchitecture(/^(a1|[a-z]+\d+[a-z]*g[a-z]*)\./.test(compute.instance));
  }
}
