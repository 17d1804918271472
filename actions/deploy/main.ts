import { connectAws } from '../../src/aws/index.ts';
import { resolveEnvironment, type ResolvedEnvironment } from '../../src/config/index.ts';
import { deploy, deploymentSummary, settle, type DeployResult, type Release } from '../../src/ecs/index.ts';
import {
  cancellation,
  environmentOf,
  Failure,
  inputs,
  loadSluiceYml,
  openDeployments,
  openOutputs,
  optional,
  readContext,
  readInputs,
  required,
  runner,
  sleep,
  Summary,
  writeSummary,
  type Context,
  type Deployments,
} from '../../src/github/index.ts';

const now = (): number => performance.now();

/** Image by digest → serving in an environment, proven; or the reason why not, and what was done about it. */
export async function run(): Promise<void> {
  const outputs = openOutputs(runner, {
    deployment: '',
    state: 'refused',
    'task-definition': '',
    url: '',
    version: '',
    digest: '',
  });
  const input = readInputs(runner, {
    config: optional(inputs.workspacePath, 'sluice.yml'),
    environment: required(inputs.environmentName),
    variables: optional(inputs.variables, {}),
    image: optional(inputs.imageByDigest),
    version: optional(inputs.version),
    until: optional(inputs.oneOf('done', 'settled'), 'done'),
    'github-token': optional(inputs.token),
  });
  const context = readContext(runner.environment);
  const config = await loadSluiceYml(runner, context.workspace, input.config);
  environmentOf(config, input.environment);
  const environment = resolved(
    resolveEnvironment(config, input.environment, input.variables),
    input.environment,
  );
  outputs.set('url', environment.url ?? '');
  const aws = connectAws({ runner, region: regionOf(environment), role: environment.aws.role });
  const signal = cancellation();

  if (input.until === 'settled') {
    const end = await settle({
      aws,
      name: environment.aws,
      runner,
      deadline: now() + environment.deploy.timeout,
      now,
      sleep,
      signal,
    });
    outputs.set('deployment', end.deployment);
    outputs.set('state', end.status);
    outputs.set('task-definition', end.taskDefinition ?? '');
    const serving = end.taskDefinition?.split('/').at(-1) ?? 'nothing';
    const line = `The last deployment is ${end.status}; ${end.running} of ${end.desired} tasks of ${serving} run.`;
    runner.info(line);
    await writeSummary(
      runner,
      new Summary()
        .heading(3, `How ${environment.serviceName} in ${environment.name} stands`)
        .paragraph(line),
    );
    if (!end.settled)
      throw new Failure('The service still moves', { where: end.deployment, why: 'the time is up' });
    return;
  }

  if (input.image === undefined) {
    throw new Failure('There is nothing to deploy', {
      where: 'input "image"',
      remedy: 'Hand over the output "image" of build-image, as repository@digest',
    });
  }
  const release: Release = {
    image: input.image,
    digest: input.image.slice(input.image.indexOf('@') + 1),
    version: input.version ?? context.sha,
    commit: context.sha,
  };
  outputs.set('version', release.version);
  outputs.set('digest', release.digest);

  const record = openRecord(context, environment, release, input['github-token']);
  const result = await deploy({
    aws,
    environment,
    release,
    runner,
    workspace: context.workspace,
    now,
    sleep,
    random: Math.random,
    signal,
    onStart: async () => {
      // From here on it is no longer certain that nothing was touched.
      outputs.set('state', 'unknown');
      await record.start();
    },
    onDeployment: (arn, taskDefinition) => {
      outputs.set('deployment', arn);
      outputs.set('task-definition', taskDefinition);
    },
  });
  outputs.set('state', result.state);
  outputs.set('task-definition', result.taskDefinition);
  await writeSummary(runner, deploymentSummary(result, { environment, release, calls: aws.calls() }));
  await report(result, environment, release, record, aws.calls());
  // A call that was under way when the job was cancelled would keep the process for as long as AWS takes to answer.
  if (result.state === 'cancelled') process.exit();
}

async function report(
  result: DeployResult,
  environment: ResolvedEnvironment,
  release: Release,
  record: ReturnType<typeof openRecord>,
  calls: number,
): Promise<void> {
  const why = result.why ?? '';
  switch (result.state) {
    case 'deployed':
      runner.info(`${release.version} serves at ${environment.url ?? ''}. AWS calls: ${calls}.`);
      await record.end(
        'success',
        `${release.version} answers; ${result.taskDefinition.split('/').at(-1) ?? ''}`,
      );
      return;
    case 'superseded':
      runner.notice('A newer deployment took over before this one was done.', { title: 'Superseded' });
      await record.end('inactive', why);
      return;
    case 'cancelled':
    case 'failed':
    case 'rolled-back':
    case 'unknown':
      runner.fail(
        `${environment.name} is not deployed (${result.state}): ${why}. The summary has the evidence.`,
      );
      await record.end('failure', why);
      return;
  }
}

function resolved(resolution: ReturnType<typeof resolveEnvironment>, name: string): ResolvedEnvironment {
  if (resolution.ok) return resolution.environment;
  const { missing } = resolution;
  throw new Failure(
    `${missing.length === 1 ? 'A GitHub variable is' : `${missing.length} GitHub variables are`} missing`,
    {
      where: missing.map(({ variable, path }) => `${variable} (environments.${name}.${path})`).join(', '),
      remedy: `Set ${missing.length === 1 ? 'it' : 'them'}: ${missing.map(({ variable }) => `gh variable set ${variable} --env ${name} --body …`).join('; ')}`,
    },
  );
}

function regionOf(environment: ResolvedEnvironment): string {
  const region =
    environment.aws.region ?? runner.environment.AWS_REGION ?? runner.environment.AWS_DEFAULT_REGION;
  if (region !== undefined && region !== '') return region;
  throw new Failure('It is not known in which AWS region to deploy', {
    where: `environments.${environment.name}.aws.region`,
    remedy: 'Set it in sluice.yml',
  });
}

/** The record at GitHub, opened before the first write. It never fails a deployment. */
function openRecord(
  context: Context,
  environment: ResolvedEnvironment,
  release: Release,
  token: string | undefined,
) {
  let deployments: Deployments | undefined;
  let id: number | undefined;
  return {
    start: async (): Promise<void> => {
      if (token === undefined) return;
      deployments = openDeployments({ ...context, token, runner });
      id = await deployments.create({
        environment: environment.name,
        ref: context.ref,
        description: `${environment.serviceName} ${release.version}`.slice(0, 140),
        production: environment.name === 'production',
        payload: { image: release.image, digest: release.digest, version: release.version },
      });
      await deployments.setState(id, 'in_progress');
    },
    end: async (state: 'success' | 'failure' | 'inactive', description: string): Promise<void> => {
      await deployments?.setState(id, state, {
        description: description.slice(0, 140),
        ...(environment.url === undefined ? {} : { environmentUrl: environment.url }),
      });
    },
  };
}
