import type { Config, ResolvedEnvironment } from '../config/index.ts';
import { Failure } from './failure.ts';
import type { Runner } from './runner.ts';
import { environmentOf } from './sluice-yml.ts';

/**
 * An environment with the GitHub variables put in, as an action needs it.
 *
 * @throws Failure that names every variable that is not set, with the line that wants it
 */
export async function readEnvironment(
  config: Config,
  name: string,
  variables: Readonly<Record<string, string>>,
): Promise<ResolvedEnvironment> {
  environmentOf(config, name);
  const { formatMissing, resolveEnvironment } = await import('../config/index.ts');
  const resolution = resolveEnvironment(config, name, variables);
  if (resolution.ok) return resolution.environment;
  const { missing } = resolution;
  const names = [...new Set(missing.map(({ variable }) => variable))];
  throw new Failure(
    missing.length === 1
      ? 'A GitHub variable is not as it has to be'
      : `${missing.length} keys want GitHub variables that are not as they have to be`,
    {
      where: `environments.${name}`,
      why: missing.map(formatMissing).join('. '),
      remedy: `${names.map((variable) => `gh variable set ${variable} --env ${name} --body …`).join('; ')}; and hand them over with "variables: \${{ toJSON(vars) }}" in a job that is bound to the environment`,
      evidence: missing.map((each) => `- ${formatMissing(each)}`).join('\n'),
    },
  );
}

/** The region of an environment: sluice.yml's, or else the job's. */
export function regionOf({ name, aws }: ResolvedEnvironment, runner: Runner): string {
  const region = aws.region ?? runner.environment['AWS_REGION'] ?? runner.environment['AWS_DEFAULT_REGION'];
  if (region !== undefined && region !== '') return region;
  throw new Failure('The AWS region is not known', {
    where: `environments.${name}.aws.region`,
    why: 'sluice.yml names none, and AWS_REGION is not set',
    remedy: 'Set it in sluice.yml',
  });
}
