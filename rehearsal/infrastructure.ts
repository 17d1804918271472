import { randomBytes } from 'node:crypto';
import { referencesOf, type Config, type EnvironmentConfig } from '../src/config/index.ts';
import type { Infrastructure } from './seed/index.ts';
import type { LoadBalancerArns } from './seed/load-balancer.ts';

/** Where an environment is on this machine. */
export interface Place {
  readonly accountId: string;
  /** The port of 127.0.0.1 on which users reach it. */
  readonly port: number;
  /** The port of its load balancer's test listener. */
  readonly testPort: number;
  /** The URL of its database, where it has one. */
  readonly databaseUrl: string;
}

/** An environment as the rehearsal has it: the GitHub variables that name it, and what is in the way of rehearsing it. */
export interface RehearsedEnvironment {
  readonly variables: Readonly<Record<string, string>>;
  /** Those that jobs without an environment read: the security scan's. */
  readonly ofTheRepository: Readonly<Record<string, string>>;
  /** Variables that sluice.yml names and nobody gave a value: they are missing, as on GitHub. */
  readonly unknown: readonly string[];
  /** What sluice.yml says outright, and the rehearsal cannot make. */
  readonly notes: readonly string[];
}

/** A key's value: what sluice.yml says, or what the variable has that it names. */
type Text = (
  value: string | { readonly var: string; readonly default?: string | undefined } | undefined,
  path: string,
  otherwise: string,
) => string;

/**
 * What an account has to have for an environment of sluice.yml, made up for this machine: roles, cluster, repository,
 * secrets, load balancer, alarms.
 */
export function infrastructureOf(
  config: Config,
  name: string,
  environment: EnvironmentConfig,
  place: Place,
  given: Readonly<Record<string, string>>,
): Infrastructure & { readonly service: string } {
  const values = valuesOf(config, name, place);
  const text: Text = (value, path, otherwise) =>
    typeof value === 'string'
      ? value
      : value === undefined
        ? otherwise
        : (given[value.var] ?? values[path] ?? value.default ?? otherwise);
  const cluster = text(environment.aws.cluster, 'aws.cluster', `${config.service}-${name}`);
  const { loadBalancer, network, compute, deploy, container } = {
    ...environment,
    container: config.container,
  };
  const isShifting = deploy.strategy !== 'rolling';
  const isOnFargate =
    (compute.launchType ?? (compute.instance === undefined ? 'FARGATE' : 'EC2')) === 'FARGATE';
  const mode = network.mode ?? (isOnFargate ? 'awsvpc' : 'bridge');
  return {
    environment: name,
    region: environment.aws.region ?? 'eu-west-1',
    cluster,
    service: text(environment.aws.service, 'aws.service', config.service),
    repository: config.image.repository ?? config.service,
    logGroup: `/ecs/${config.service}/${name}`,
    deployRole: roleName(config, name, 'deploy'),
    executionRole: roleName(config, name, 'execution'),
    trafficRole: isShifting ? roleName(config, name, 'traffic') : undefined,
    isSecure: isSecure(environment),
    secrets: secretsOf(environment, place, text),
    loadBalancer:
      loadBalancer === undefined
        ? undefined
        : {
            // Target groups may have 32 characters, and theirs are longer by six.
            name: `${config.service}-${name}`.slice(0, 26).replace(/-+$/, ''),
            targetType: mode === 'awsvpc' ? 'ip' : 'instance',
            containerPort: container.port,
            health: {
              path: container.health.path,
              intervalMs: container.health.interval,
              timeoutMs: container.health.timeout,
              healthyAfter: container.health.healthyAfter,
              unhealthyAfter: container.health.unhealthyAfter,
            },
            port: place.port,
            testPort: isShifting ? place.testPort : undefined,
          },
    alarms: {
      names: deploy.alarms.map((alarm) => text(alarm, 'deploy.alarms', '')),
      // Far above the service level: this machine also is the cloud, the users and the runner.
      tooSlowMs: Math.max(1000, 3 * (environment.slo?.latency?.p95 ?? 0)),
    },
  };
}

