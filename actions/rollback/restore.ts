import { deploy, deploymentSummary, type Release } from '../../src/ecs/index.ts';
import {
  errorMessage,
  Failure,
  openDeployments,
  readDeployments,
  runner,
  sentence,
  sleep,
  writeSummary,
} from '../../src/github/index.ts';
import type { RecordedRelease } from '../../src/promotion/index.ts';
import { forRollback, lastServed } from '../../src/rollback/index.ts';
import { now, type Rollback } from './context.ts';

interface Restore extends Rollback {
  readonly image: string | undefined;
  readonly version: string | undefined;
  readonly commit: string | undefined;
}

/** Deploys a release that served before: traffic first, then the proof, then the records. */
export async function restore(rollback: Restore): Promise<void> {
  const { aws, connection, environment, reason, outputs, signal } = rollback;
  const release = releaseOf(rollback);
  outputs.set('version', release.version);
  outputs.set('image', release.image);
  outputs.set('commit', release.commit);

  const deployments = openDeployments({ ...connection, runner });
  const hasToken = connection.token !== '';
  const leaving = hasToken ? await findLeaving(rollback) : undefined;
  let record: number | undefined;
  const result = await deploy({
    aws,
    environment: forRollback(environment),
    release,
    direction: 'back',
    runner,
    workspace: connection.workspace,
    now,
    sleep,
    random: Math.random,
    signal,
    onStart: async () => {
      outputs.set('state', 'failed');
      if (!hasToken) return;
      record = await deployments.create({
        environment: environment.name,
        ref: release.commit,
        description: `Back to ${release.version}${because(reason)}`,
        production: environment.name === 'production',
        payload: {
          image: release.image,
          digest: release.digest,
          version: release.version,
          commit: release.commit,
          rollback: true,
          reason,
        },
      });
      await deployments.setState(record, 'in_progress');
    },
    onDeployment: (arn) => outputs.set('deployment', arn),
  });
  outputs.set('state', result.state === 'deployed' ? 'restored' : 'failed');
  await writeSummary(runner, deploymentSummary(result, { environment, release, calls: aws.calls() }));
  if (result.state === 'deployed') {
    outputs.set('restored', release.version);
    runner.notice(`${environment.name} is back on ${release.version}.`, { title: 'Rolled back' });
    await deployments.setState(record, 'success', {
      description: `Back on ${release.version}${because(reason)}`,
      ...(environment.url === undefined ? {} : { environmentUrl: environment.url }),
    });
    // The release that was left is kept out from now on: it served, and somebody found that it should not.
    if (leaving?.standing === 'good' && leaving.digest !== release.digest) {
      await deployments.setState(leaving.record, 'failure', {
        description: `Taken back to ${release.version}${because(reason)}`,
      });
    }
    return;
  }
  // Not `failure`: what served before is not quarantined because this deployment of it went wrong.
  await deployments.setState(record, 'error', { description: result.why ?? result.state });
  runner.fail(
    `${environment.name} is not back on ${release.version} (${result.state}): ${sentence(result.why ?? 'nothing is known of why')} The summary has the evidence; docs/runbook.md says how to go on.`,
  );
  // A call that was under way when the job was cancelled would keep the process for as long as AWS takes to answer.
  if (result.state === 'cancelled') process.exit();
}

/**
 * What runs now, and is left. Only a record that still counts as good is taken back: whoever rejected the release has
 * said why already.
 */
async function findLeaving({ connection, environment }: Restore): Promise<RecordedRelease | undefined> {
  try {
    return await lastServed(readDeployments(connection), environment.name);
  } catch (error) {
    runner.warning(
      `It could not be read what ${environment.name} runs, so that its record stays as it is: ${errorMessage(error)}. The rollback itself goes on.`,
    );
    return undefined;
  }
}

/** A reason as it follows a sentence in a record. */
function because(reason: string): string {
  return reason === '' ? '' : `: ${reason}`;
}

/** @throws Failure where it is not known what to restore */
function releaseOf({ image, version, commit }: Restore): Release {
  if (image === undefined || version === undefined || commit === undefined) {
    throw new Failure('It is not known which release to restore', {
      where: 'inputs "image", "version" and "commit"',
      remedy: 'Hand over the outputs of this action with mode: choose',
    });
  }
  return { image, digest: image.slice(image.indexOf('@') + 1), version, commit };
}
