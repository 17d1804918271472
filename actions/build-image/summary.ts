import { referencesOf, type Config, type EnvironmentConfig } from '../../src/config/index.ts';
import { codeSpan, formatDuration, Summary } from '../../src/github/index.ts';
import type { BuildResult } from '../../src/image/index.ts';

export function summariseBuild(build: {
  readonly config: Config;
  readonly result: BuildResult;
  readonly attached: readonly string[];
  readonly milliseconds: number;
  readonly platform: readonly string[];
}): Summary {
  const { config, result, attached } = build;
  const how = result.reused
    ? 'found: this source tree was built before'
    : `built by ${codeSpan(result.builder ?? '')}`;
  return new Summary().heading(3, 'Build Image').table(
    ['', ''],
    [
      ['Image', result.image === undefined ? 'not pushed' : codeSpan(result.image.reference)],
      ['Digest', result.digest === undefined ? 'not known before a push' : codeSpan(result.digest)],
      ['Made', `${how}, in ${formatDuration(build.milliseconds)}`],
      ['Source tree', `${codeSpan(result.tree.hash)} of ${codeSpan(config.image.context)}`],
      ['Platform', codeSpan(build.platform[0] ?? '')],
      ['Attached', attached.length === 0 ? 'nothing' : attached.join(', ')],
    ],
  );
}

/** What a fork or a new repository has to set before anything can be deployed. */
export function summariseFirstDay(
  environment: EnvironmentConfig,
  name: string,
  variables: Readonly<Record<string, string>>,
): Summary {
  const missing = referencesOf(environment).filter(
    ({ reference }) => reference.default === undefined && !variables[reference.var],
  );
  return new Summary()
    .heading(3, 'Next: an AWS account to deploy to')
    .paragraph(
      `Tests and build passed. To deploy, set these variables of the GitHub environment ${codeSpan(name)}; ` +
        '`docs/adopting.md` of Sluice has the commands that make what they name.',
    )
    .table(
      ['Variable', 'For'],
      missing.map(({ path, reference }) => [codeSpan(reference.var), codeSpan(path)]),
    );
}