/** The GitHub variables that sluice.yml names, each with the value that the key it stands at needs. */
export function variablesOf(
  config: Config,
  name: string,
  environment: EnvironmentConfig,
  place: Place,
  arns: LoadBalancerArns | undefined,
  given: Readonly<Record<string, string>>,
): RehearsedEnvironment {
  const values: Readonly<Record<string, string | undefined>> = {
    ...valuesOf(config, name, place),
    ...scanValuesOf(environment),
    'loadBalancer.targetGroup': arns?.targetGroup,
    'loadBalancer.alternateTargetGroup': arns?.alternateTargetGroup,
    'loadBalancer.productionRule': arns?.productionRule,
    'loadBalancer.testRule': arns?.testRule,
  };
  const variables: Record<string, string> = {};
  const ofTheRepository: Record<string, string> = {};
  const unknown: string[] = [];
  for (const { path, reference } of referencesOf(environment)) {
    const value = given[reference.var] ?? values[path];
    if (value !== undefined)
      (path.startsWith('checks.scan.') ? ofTheRepository : variables)[reference.var] = value;
    else if (reference.default === undefined) unknown.push(reference.var);
  }
  return {
    variables,
    ofTheRepository,
    unknown: [...new Set(unknown)],
    notes: [...outright(name, environment), ...scannersElsewhere(name, environment)],
  };
}

/** Keys whose values are somewhere on AWS, and here somewhere else. */
const mustBeVariables = [
  ['url'],
  ['loadBalancer', 'targetGroup'],
  ['loadBalancer', 'alternateTargetGroup'],
  ['loadBalancer', 'productionRule'],
  ['loadBalancer', 'testRule'],
] as const;

function outright(name: string, environment: EnvironmentConfig): string[] {
  return mustBeVariables.flatMap((path) => {
    const value = path.reduce<unknown>(
      (of, key) => (of as Readonly<Record<string, unknown>> | undefined)?.[key],
      environment,
    );
    return typeof value === 'string'
      ? [
          `environments.${name}.${path.join('.')} is "${value}", which is not here: the rehearsal can deploy to ${name} when it is { var: NAME, default: ${value} }.`,
        ]
      : [];
  });
}

/**
 * The scanners that need no network. The advisories are a recording, whatever their date: that is said by the scan, and
 * stands in its verdict.
 */
function scanValuesOf({ checks: { scan } }: EnvironmentConfig): Readonly<Record<string, string>> {
  return {
    'checks.scan.tools': scan?.advisories === undefined ? 'secretlint' : 'local-advisories, secretlint',
    'checks.scan.databaseAge': '3650d',
  };
}

function scannersElsewhere(name: string, { checks: { scan } }: EnvironmentConfig): string[] {
  const elsewhere = Array.isArray(scan?.tools)
    ? scan.tools.filter((tool) => tool !== 'secretlint' && tool !== 'local-advisories')
    : [];
  return elsewhere.length === 0
    ? []
    : [
        `environments.${name}.checks.scan.tools has ${elsewhere.join(', ')}, which need the network: without it the scan is not clean. With { var: NAME, default: '${elsewhere.join(', ')}, …' } the rehearsal chooses scanners that it has.`,
      ];
}

function valuesOf(config: Config, name: string, place: Place): Readonly<Record<string, string>> {
  const arn = (kind: string): string =>
    `arn:aws:iam::${place.accountId}:role/${roleName(config, name, kind)}`;
  return {
    'aws.role': arn('deploy'),
    'aws.executionRole': arn('execution'),
    'aws.taskRole': arn('execution'),
    'aws.cluster': `${config.service}-${name}`,
    'aws.service': config.service,
    url: frontDoorOf(config.environments[name], place),
    'network.hostPort': String(place.port),
    'loadBalancer.role': arn('traffic'),
  };
}

/** The address that users have on this machine: over TLS where the load balancer is to speak it. */
export function frontDoorOf(
  environment: EnvironmentConfig | undefined,
  { port }: Pick<Place, 'port'>,
): string {
  return `${isSecure(environment) ? 'https' : 'http'}://127.0.0.1:${port}`;
}

function isSecure(environment: EnvironmentConfig | undefined): boolean {
  return environment?.loadBalancer !== undefined && environment.tls.mode !== 'none';
}

function roleName(config: Config, name: string, kind: string): string {
  return `sluice-${config.service}-${name}-${kind}`;
}

function secretsOf(
  { secrets, database }: EnvironmentConfig,
  { databaseUrl }: Place,
  text: Text,
): Readonly<Record<string, string>> {
  const names = Object.values(secrets).flatMap((secret) =>
    'secretsManager' in secret ? [text(secret.secretsManager, 'secrets', '')] : [],
  );
  return {
    ...Object.fromEntries(
      names.filter(Boolean).map((secret) => [secret, randomBytes(24).toString('base64url')]),
    ),
    ...(database.engine === 'postgres' && database.secret !== undefined
      ? { [text(database.secret, 'database.secret', '')]: databaseUrl }
      : {}),
  };
}
