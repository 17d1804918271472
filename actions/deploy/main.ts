import { deploy, deploymentSummary, settle } from '../../src/ecs/index.ts';
import {
  Failure,
  inputs,
  openOutputs,
  optional,
  readInputs,
  runner,
  Summary,
  writeSummary,
  type Outputs,
} from '../../src/github/index.ts';
import { openRecord, report } from './record.ts';
import { openBench, releaseInputs, releaseOf, type Bench } from './release.ts';

const defaults = {
  deployment: '',
  state: 'refused',
  'task-definition': '',
  url: '',
  version: '',
  digest: '',
};

/** Image by digest → serving in an environment, proven; or the reason why not, and what was done about it. */
export async function run(): Promise<void> {
  const outputs = openOutputs(runner, defaults);
  const input = readInputs(runner, {
    ...releaseInputs,
    image: optional(inputs.imageByDigest),
    until: optional(inputs.oneOf('ready', 'done', 'settled'), 'done' as const),
  });
  const bench = await openBench(input);
  const { context, environment, aws, signal } = bench;
  outputs.set('url', environment.url ?? '');
  const { until } = input;
  if (until === 'settled') return waitUntilSettled(bench, outputs);

  if (input.image === undefined) {
    throw new Failure('There is nothing to deploy', {
      where: 'input "image"',
      remedy: 'Hand over the output "image" of build-image or of promote, as repository@digest',
    });
  }
  const release = releaseOf(input.image, input.version, context);
  outputs.set('version', release.version);
  outputs.set('digest', release.digest);

  const record = openRecord({ context, environment, release, token: input['github-token'], signal });
  const result = await deploy({
    ...bench,
    release,
    until,
    onStart: () => {
      // From here on it is no longer certain that nothing was touched.
      outputs.set('state', 'unknown');
      return Promise.resolve();
    },
    onDeployment: async (arn, taskDefinition) => {
      outputs.set('deployment', arn);
      outputs.set('task-definition', taskDefinition);
      await record.open(arn, taskDefinition);
    },
  });
  outputs.set('state', result.state);
  outputs.set('task-definition', result.taskDefinition);
  await writeSummary(runner, deploymentSummary(result, { environment, release, calls: aws.calls() }));
  await report(result, { environment, release }, record);
  // A call that was under way when the job was cancelled would keep the process for as long as AWS takes to answer.
  if (result.state === 'cancelled') process.exit();
}

/** Changes nothing: for the step after one that failed or was cancelled. */
async function waitUntilSettled(bench: Bench, outputs: Outputs<keyof typeof defaults>): Promise<void> {
  const { environment, now } = bench;
  const end = await settle({
    ...bench,
    name: environment.aws,
    deadline: now() + environment.deploy.timeout,
  });
  outputs.set('deployment', end.deployment);
  outputs.set('state', end.status);
  outputs.set('task-definition', end.taskDefinition ?? '');
  const serving = end.taskDefinition?.split('/').at(-1) ?? 'nothing';
  const line = `The last deployment is ${end.status}; ${end.running} of ${end.desired} tasks of ${serving} run.`;
  runner.info(line);
  await writeSummary(
    runner,
    new Summary().heading(3, `How ${environment.serviceName} in ${environment.name} stands`).paragraph(line),
  );
  if (!end.settled) {
    throw new Failure('The service still moves', { where: end.deployment, why: 'the time is up' });
  }
}
