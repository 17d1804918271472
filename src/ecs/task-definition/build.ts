import { createHash } from 'node:crypto';
import type {
  ContainerDefinition,
  KeyValuePair,
  RegisterTaskDefinitionCommandInput,
  RuntimePlatform,
  Secret,
} from '@aws-sdk/client-ecs';
import type { ResolvedEnvironment } from '../../config/index.ts';

/** What a deployment puts into the task definition. */
export interface Release {
  /** `registry/repository@sha256:…` */
  readonly image: string;
  readonly digest: string;
  readonly version: string;
  readonly commit: string;
}

/** A task definition, as far as it is looked at: fields that the SDK does not know yet are kept as they are. */
export type TaskDefinition = RegisterTaskDefinitionCommandInput & Readonly<Record<string, unknown>>;

/** The label that says which definition a revision was registered from, so that a second run finds the first one's. */
export const definitionLabel = 'dev.sluice.definition';

/** What DescribeTaskDefinition adds, and RegisterTaskDefinition refuses. */
const readOnly: ReadonlySet<string> = new Set([
  'taskDefinitionArn',
  'revision',
  'status',
  'requiresAttributes',
  'compatibilities',
  'registeredAt',
  'registeredBy',
  'deregisteredAt',
]);

/**
 * The task definition of a release, from sluice.yml or from the user's own file.
 * @param secretArns the full ARNs of the Secrets Manager secrets, by the name in sluice.yml: ECS takes no names
 * @param own the user's own task definition, where sluice.yml names one
 */
export function buildTaskDefinition(
  environment: ResolvedEnvironment,
  release: Release,
  secretArns: Readonly<Record<string, string>>,
  own?: TaskDefinition,
): TaskDefinition {
  const base = own === undefined ? fromEnvironment(environment) : fromOwn(own);
  const containers = base.containerDefinitions ?? [];
  const index = ownContainer(containers, environment.serviceName);
  const variables = environmentOf(environment, release);
  const secrets = secretsOf(environment, secretArns);
  const container = containers[index];
  return labelled(
    {
      ...base,
      family: familyOf(environment, base),
      containerDefinitions: containers.with(index, {
        ...container,
        image: release.image,
        // ECS refuses a name that is in both lists: what sluice.yml says of it holds.
        environment: mergeByName(without(container?.environment, secrets), variables),
        secrets: mergeByName(without(container?.secrets, variables), secrets),
      }),
    },
    index,
  );
}

/** Which container is the service's: the one of its name, or the only one. */
export function ownContainer(containers: readonly ContainerDefinition[], serviceName: string): number {
  return Math.max(
    0,
    containers.findIndex(({ name }) => name === serviceName),
  );
}

/** Its name, as overrides and load balancers want it. */
export function ownContainerName({ containerDefinitions = [] }: TaskDefinition, serviceName: string): string {
  return containerDefinitions[ownContainer(containerDefinitions, serviceName)]?.name ?? serviceName;
}

/** The family that is registered where the user's own task definition names none. */
export function familyOf({ serviceName, name }: ResolvedEnvironment, own?: TaskDefinition): string {
  return own?.family ?? `${serviceName}-${name}`;
}

/** Where the container's output goes. docs/adopting.md creates it. */
export function logGroupOf({ serviceName, name }: ResolvedEnvironment): string {
  return `/ecs/${serviceName}/${name}`;
}

function fromEnvironment(environment: ResolvedEnvironment): TaskDefinition {
  const { container, compute, network, aws, serviceName } = environment;
  const { port } = container;
  return {
    family: familyOf(environment),
    networkMode: network.mode,
    requiresCompatibilities: [compute.launchType],
    cpu: String(compute.cpu),
    memory: String(compute.memory),
    ...(compute.launchType === 'FARGATE' ? { runtimePlatform: runtimePlatformOf(environment) } : {}),
    ...(aws.executionRole === undefined ? {} : { executionRoleArn: aws.executionRole }),
    ...(aws.taskRole === undefined ? {} : { taskRoleArn: aws.taskRole }),
    containerDefinitions: [
      {
        name: serviceName,
        essential: true,
        ...(container.command.length === 0 ? {} : { command: container.command }),
        portMappings: [
          {
            containerPort: port,
            hostPort: network.mode === 'bridge' ? (network.hostPort ?? 0) : port,
            protocol: 'tcp',
          },
        ],
        healthCheck: {
          command: container.health.command ?? healthCommand(container.health.path, port),
          interval: Math.round(container.health.interval / 1000),
          timeout: Math.round(container.health.timeout / 1000),
          retries: container.health.unhealthyAfter,
          ...(container.health.startPeriod === 0
            ? {}
            : { startPeriod: Math.round(container.health.startPeriod / 1000) }),
        },
        stopTimeout: Math.round(container.stopTimeout / 1000),
        logConfiguration: {
          logDriver: 'awslogs',
          options: {
            'awslogs-group': logGroupOf(environment),
            'awslogs-region': aws.region ?? '',
            'awslogs-stream-prefix': serviceName,
          },
        },
      },
    ],
  };
}

