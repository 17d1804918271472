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
import type { EnvironmentConfig } from '../../src/config/index.ts';
import { refusal, type RecordedRelease } from '../../src/promotion/index.ts';
import {
  checksAfterDeployment,
  chooseTarget,
  readNotAccepted,
  releasesOf,
  type Target,
} from '../../src/rollback/index.ts';
import type { Connection, RollbackOutputs } from './context.ts';

interface Choice {
  readonly connection: Connection;
  readonly environment: string;
  readonly checks: EnvironmentConfig['checks'];
  readonly version: string | undefined;
  readonly reason: string;
  readonly outputs: RollbackOutputs;
}

/** Names the release to go back to, for whoever has to approve it. Changes nothing. */
export async function choose(choice: Choice): Promise<void> {
  const { connection, environment, checks, version, reason, outputs } = choice;
  const releases = await readReleases(connection, environment);
  const notAccepted = await readAcceptance(connection, environment, checks, releases);
  const target = chooseTarget(
    releases,
    version === undefined ? { kind: 'last-good' } : { kind: 'version', version },
    environment,
    notAccepted,
  );
  if (target.kind === 'refused') {
    throw refusal(`${environment} is not rolled back; nothing was touched`, environment, target.objections);
  }
  const { release, live } = target;
  await nameTarget({ environment, target: release, leaving: live, releases, notAccepted, reason, outputs });
}

/** Says which release it goes back to: by outputs, in the log, and in a summary for whoever has to approve it. */
export async function nameTarget({
  environment,
  target,
  leaving,
  releases,
  notAccepted,
  reason,
  outputs,
}: {
  readonly environment: string;
  readonly target: Extract<Target, { readonly kind: 'found' }>['release'];
  readonly leaving:
    { readonly [Key in 'version' | 'commit' | 'digest' | 'since']: string | undefined } | undefined;
  readonly releases: readonly RecordedRelease[];
  readonly notAccepted: ReadonlyMap<number, string>;
  readonly reason: string;
  readonly outputs: RollbackOutputs;
}): Promise<void> {
  outputs.set('state', 'chosen');
  outputs.set('version', target.version);
  outputs.set('image', target.image);
  outputs.set('commit', target.commit);
  outputs.set('leaving', leaving?.version ?? '');
  runner.info(`${environment} goes back from ${leaving?.version ?? 'nothing known'} to ${target.version}.`);
  await writeSummary(
    runner,
    new Summary()
      .heading(3, `Roll ${environment} back to ${target.version}`)
      .table(
        ['', 'Now', 'Then'],
        [
          ['Version', code(leaving?.version), code(target.version)],
          ['Commit', code(leaving?.commit), code(target.commit)],
          ['Digest', code(leaving?.digest), code(target.digest)],
          ['Served since', leaving?.since ?? '–', target.since ?? '–'],
        ],
      )
      .paragraph(reason === '' ? '' : `Because: ${escapeMarkdown(reason)}`)
      .details(`Releases of ${environment}`, table(releases, notAccepted)),
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

async function readAcceptance(
  connection: Connection,
  environment: string,
  checks: EnvironmentConfig['checks'],
  releases: readonly RecordedRelease[],
): Promise<ReadonlyMap<number, string>> {
  try {
    return await readNotAccepted(connection, environment, checksAfterDeployment(checks), releases);
  } catch (error) {
    throw new Failure(`It could not be read which releases of ${environment} its checks have accepted`, {
      where: `${connection.owner}/${connection.repository}`,
      why: errorMessage(error),
      remedy: 'See that the job has "permissions: statuses: read", and run it again',
      cause: error,
    });
  }
}

const code = (text: string | undefined): string => (text === undefined ? '–' : codeSpan(text));

function table(releases: readonly RecordedRelease[], notAccepted: ReadonlyMap<number, string>): Summary {
  return new Summary().table(
    ['Version', 'Standing', 'Since', 'By', 'Why'],
    releases.map(({ record, version, standing, since, by, reason }) => [
      codeSpan(version),
      notAccepted.has(record) ? 'not accepted' : standing,
      since ?? '',
      escapeMarkdown(by ?? ''),
      escapeMarkdown(notAccepted.get(record) ?? reason ?? ''),
    ]),
  );
}
