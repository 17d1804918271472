import { authorizationOf, type Config, type EnvironmentConfig } from '../config/index.ts';
import {
  environmentOf,
  Failure,
  inputs,
  loadSluiceYml,
  optional,
  readContext,
  required,
  type Runner,
} from '../github/index.ts';

/** What every check of a running service is told, by the names in its `action.yml`. */
export const serviceInputs = {
  config: optional(inputs.workspacePath, 'sluice.yml'),
  environment: required(inputs.environmentName),
  version: optional(inputs.version, ''),
  variables: optional(inputs.variables, {}),
  authorization: optional(inputs.token),
} as const;

/** A service that is checked where it runs. */
interface ServiceUnderTest {
  /** The checked-out repository, absolute. */
  readonly workspace: string;
  readonly config: Config;
  readonly environment: EnvironmentConfig;
  /** The Authorization header that it asks for; it is masked. */
  readonly authorization: string | undefined;
  /** The headers that every request needs. */
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * Reads what sluice.yml says of the service that a check was pointed at.
 *
 * @param input what {@link serviceInputs} gave
 * @throws Failure where sluice.yml has mistakes, or no such environment
 */
export async function readServiceUnderTest(
  runner: Runner,
  input: {
    readonly config: string;
    readonly environment: string;
    readonly variables: Readonly<Record<string, string>>;
    readonly authorization: string | undefined;
  },
): Promise<ServiceUnderTest> {
  const { workspace } = readContext(runner.environment);
  const config = await loadSluiceYml(runner, workspace, input.config);
  const environment = environmentOf(config, input.environment);
  const authorization = input.authorization ?? authorizationOf(environment, input.variables);
  if (authorization !== undefined) runner.mask(authorization);
  return {
    workspace,
    config,
    environment,
    authorization,
    headers: authorization === undefined ? {} : { authorization },
  };
}

/** Checks by their keys in sluice.yml, and what they are called. */
const spoken = {
  test: 'tests',
  integration: 'integration tests',
  uat: 'acceptance tests',
  performance: 'performance tests',
} as const;

/** @throws Failure where sluice.yml asks for no such check in the environment */
export function settingsOf<Kind extends keyof typeof spoken>(
  name: string,
  { checks }: EnvironmentConfig,
  kind: Kind,
): NonNullable<EnvironmentConfig['checks'][Kind]> {
  const settings = checks[kind];
  if (settings !== undefined) return settings;
  throw new Failure(`The environment ${name} has no ${spoken[kind]}`, {
    where: `environments.${name}.checks`,
    remedy: `Add "${kind}" to its checks in sluice.yml, or leave this action out of the workflow`,
  });
}
