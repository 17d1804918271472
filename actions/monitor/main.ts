import { deploymentSummary, monitor, type DeployResult } from '../../src/ecs/index.ts';
import {
  inputs,
  openIncident,
  openOutputs,
  optional,
  readInputs,
  required,
  runner,
  writeSummary,
} from '../../src/github/index.ts';
import { openRecord, report } from '../deploy/record.ts';
import { openBench, releaseInputs, releaseOf, type Bench } from '../deploy/release.ts';

/** All traffic on the new version → proven and the old one gone; or back; or an incident, where back is no way. */
export async function run(): Promise<void> {
  const outputs = openOutputs(runner, { state: 'refused', incident: '', analysis: '[]', deployment: '' });
  const input = readInputs(runner, {
    ...releaseInputs,
    image: required(inputs.imageByDigest),
    deployment: optional(inputs.serviceDeploymentArn),
  });
  const bench = await openBench(input);
  const { context, environment, aws, signal } = bench;
  const release = releaseOf(input.image, input.version, context);
  const record = openRecord({ context, environment, release, token: input['github-token'], signal });
  const result = await monitor({
    ...bench,
    release,
    onDeployment: async (arn) => {
      outputs.set('state', 'unknown');
      outputs.set('deployment', arn);
      await record.resume();
    },
  });
  outputs.set('state', result.state);
  outputs.set('analysis', JSON.stringify(result.traffic.looks));
  await writeSummary(runner, deploymentSummary(result, { environment, release, calls: aws.calls() }));
  await report(result, { environment, release }, record);
  if (result.state === 'cancelled') process.exit();
  const token = input['github-token'];
  if (needsSomebody(result) && token !== undefined) {
    outputs.set('incident', (await raise(bench, result, release.version, token)) ?? '');
  }
}

/** Where nothing goes back by itself any more: a person has to decide. */
function needsSomebody({ state }: DeployResult): boolean {
  return state === 'held' || state === 'failed' || state === 'unproven' || state === 'unknown';
}

function raise(
  { context, environment }: Bench,
  result: DeployResult,
  version: string,
  token: string,
): Promise<string | undefined> {
  const { serviceName, name } = environment;
  return openIncident(
    { ...context, token, runner },
    {
      key: `deployment ${serviceName} ${name}`,
      title: `${serviceName} in ${name}: ${version} is ${result.state}`,
      body: [
        `**${result.why ?? result.state}**`,
        `Service deployment: \`${result.deployment}\``,
        `The run, with the evidence: ${context.runUrl}`,
        'docs/runbook.md says how to go on.',
      ].join('\n\n'),
    },
  );
}
