import { connectAws, type Aws } from '../../src/aws/index.ts';
import {
  cancellation,
  environmentOf,
  inputs,
  loadSluiceYml,
  openOutputs,
  optional,
  readContext,
  readEnvironment,
  readInputs,
  regionOf,
  required,
  runner,
} from '../../src/github/index.ts';
import { choose } from './choose.ts';
import { reject } from './reject.ts';
import { restore } from './restore.ts';
import { stop } from './stop.ts';

/** The way back: of a deployment in progress, or to a release that served before. */
export async function run(): Promise<void> {
  const outputs = openOutputs(runner, {
    state: 'refused',
    restored: '',
    version: '',
    image: '',
    commit: '',
    leaving: '',
    deployment: '',
    url: '',
  });
  const input = readInputs(runner, {
    config: optional(inputs.workspacePath, 'sluice.yml'),
    environment: required(inputs.environmentName),
    variables: optional(inputs.variables, {}),
    mode: optional(inputs.oneOf('stop', 'choose', 'reject', 'restore'), 'stop' as const),
    image: optional(inputs.imageByDigest),
    version: optional(inputs.version),
    commit: optional(inputs.commitSha),
    reason: optional(inputs.text, ''),
    cause: optional(inputs.oneOf('failure', 'cancelled'), 'failure' as const),
    'github-token': optional(inputs.token, ''),
  });
  const context = readContext(runner.environment);
  const config = await loadSluiceYml(runner, context.workspace, input.config);
  const { checks } = environmentOf(config, input.environment);
  const connection = { ...context, token: input['github-token'] };
  // Whatever goes into one line of a record or a table.
  const reason = input.reason.replaceAll(/\s+/g, ' ').trim();

  if (input.mode === 'choose') {
    await choose({
      connection,
      environment: input.environment,
      checks,
      version: input.version,
      reason,
      outputs,
    });
    return;
  }
  const environment = await readEnvironment(config, input.environment, input.variables);
  outputs.set('url', environment.url ?? '');
  const aws: Aws = connectAws({
    runner,
    region: regionOf(environment, runner),
    role: environment.aws.role,
  });
  const common = { aws, connection, environment, reason, outputs, signal: cancellation() };
  switch (input.mode) {
    case 'stop':
      await stop({ ...common, image: input.image, cause: input.cause });
      return;
    case 'reject':
      await reject({ ...common, image: input.image, cause: input.cause, checks });
      return;
    case 'restore':
      await restore({
        ...common,
        image: input.image,
        version: input.version,
        commit: input.commit,
      });
      return;
  }
}
