import { randomBytes } from 'node:crypto';
import { referencesOf, type Config, type EnvironmentConfig } from '../src/config/index.ts';
import type { Infrastructure } from './seed.ts';

export interface Place {
  readonly accountId: string;
  /** The port of 127.0.0.1 on which an environment without a load balancer answers. */
  portOf(environment: string): number;
}

/** An environment as the rehearsal has it: what is made in the cloud, and the GitHub variables that name it. */
export interface RehearsedEnvironment {
  readonly infrastructure: Infrastructure;
  readonly variables: Readonly<Record<string, string>>;
  /** Variables that sluice.yml names and nobody gave a value: they are missing, as on GitHub. */
  readonly unknown: readonly string[];
}

/**
 * What an account and a repository have to have for an environment of sluice.yml, made up for this machine: roles,
 * cluster, repository, secrets; and each `{ var: NAME }` with the value that the key it stands at needs.
 */
export function rehearse(
  config: Config,
  name: string,
  environment: EnvironmentConfig,
  place: Place,
  given: Readonly<Record<string, string>>,
): RehearsedEnvironment {
  const role = (kind: string): string => `sluice-${config.service}-${name}-${kind}`;
  const arn = (roleName: string): string => `arn:aws:iam::${place.accountId}:role/${roleName}`;
  const port = place.portOf(name);
  const values: Readonly<Record<string, string>> = {
    'aws.role': arn(role('deploy')),
    'aws.executionRole': arn(role('execution')),
    'aws.taskRole': arn(role('execution')),
    'aws.cluster': `${config.service}-${name}`,
    'aws.service': config.service,
    url: `http://127.0.0.1:${port}`,
    'network.hostPort': String(port),
  };
  const variables: Record<string, string> = {};
  const unknown: string[] = [];
  for (const { path, reference } of referencesOf(environment)) {
    const value = given[reference.var] ?? values[path];
    if (value !== undefined) variables[reference.var] = value;
    else if (reference.default === undefined) unknown.push(reference.var);
  }
  const text = (
    value: string | { var: string; default?: string | undefined } | undefined,
    otherwise: string,
  ): string =>
    typeof value === 'string'
      ? value
      : value === undefined
        ? otherwise
        : (variables[value.var] ?? value.default ?? otherwise);
  const secrets = Object.values(environment.secrets).flatMap((secret) =>
    'secretsManager' in secret ? [text(secret.secretsManager, '')] : [],
  );
  return {
    variables,
    unknown: [...new Set(unknown)],
    infrastructure: {
      environment: name,
      region: environment.aws.region ?? 'eu-west-1',
      cluster: text(environment.aws.cluster, `${config.service}-${name}`),
      repository: config.image.repository ?? config.service,
      logGroup: `/ecs/${config.service}/${name}`,
      deployRole: role('deploy'),
      executionRole: role('execution'),
      secrets: Object.fromEntries(
        secrets.filter(Boolean).map((secret) => [secret, randomBytes(24).toString('base64url')]),
      ),
    },
  };
}
