import { homedir } from 'node:os';
import path from 'node:path';
import { connectAws } from '../../src/aws/index.ts';
import type { Config, EnvironmentConfig } from '../../src/config/index.ts';
import {
  cancellation,
  environmentOf,
  Failure,
  inputs,
  loadSluiceYml,
  openOutputs,
  optional,
  readContext,
  readInputs,
  required,
  runCommand,
  runner,
  writeSummary,
} from '../../src/github/index.ts';
import {
  attachDocuments,
  buildImage,
  findRepository,
  openRegistry,
  platformOf,
  writeLayout,
  type BuildTarget,
} from '../../src/image/index.ts';
import { summariseBuild, summariseFirstDay } from './summary.ts';

/** Source tree → image in the registry, by its digest. */
export async function run(): Promise<void> {
  const outputs = openOutputs(runner, {
    image: '',
    digest: '',
    reused: 'false',
    pushed: 'false',
    version: '',
    layout: '',
  });
  const input = readInputs(runner, {
    config: optional(inputs.workspacePath, 'sluice.yml'),
    environment: required(inputs.environmentName),
    variables: optional(inputs.variables, {}),
    version: optional(inputs.version),
    builder: optional(inputs.oneOf('auto', 'docker', 'layered')),
    push: optional(inputs.flag, true),
    'allow-baseless': optional(inputs.flag, false),
    layout: optional(inputs.text),
  });
  const context = readContext(runner.environment);
  outputs.set('version', input.version ?? context.sha);
  const config = await loadSluiceYml(runner, context.workspace, input.config);
  const environment = environmentOf(config, input.environment);
  const role = roleOf(environment, input.variables);

  const signal = cancellation();
  const target =
    input.push && role.kind !== 'missing'
      ? await findTarget(config, environment, role.kind === 'known' ? role.arn : undefined, signal)
      : undefined;
  const platform = platformOf(config.image.platforms[0] ?? 'linux/amd64');
  const started = Date.now();
  const result = await buildImage({
    workspace: context.workspace,
    context: config.image.context,
    dockerfile: config.image.dockerfile,
    platform,
    title: config.service,
    commit: context.sha,
    builder: input.builder ?? config.image.builder,
    allowBaseless: input['allow-baseless'],
    cache: path.join(cacheFolder(runner.environment), 'sluice', 'layers'),
    target,
    run: runCommand,
    runner,
    signal,
  });
  outputs.set('image', result.image?.reference ?? '');
  outputs.set('digest', result.digest ?? '');
  outputs.set('reused', String(result.reused));
  outputs.set('pushed', String(result.image !== undefined));

  if (input.layout !== undefined && target !== undefined && result.image !== undefined) {
    await writeLayout(
      target.registry,
      result.image.descriptor,
      path.resolve(context.workspace, input.layout),
    );
    outputs.set('layout', input.layout);
  }

  const attached =
    target === undefined || result.image === undefined
      ? []
      : await attachDocuments({ target, result, config, context, run: runCommand, runner });
  await writeSummary(
    runner,
    summariseBuild({
      config,
      result,
      attached,
      milliseconds: Date.now() - started,
      platform: config.image.platforms,
    }),
  );
  if (role.kind === 'missing' && input.push) {
    const notice = `${role.variable} is not set: the image was built, not pushed, and nothing is deployed.`;
    runner.notice(`${notice} docs/adopting.md of Sluice says how to set AWS up.`, {
      title: 'No AWS account yet',
    });
    await writeSummary(runner, summariseFirstDay(environment, input.environment, input.variables));
  }
}

type Role =
  | { readonly kind: 'known'; readonly arn: string }
  /** sluice.yml names none: the job's own credentials are used. */
  | { readonly kind: 'none' }
  /** Its variable is not set: the first day. */
  | { readonly kind: 'missing'; readonly variable: string };

function roleOf({ aws }: EnvironmentConfig, variables: Readonly<Record<string, string>>): Role {
  if (aws.role === undefined) return { kind: 'none' };
  if (typeof aws.role === 'string') return { kind: 'known', arn: aws.role };
  // A variable that is not set reads as empty text in many places.
  const arn =
    (Object.hasOwn(variables, aws.role.var) ? variables[aws.role.var] : undefined) || aws.role.default;
  return arn === undefined || arn === ''
    ? { kind: 'missing', variable: aws.role.var }
    : { kind: 'known', arn };
}

async function findTarget(
  config: Config,
  { aws }: EnvironmentConfig,
  role: string | undefined,
  signal: AbortSignal,
): Promise<BuildTarget> {
  const region = aws.region ?? runner.environment['AWS_REGION'] ?? runner.environment['AWS_DEFAULT_REGION'];
  if (region === undefined || region === '') {
    throw new Failure('The AWS region is not known', {
      where: 'aws.region',
      why: 'sluice.yml names none, and AWS_REGION is not set',
      remedy: 'Set aws.region of the environment in sluice.yml',
    });
  }
  const ecr = await connectAws({ runner, region, role }).ecr();
  const { repository, credentials } = await findRepository(
    ecr,
    config.image.repository ?? config.service,
    runner,
  );
  return { repository, credentials, registry: openRegistry({ repository, credentials, signal }) };
}

function cacheFolder(environment: Readonly<Record<string, string | undefined>>): string {
  return environment['RUNNER_TOOL_CACHE'] || environment['XDG_CACHE_HOME'] || path.join(homedir(), '.cache');
}
