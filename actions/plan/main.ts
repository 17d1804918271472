import {
  inputs,
  codeSpan,
  environmentOf,
  loadSluiceYml,
  openOutputs,
  optional,
  readContext,
  readEvent,
  readInputs,
  runner,
  Summary,
  writeSummary,
} from '../../src/github/index.ts';
import { plan, requireReleasable } from '../../src/pipeline/index.ts';
import type { Config } from '../../src/config/index.ts';

/** Event and sluice.yml → environment, version, stages. */
export async function run(): Promise<void> {
  const outputs = openOutputs(runner, { environment: '', version: '', stages: '[]', config: '{}' });
  const input = readInputs(runner, {
    config: optional(inputs.workspacePath, 'sluice.yml'),
    environment: optional(inputs.environmentName),
    'release-branch': optional(inputs.branchName, 'main'),
    'github-token': optional(inputs.token),
  });
  const context = readContext(runner.environment);
  const config = await loadSluiceYml(runner, context.workspace, input.config);
  if (input.environment !== undefined) environmentOf(config, input.environment);

  const decided = plan({
    config,
    event: readEvent(context),
    sha: context.sha,
    environment: input.environment,
  });
  if (decided.kind === 'nothing') {
    runner.notice(`${decided.reason}: nothing is deployed.`, { title: 'Nothing to deploy' });
    await writeSummary(runner, new Summary().heading(3, 'Nothing to deploy').paragraph(`${decided.reason}.`));
    return;
  }
  if (decided.tag !== undefined) {
    await requireReleasable(
      { ...context, token: input['github-token'] ?? '' },
      {
        environment: decided.environment,
        tag: decided.tag,
        sha: context.sha,
        branch: input['release-branch'],
      },
    );
  }

  const { environment, version, stages } = decided;
  outputs.set('environment', environment);
  outputs.set('version', version);
  outputs.set('stages', JSON.stringify(stages));
  outputs.set('config', JSON.stringify(shown(config, environment)));

  const names = stages.map(({ name }) => name).join(' → ');
  runner.info(`${context.ref} goes to ${environment}, as version ${version}.`);
  runner.info(names);
  await writeSummary(
    runner,
    new Summary().heading(3, `Plan for ${environment}`).table(
      ['', ''],
      [
        ['Ref', codeSpan(context.ref)],
        ['Commit', codeSpan(context.sha)],
        ['Version', codeSpan(version)],
        ['Stages', names],
      ],
    ),
  );
}

/** The environment with the parts that all environments share. Outputs are no place for secrets, not even relaxed ones. */
function shown(config: Config, name: string): object {
  const { secrets, ...environment } = environmentOf(config, name);
  return {
    name,
    service: config.service,
    image: config.image,
    container: config.container,
    ...environment,
    secrets: Object.fromEntries(
      Object.entries(secrets).map(([key, secret]) => [
        key,
        'literal' in secret ? { literal: '***' } : secret,
      ]),
    ),
  };
}
