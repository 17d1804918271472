import {
  clusterOf,
  launchTypeOf,
  networkModeOf,
  repositoryOf,
  type LaunchType,
  type NetworkMode,
} from './defaults.ts';
import type { Path } from './document.ts';
import { sourceOf } from './load.ts';
import { shown } from './problem.ts';
import { isReference, referencesOf } from './references.ts';
import { kinds, type Config, type EnvironmentConfig, type Reference } from './schema/index.ts';

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
  readonly compute: Resolved<EnvironmentConfig>['compute'] & { readonly launchType: LaunchType };
  readonly network: Omit<Resolved<EnvironmentConfig>['network'], 'hostPort' | 'mode'> & {
    readonly mode: NetworkMode;
    readonly hostPort: number | undefined;
  };
};

/** A GitHub variable that is not set and has no default, or that is set to what the key cannot be. */
interface MissingVariable {
  readonly variable: string;
  /** The key that wants it: `aws.role`. */
  readonly path: string;
  /** Where that key stands; 0 where the configuration comes from no file. */
  readonly line: number;
  readonly column: number;
  /** What the variable is set to, where it is. */
  readonly value: string | undefined;
  readonly expected: string;
}

type Resolution =
  | { readonly ok: true; readonly environment: ResolvedEnvironment }
  | { readonly ok: false; readonly missing: readonly MissingVariable[] };

/** `AWS_ROLE_DEVELOPMENT is not set; aws.role (sluice.yml:21:13) needs the ARN of an IAM role` */
export function formatMissing({ variable, path, line, column, value, expected }: MissingVariable): string {
  const place = line === 0 ? '' : ` (sluice.yml:${line}:${column})`;
  const state = value === undefined ? 'is not set' : `is ${shown(value)}`;
  return `${variable} ${state}; ${path}${place} needs ${expected}`;
}

/**
 * One environment, ready to deploy to.
 *
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
  const source = sourceOf(config);
  const missing = referencesOf(environment).flatMap(({ path, reference }): MissingVariable[] => {
    const value = valueOf(reference, variables);
    const expected = value === undefined ? expectedAt(path).words : unfit(path, value);
    if (expected === undefined) return [];
    const place = source?.valueAt(['environments', name, ...path.split('.')]) ?? { line: 0, column: 0 };
    return [{ variable: reference.var, path, ...place, value, expected }];
  });
  if (missing.length > 0) return { ok: false, missing };

  const resolved = substitute(environment, [], variables) as Resolved<EnvironmentConfig>;
  const { hostPort } = resolved.network;
  return {
    ok: true,
    environment: {
      ...resolved,
      name,
      serviceName: config.service,
      image: { ...config.image, repository: repositoryOf(config) },
      container: config.container,
      aws: {
        ...resolved.aws,
        cluster: resolved.aws.cluster ?? clusterOf(config, name),
        service: resolved.aws.service ?? config.service,
      },
      compute: { ...resolved.compute, launchType: launchTypeOf(environment.compute) },
      network: {
        ...resolved.network,
        mode: networkModeOf(environment.compute, environment.network),
        hostPort: hostPort === undefined ? undefined : Number(hostPort),
      },
    },
  };
}

/** What a key needs, of those that a variable may be given for. */
function expectedAt(path: string): {
  readonly kind: (typeof kinds)[keyof typeof kinds];
  readonly words: string;
} {
  switch (path) {
    case 'url':
      return { kind: kinds.url, words: 'the URL of the front door' };
    case 'loadBalancer.testUrl':
      return { kind: kinds.url, words: 'the URL of the test listener' };
    case 'aws.role':
      return { kind: kinds.role, words: 'the ARN of an IAM role' };
    case 'aws.executionRole':
    case 'aws.taskRole':
      return { kind: kinds.roleOrName, words: 'an IAM role' };
    case 'aws.cluster':
    case 'aws.service':
      return { kind: kinds.ecsName, words: 'a name on ECS' };
    case 'network.hostPort':
      return { kind: kinds.port, words: 'a port' };
    default:
      return { kind: kinds.text, words: 'a value' };
  }
}

/** What was expected, where a value is not of the key's kind. A container's variable may be anything. */
function unfit(path: string, value: string): string | undefined {
  if (path.startsWith('variables.')) return undefined;
  const parsed = expectedAt(path).kind.safeParse(value);
  return parsed.success ? undefined : parsed.error.issues[0]?.message;
}

/** A GitHub variable that is not set reads as empty text in many places: both mean that it is not set. */
function valueOf(reference: Reference, variables: Readonly<Record<string, string>>): string | undefined {
  const set = Object.hasOwn(variables, reference.var) ? variables[reference.var] : undefined;
  return set === undefined || set === '' ? reference.default : set;
}

function substitute(value: unknown, path: Path, variables: Readonly<Record<string, string>>): unknown {
  if (isReference(value, path)) return valueOf(value, variables);
  if (Array.isArray(value)) return value.map((item, index) => substitute(item, [...path, index], variables));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, substitute(item, [...path, key], variables)]),
  );
}
