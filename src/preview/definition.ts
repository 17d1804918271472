import {
  formatMissing,
  referencesOf,
  resolveEnvironment,
  type Config,
  type ResolvedEnvironment,
} from '../config/index.ts';
import { errorMessage } from '../github/index.ts';
import { buildTaskDefinition, type Release, type TaskDefinition } from '../ecs/task-definition/build.ts';
import { diffTaskDefinitions, type Difference } from '../ecs/task-definition/diff.ts';
import { parseOwnTaskDefinition } from '../ecs/task-definition/own.ts';
import type { Version } from './versions.ts';

/** An environment of one version of sluice.yml. */
interface EnvironmentVersion {
  readonly config: Config;
  readonly version: Version;
}

export type DefinitionChange =
  | { readonly kind: 'compared'; readonly differences: readonly Difference[] }
  /** Why there is nothing to compare. */
  | { readonly kind: 'unknown'; readonly reason: string };

/** The image is not built yet, and is not what a pull request changes here: it is the same on both sides. */
const release: Release = {
  image: 'IMAGE',
  digest: 'DIGEST',
  version: 'VERSION',
  commit: 'COMMIT',
};

/**
 * What changes in the task definition of an environment. A preview sees no environment's variables: where one that is
 * not visible counts, its name stands for its value.
 *
 * @param variables GitHub variables of the repository
 */
export async function compareDefinitions(
  name: string,
  before: EnvironmentVersion,
  after: EnvironmentVersion,
  variables: Readonly<Record<string, string>>,
): Promise<DefinitionChange> {
  try {
    const was = await render(name, before, variables);
    const is = await render(name, after, variables);
    const secrets = new Set([...was.secrets, ...is.secrets]);
    const differences = diffTaskDefinitions(was.definition, is.definition, secrets).map((difference) => ({
      path: difference.path,
      before: was.inWords(difference.path, difference.before),
      after: is.inWords(difference.path, difference.after),
    }));
    return { kind: 'compared', differences };
  } catch (error: unknown) {
    return { kind: 'unknown', reason: errorMessage(error) };
  }
}

interface Rendered {
  readonly definition: TaskDefinition;
  /** Names of variables whose values are secret. */
  readonly secrets: readonly string[];
  /** A value as it is to be read: a number that stands for a variable becomes its name. */
  readonly inWords: (path: string, value: string | undefined) => string | undefined;
}

async function render(
  name: string,
  { config, version }: EnvironmentVersion,
  visible: Readonly<Record<string, string>>,
): Promise<Rendered> {
  const standIns = standInsFor(config, name, visible);
  const resolution = resolveEnvironment(config, name, { ...visible, ...standIns.values });
  if (!resolution.ok) throw new Error(resolution.missing.map(formatMissing).join('. '));
  const { environment } = resolution;
  const own = await readOwn(environment, version);
  return {
    definition: buildTaskDefinition(environment, release, {}, own),
    secrets: Object.keys(environment.secrets),
    inWords: (path, value) =>
      value !== undefined && path.endsWith('hostPort') ? (standIns.ports.get(value) ?? value) : value,
  };
}

async function readOwn(
  environment: ResolvedEnvironment,
  version: Version,
): Promise<TaskDefinition | undefined> {
  const { taskDefinition: file } = environment;
  if (file === undefined) return undefined;
  const text = await version.read(file);
  if (text === undefined) throw new Error(`${file} is not there`);
  return parseOwnTaskDefinition(text, file, environment);
}

/** The last of the ports, so that none of them is one that somebody has written. */
const lastPort = 65_535;

/** What stands for the variables that cannot be seen: a value that says its name, and is of the key's kind. */
function standInsFor(
  config: Config,
  name: string,
  visible: Readonly<Record<string, string>>,
): { readonly values: Readonly<Record<string, string>>; readonly ports: ReadonlyMap<string, string> } {
  const environment = config.environments[name];
  const values: Record<string, string> = {};
  const ports = new Map<string, string>();
  for (const { path, reference } of environment === undefined ? [] : referencesOf(environment)) {
    const { var: variable, default: given } = reference;
    if ((visible[variable] ?? '') !== '' || given !== undefined || variable in values) continue;
    values[variable] = standIn(path, variable, lastPort - ports.size);
    if (path === 'network.hostPort') ports.set(values[variable], shownReference(variable));
  }
  return { values, ports };
}

function standIn(path: string, variable: string, port: number): string {
  switch (path) {
    case 'url':
    case 'loadBalancer.testUrl':
      return `https://${variable.toLowerCase().replaceAll('_', '-')}.invalid`;
    case 'aws.role':
      return `arn:aws:iam::000000000000:role/${variable}`;
    case 'aws.executionRole':
    case 'aws.taskRole':
    case 'aws.cluster':
    case 'aws.service':
      return variable;
    case 'network.hostPort':
      return String(port);
    default:
      return shownReference(variable);
  }
}

function shownReference(variable: string): string {
  return `\${{ vars.${variable} }}`;
}
