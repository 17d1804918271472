import { deploymentSummary, shiftTraffic } from '../../src/ecs/index.ts';
import {
  inputs,
  openOutputs,
  optional,
  readInputs,
  required,
  runner,
  writeSummary,
} from '../../src/github/index.ts';
import { openRecord, report } from '../deploy/record.ts';
import { openBench, releaseInputs, releaseOf } from '../deploy/release.ts';

/** A deployment that waits at its first gate → all traffic on the new version; or back, and the reason why. */
export async function run(): Promise<void> {
  const outputs = openOutputs(runner, { state: 'refused', weights: '', analysis: '[]', deployment: '' });
  const input = readInputs(runner, {
    ...releaseInputs,
    image: required(inputs.imageByDigest),
    deployment: optional(inputs.serviceDeploymentArn),
  });
  const bench = await openBench(input);
  const { context, environment, aws, signal } = bench;
  const release = releaseOf(input.image, input.version, context);
  const record = openRecord({ context, environment, release, token: input['github-token'], signal });
  const result = await shiftTraffic({
    ...bench,
    release,
    onDeployment: async (arn) => {
      outputs.set('state', 'unknown');
      outputs.set('deployment', arn);
      if (input.deployment !== undefined && input.deployment !== arn) {
        runner.notice(
          `${input.deployment} is not the newest of this release any more; going on with ${arn}.`,
        );
      }
      await record.resume();
    },
  });
  const last = result.traffic.splits.at(-1);
  outputs.set('state', result.state);
  outputs.set('weights', last === undefined ? '' : JSON.stringify({ green: last.green, blue: last.blue }));
  outputs.set('analysis', JSON.stringify(result.traffic.looks));
  await writeSummary(runner, deploymentSummary(result, { environment, release, calls: aws.calls() }));
  await report(result, { environment, release }, record);
  if (result.state === 'cancelled') process.exit();
}
