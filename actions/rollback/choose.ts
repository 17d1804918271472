import {
  codeSpan,
  errorMessage,
  escapeMarkdown,
  Failure,
  readDeployments,
  runner,
  Summary,
  writeSummary,
} from '../../src/github/index.ts';
import { refusal, type RecordedRelease } from '../../src/promotion/index.ts';
import { chooseTarget, releasesOf } from '../../src/rollback/index.ts';
import type { Connection, RollbackOutputs } from './context.ts';

interface Choice {
  readonly connection: Connection;
  readonly environment: string;
  readonly version: string | undefined;
  readonly reason: string;
  readonly outputs: RollbackOutputs;
}

/** Names the release to go back to, for whoever has to approve it. Changes nothing. */
export async function choose({ connection, environment, version, reason, outputs }: Choice): Promise<void> {
  const releases = await readReleases(connection, environment);
  const target = chooseTarget(
    releases,
    version === undefined ? { kind: 'last-good' } : { kind: 'version', version },
    environment,
  );
  if (target.kind === 'refused') {
    throw refusal(`${environment} is not rolled back; nothing was touched`, environment, target.objections);
  }
  const { release, live } = target;
  outputs.set('state', 'chosen');
  outputs.set('version', release.version);
  outputs.set('image', release.image);
  outputs.set('commit', release.commit);
  outputs.set('leaving', live?.version ?? '');
  runner.info(`${environment} goes back from ${live?.version ?? 'nothing known'} to ${release.version}.`);
  await writeSummary(
    runner,
    new Summary()
      .heading(3, `Roll ${environment} back to ${release.version}`)
      .table(
        ['', 'Now', 'Then'],
        [
          ['Version', code(live?.version), code(release.version)],
          ['Commit', code(live?.commit), code(release.commit)],
          ['Digest', code(live?.digest), code(release.digest)],
          ['Served since', live?.since ?? '–', release.since ?? '–'],
        ],
      )
      .paragraph(reason === '' ? '' : `Because: ${escapeMarkdown(reason)}`)
      .details(`Releases of ${environment}`, table(releases)),
  );
}

async function readReleases(
  connection: Connection,
  environment: string,
): Promise<readonly RecordedRelease[]> {
  try {
    return await releasesOf(readDeployments(connection), environment);
  } catch (error) {
    throw new Failure(`It could not be read what was deployed to ${environment}`, {
      where: `${connection.owner}/${connection.repository}`,
      why: errorMessage(error),
      remedy: 'See that the job has "permissions: deployments: read", and run it again',
      cause: error,
    });
  }
}

const code = (text: string | undefined): string => (text === undefined ? '–' : codeSpan(text));

function table(releases: readonly RecordedRelease[]): Summary {
  return new Summary().table(
    ['Version', 'Standing', 'Since', 'By', 'Why'],
    releases.map(({ version, standing, since, by, reason }) => [
      codeSpan(version),
      standing,
      since ?? '',
      escapeMarkdown(by ?? ''),
      escapeMarkdown(reason ?? ''),
    ]),
  );
}
