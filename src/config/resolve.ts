import type { Config, EnvironmentConfig, Reference } from './schema.ts';

type Resolved<T> = T extends Reference
  ? string
  : T extends (infer Item)[]
    ? Resolved<Item>[]
    : T extends object
      ? { [Key in keyof T]: Resolved<T[Key]> }
      : T;

/** An environment with every GitHub variable put in, and every default that depends on another key. */
export type ResolvedEnvironment = Omit<Resolved<EnvironmentConfig>, 'aws' | 'compute' | 'network'> & {
  readonly name: string;
  /** The service’s name in sluice.yml. */
  readonly serviceName: string;
  readonly image: Config['image'] & { readonly repository: string };
  readonly container: Config['container'];
  readonly aws: Omit<Resolved<EnvironmentConfig>['aws'], 'cluster' | 'service'> & {
    readonly cluster: string;
    readonly service: string;
  };
  readonly compute: Resolved<EnvironmentConfig>['compute'] & { readonly launchType: 'EC2' | 'FARGATE' };
  readonly network: Omit<Resolved<EnvironmentConfig>['network'], 'hostPort' | 'mode'> & {
    readonly mode: 'bridge' | 'host' | 'awsvpc';
    readonly hostPort: number | undefined;
  };
};

/** A GitHub variable that is not set, and has no default. */
export interface MissingVariable {
  readonly variable: string;
  /** The key that wants it: `aws.role`. */
  readonly path: string;
}

export type Resolution =
  | { readonly ok: true; readonly environment: ResolvedEnvironment }
  | { readonly ok: false; readonly missing: readonly MissingVariable[] };

/**
 * One environment, ready to deploy to.
 * @param variables the GitHub variables that are visible in the job, as `toJSON(vars)` has them
 * @throws RangeError where sluice.yml has no such environment
 */
export function resolveEnvironment(
  config: Config,
  name: string,
  variables: Readonly<Record<string, string>>,
): Resolution {
  const environment = Object.hasOwn(config.environments, name) ? config.environments[name] : undefined;
  if (environment === undefined) {
    throw new RangeError(
      `sluice.yml has no environment "${name}"; it has ${Object.keys(config.environments).join(', ')}.`,
    );
  }
  const missing: MissingVariable[] = [];
  const resolved = substitute(environment, '', variables, missing) as Resolved<EnvironmentConfig>;
  const { hostPort } = resolved.network;
  const port = hostPort === undefined ? undefined : Number(hostPort);
  if (port !== undefined && !(Number.isInteger(port) && port >= 0 && port <= 65_535)) {
    missing.push({ variable: referenceName(environment.network.hostPort), path: 'network.hostPort' });
  }
  if (missing.length > 0) return { ok: false, missing };
  const launchType =
    resolved.compute.launchType ?? (resolved.compute.instance === undefined ? 'FARGATE' : 'EC2');
  return {
    ok: true,
    environment: {
      ...resolved,
      name,
      serviceName: config.service,
      image: { ...config.image, repository: config.image.repository ?? config.service },
      container: config.container,
      aws: {
        ...resolved.aws,
        cluster: resolved.aws.cluster ?? `${config.service}-${name}`,
        service: resolved.aws.service ?? config.service,
      },
      compute: { ...resolved.compute, launchType },
      network: {
        ...resolved.network,
        mode: resolved.network.mode ?? (launchType === 'FARGATE' ? 'awsvpc' : 'bridge'),
        hostPort: port,
      },
    },
  };
}

/** The environment that a ref deploys to: `refs/heads/develop`, `refs/tags/v1.2.3`. */
export function matchEnvironment(config: Config, ref: string): string | undefined {
  const branch = /^refs\/heads\/(.+)$/.exec(ref)?.[1];
  const tag = /^refs\/tags\/(.+)$/.exec(ref)?.[1];
  return Object.entries(config.environments).find(([, { on }]) =>
    'branch' in on ? on.branch === branch : tag !== undefined && glob(on.tag).test(tag),
  )?.[0];
}

/** Every reference to a GitHub variable in an environment, with the key that has it. */
export function referencesOf(environment: EnvironmentConfig): { path: string; reference: Reference }[] {
  const found: { path: string; reference: Reference }[] = [];
  const walk = (value: unknown, path: string): void => {
    if (isReference(value)) found.push({ path, reference: value });
    else if (typeof value === 'object' && value !== null) {
      for (const [key, item] of Object.entries(value)) walk(item, path === '' ? key : `${path}.${key}`);
    }
  };
  walk(environment, '');
  return found;
}

function substitute(
  value: unknown,
  path: string,
  variables: Readonly<Record<string, string>>,
  missing: MissingVariable[],
): unknown {
  if (isReference(value)) {
    const set = Object.hasOwn(variables, value.var) ? variables[value.var] : undefined;
    // A GitHub variable that is not set reads as empty text in many places: both mean that it is not set.
    const found = set === undefined || set === '' ? value.default : set;
    if (found === undefined) missing.push({ variable: value.var, path });
    return found;
  }
  if (Array.isArray(value))
    return value.map((item, index) => substitute(item, `${path}[${index}]`, variables, missing));
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [
        key,
        substitute(item, path === '' ? key : `${path}.${key}`, variables, missing),
      ]),
    );
  }
  return value;
}

function isReference(value: unknown): value is Reference {
  return typeof value === 'object' && value !== null && 'var' in value && typeof value.var === 'string';
}

function referenceName(value: unknown): string {
  return isReference(value) ? value.var : '';
}

function glob(pattern: string): RegExp {
  return new RegExp(`^${pattern.replace(/[.+^${}()|[\]\\?]/g, '\\$&').replaceAll('*', '.*')}$`);
}
