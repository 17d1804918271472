import type { EnvironmentConfig } from '../../src/config/index.ts';
import { errorMessage, Failure, openDeployments, readDeployments, runner } from '../../src/github/index.ts';
import {
  checksAfterDeployment,
  chooseTarget,
  lastOfDigest,
  lastServed,
  readNotAccepted,
  releasesOf,
  runsImage,
} from '../../src/rollback/index.ts';
import { refusal } from '../../src/promotion/index.ts';
import { nameTarget } from './choose.ts';
import type { Rollback } from './context.ts';

interface Rejection extends Rollback {
  /** The image that was deployed, and whose checks then did not pass. */
  readonly image: string | undefined;
  readonly cause: 'failure' | 'cancelled';
  readonly checks: EnvironmentConfig['checks'];
}

/**
 * A release that is deployed, and that its checks have not accepted: takes its record back, so that nothing promotes it
 * and nothing returns to it, and names the release to go back to where it still runs. Safe to repeat.
 */
export async function reject(rejection: Rejection): Promise<void> {
  const { aws, connection, environment, reason, outputs, image, cause, checks } = rejection;
  if (image === undefined) {
    throw new Failure('It is not known which release was not accepted', {
      where: 'input "image"',
      remedy: 'Hand over the image that was deployed, as repository@digest',
    });
  }
  const digest = image.slice(image.indexOf('@') + 1);
  const history = readDeployments(connection);
  const reading = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      throw new Failure(
        `It could not be read what was deployed to ${environment.name}, and what its checks said`,
        {
          where: `${connection.owner}/${connection.repository}`,
          why: errorMessage(error),
          remedy:
            'See that the job has "permissions: deployments: write" and "statuses: read", and run it again; until then nothing has gone back',
          cause: error,
        },
      );
    }
  };

  // First of all: whatever happens to this job afterwards, the release does not count as good any more.
  const record = await reading(() => lastOfDigest(history, environment.name, digest));
  await openDeployments({ ...connection, runner }).setState(
    record?.standing === 'good' || record?.standing === 'open' ? record.record : undefined,
    // A cancelled run says nothing against the image: it may come again. It has not been accepted all the same.
    cause === 'failure' ? 'failure' : 'error',
    { description: `Not accepted after its deployment${reason === '' ? '' : `: ${reason}`}` },
  );

  if (!(await runsImage(aws, environment.aws, digest))) {
    const served = await reading(() => lastServed(history, environment.name));
    outputs.set('state', 'nothing-to-do');
    outputs.set('restored', served?.version ?? '');
    runner.notice(
      `${environment.name} does not run ${digest} any more, but ${served?.version ?? 'another release'}: nothing goes back.`,
      { title: 'Nothing to roll back' },
    );
    return;
  }
  const { releases, notAccepted } = await reading(async () => {
    const releases = await releasesOf(history, environment.name);
    return {
      releases,
      notAccepted: await readNotAccepted(
        connection,
        environment.name,
        checksAfterDeployment(checks),
        releases,
      ),
    };
  });
  const target = chooseTarget(releases, { kind: 'instead-of', digest }, environment.name, notAccepted);
  if (target.kind === 'refused') {
    throw refusal(
      `${environment.name} stays on ${record?.version ?? digest}, which was not accepted`,
      environment.name,
      target.objections,
    );
  }
  await nameTarget({
    environment: environment.name,
    target: target.release,
    leaving: { version: record?.version, commit: record?.commit, digest, since: record?.since },
    releases,
    notAccepted,
    reason,
    outputs,
  });
}
