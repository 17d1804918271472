import {
  Failure,
  openDeployments,
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
  if (connection.token === '' || stopped.state === 'nothing-to-do') return undefined;
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
