import type { ResolvedEnvironment } from '../../src/config/index.ts';
import {
  Failure,
  openDeployments,
  openIncident,
  payloadText,
  runner,
  sleep,
  Summary,
  writeSummary,
  codeSpan,
  escapeMarkdown,
} from '../../src/github/index.ts';
import { stopRunning, type Stopped } from '../../src/rollback/index.ts';
import { now, type Rollback } from './context.ts';

/** ECS moves the traffic back at once; what takes long is draining the side that is left. */
const limitMs = 30 * 60_000;

/** Rolls back the deployment in progress of an image, and says where it ended. Safe to repeat. */
export async function stop({
  aws,
  connection,
  environment,
  reason,
  outputs,
  signal,
  image,
  cause,
}: Rollback & {
  readonly image: string | undefined;
  readonly cause: 'failure' | 'cancelled';
}): Promise<void> {
  if (image === undefined) {
    throw new Failure('It is not known which deployment to roll back', {
      where: 'input "image"',
      why: 'it is empty, and a deployment of another image is somebody else’s',
      remedy: 'Hand over the image that is being deployed, as repository@digest',
    });
  }
  const digest = image.slice(image.indexOf('@') + 1);
  const stopped = await stopRunning({
    aws,
    environment,
    digest,
    runner,
    deadline: now() + limitMs,
    now,
    sleep,
    signal,
  }).catch((error: unknown) => {
    throw signal.aborted ? cancelled(environment, error) : error;
  });
  outputs.set('state', stopped.state);
  outputs.set('deployment', stopped.deployment);
  const restored = await record({
    connection,
    environment: environment.name,
    digest,
    stopped,
    reason,
    cause,
  });
  if (stopped.state === 'rolled-back') outputs.set('restored', restored ?? '');
  const why = 'why' in stopped ? stopped.why : undefined;
  await writeSummary(
    runner,
    new Summary()
      .heading(3, `${titles[stopped.state]}: ${environment.serviceName} in ${environment.name}`)
      .table(
        ['', ''],
        [
          ['Service deployment', stopped.deployment === '' ? '–' : codeSpan(stopped.deployment)],
          ['Status in ECS', stopped.status === '' ? '–' : codeSpan(stopped.status)],
          ...(why === undefined ? [] : [['Why', escapeMarkdown(why)]]),
        ],
      ),
  );
  switch (stopped.state) {
    case 'rolled-back':
      runner.notice(`${environment.name} is back on the release before.`, { title: 'Rolled back' });
      return;
    case 'nothing-to-do':
      return;
    case 'held':
    case 'failed':
      if (connection.token !== '') await raise(connection, environment, stopped);
      throw new Failure(
        stopped.state === 'held'
          ? `${environment.name} is not rolled back`
          : `The rollback of ${environment.name} did not succeed`,
        {
          where: stopped.deployment,
          why: stopped.why,
          remedy:
            stopped.state === 'held'
              ? 'See docs/runbook.md, "Both sides are unhealthy"'
              : 'See docs/runbook.md, "The rollback failed"',
        },
      );
  }
}

/** The job was cancelled once more, while it waited for the end. */
function cancelled({ name, aws }: ResolvedEnvironment, cause: unknown): Failure {
  return new Failure(`It was not waited for how the rollback of ${name} ends`, {
    where: `${aws.cluster}/${aws.service}`,
    why: 'the job was cancelled meanwhile; what was asked for goes on in ECS',
    remedy: 'Run the job again: it finds the rollback, or its end',
    cause,
  });
}

/** Nothing goes back by itself any more: a person has to decide. The same incident as the one that `monitor` opens. */
async function raise(
  connection: Rollback['connection'],
  { serviceName, name }: ResolvedEnvironment,
  { state, why, deployment }: Extract<Stopped, { readonly state: 'held' | 'failed' }>,
): Promise<void> {
  await openIncident(
    { ...connection, runner },
    {
      key: `deployment ${serviceName} ${name}`,
      title: `${serviceName} in ${name}: ${state === 'held' ? 'neither version can take the traffic' : 'the rollback failed'}`,
      body: [
        `**${escapeMarkdown(why)}**`,
        `Service deployment: ${codeSpan(deployment)}`,
        `The run, with the evidence: ${connection.runUrl}`,
        'docs/runbook.md says how to go on.',
      ].join('\n\n'),
    },
  );
}

const titles: Readonly<Record<Stopped['state'], string>> = {
  'rolled-back': 'Rolled back',
  'nothing-to-do': 'Nothing to roll back',
  held: 'Held',
  failed: 'The rollback failed',
};

/**
 * What the record of the deployment says in the end; the steps before may have been killed before they could say it.
 *
 * @returns the version that served before, and does again
 */
async function record({
  connection,
  environment,
  digest,
  stopped,
  reason,
  cause,
}: {
  readonly connection: Rollback['connection'];
  readonly environment: string;
  readonly digest: string;
  readonly stopped: Stopped;
  readonly reason: string;
  readonly cause: 'failure' | 'cancelled';
}): Promise<string | undefined> {
  // What is held has not ended: whoever decides about it says how it did.
  if (connection.token === '' || stopped.state === 'nothing-to-do' || stopped.state === 'held')
    return undefined;
  const deployments = openDeployments({ ...connection, runner });
  const id = await deployments.pending(environment, digest);
  const because = reason === '' ? '' : `: ${reason}`;
  await deployments.setState(id, cause === 'failure' ? 'failure' : 'error', {
    description: `${stopped.state === 'rolled-back' ? 'Rolled back' : 'Not rolled back'} after a ${
      cause === 'failure' ? 'failure' : 'cancellation'
    }${because}`,
  });
  const good = await deployments.lastGood(environment);
  return good === undefined ? undefined : payloadText(good, 'version');
}
