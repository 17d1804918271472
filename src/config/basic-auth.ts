import type { EnvironmentConfig } from './schema/index.ts';

/** The variable that sluice.yml hands basic authentication to the service in, as `user:password`. */
const variable = 'BASIC_AUTH';

/**
 * The Authorization header that the service of an environment asks for, where sluice.yml sets one: probes and tests
 * have to come in as its users do.
 * @param variables the GitHub variables that are visible in the job
 */
export function authorizationOf(
  environment: Pick<EnvironmentConfig, 'variables'>,
  variables: Readonly<Record<string, string>> = {},
): string | undefined {
  const given = environment.variables[variable];
  const pair = typeof given === 'object' ? variables[given.var] || given.default : given;
  return pair === undefined || pair === '' ? undefined : `Basic ${Buffer.from(pair).toString('base64')}`;
}