/** Fargate runs x86 unless it is told; an EC2 instance is what it is. */
function runtimePlatformOf({ image }: ResolvedEnvironment): RuntimePlatform {
  return {
    operatingSystemFamily: 'LINUX',
    cpuArchitecture: image.platforms[0] === 'linux/arm64' ? 'ARM64' : 'X86_64',
  };
}

/** A user's definition, without what only answers carry. */
function fromOwn(own: TaskDefinition): TaskDefinition {
  return Object.fromEntries(Object.entries(own).filter(([key]) => !readOnly.has(key))) as TaskDefinition;
}

/**
 * Asks the health path from inside the container with whatever the image has: Node, wget or curl. ECS health checks
 * run in the container, and images seldom have all three.
 */
function healthCommand(path: string, port: number): string[] {
  const url = `"http://127.0.0.1:\${PORT:-${port}}${path}"`;
  const node = `node -e 'fetch(process.argv[1]).then(r=>process.exit(r.ok?0:1),()=>process.exit(1))' ${url}`;
  return [
    'CMD-SHELL',
    `if command -v node >/dev/null; then ${node}; elif command -v wget >/dev/null; then wget -q -O /dev/null ${url}; else curl -fsS -o /dev/null ${url}; fi`,
  ];
}

function environmentOf(environment: ResolvedEnvironment, release: Release): KeyValuePair[] {
  const literals = Object.entries(environment.secrets).flatMap(([name, secret]) =>
    'literal' in secret ? [{ name, value: secret.literal }] : [],
  );
  return [
    ...Object.entries(environment.variables).map(([name, value]) => ({ name, value })),
    ...literals,
    { name: 'PORT', value: String(environment.container.port) },
    { name: 'SLUICE_ENVIRONMENT', value: environment.name },
    { name: 'SLUICE_VERSION', value: release.version },
    { name: 'SLUICE_COMMIT', value: release.commit },
    { name: 'SLUICE_DIGEST', value: release.digest },
  ];
}

function secretsOf(environment: ResolvedEnvironment, arns: Readonly<Record<string, string>>): Secret[] {
  const { database } = environment;
  const named = Object.entries(environment.secrets).flatMap(([name, secret]): Secret[] => {
    if ('literal' in secret) return [];
    if ('parameter' in secret) return [{ name, valueFrom: secret.parameter }];
    const arn = arns[secret.secretsManager] ?? secret.secretsManager;
    return [{ name, valueFrom: secret.key === undefined ? arn : `${arn}:${secret.key}::` }];
  });
  return database.engine === 'postgres' && database.secret !== undefined
    ? [...named, { name: 'DATABASE_URL', valueFrom: arns[database.secret] ?? database.secret }]
    : named;
}

/** What is given last wins; the order of names that were there is kept. */
function mergeByName<T extends { name?: string | undefined }>(
  before: readonly T[],
  after: readonly T[],
): T[] {
  const merged = new Map(before.map((entry) => [entry.name ?? '', entry]));
  for (const entry of after) merged.set(entry.name ?? '', entry);
  return [...merged.values()];
}

/** What is not in `names` of the other list. */
function without<T extends { name?: string | undefined }>(
  entries: readonly T[] | undefined,
  others: readonly { name?: string | undefined }[],
): readonly T[] {
  const taken = new Set(others.map(({ name }) => name));
  return (entries ?? []).filter(({ name }) => !taken.has(name));
}

function labelled(definition: TaskDefinition, index: number): TaskDefinition {
  const containers = definition.containerDefinitions ?? [];
  const container = containers[index];
  const labels = Object.fromEntries(
    Object.entries(container?.dockerLabels ?? {}).filter(([name]) => name !== definitionLabel),
  );
  const withLabels = (dockerLabels: Record<string, string>): TaskDefinition => ({
    ...definition,
    containerDefinitions: containers.with(index, { ...container, dockerLabels }),
  });
  const hash = createHash('sha256')
    .update(canonical(withLabels(labels)))
    .digest('hex');
  return withLabels({ ...labels, [definitionLabel]: hash });
}

/** Whether a registered revision was made from this very definition. */
export function isRegisteredFrom(
  registered: { readonly containerDefinitions?: ContainerDefinition[] | undefined },
  definition: TaskDefinition,
): boolean {
  const label = (one: typeof registered): string | undefined =>
    one.containerDefinitions?.map(({ dockerLabels }) => dockerLabels?.[definitionLabel]).find(Boolean);
  return label(registered) !== undefined && label(registered) === label(definition);
}

/** JSON with sorted keys: the same for equal values. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, item: unknown) =>
    typeof item === 'object' && item !== null && !Array.isArray(item)
      ? Object.fromEntries(Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1)))
      : item,
  );
}
