import {
  errorMessage,
  readDeployments,
  readRelease,
  updateReleaseNotes,
  type GitHubConnection,
  type Runner,
} from '../github/index.ts';
import { commitOf, releaseOf, type RecordedRelease } from '../promotion/index.ts';
import { withDeployments } from './release-notes.ts';

/** So many deployments of an environment are looked through: those of the commit are among the last. */
const deploymentsRead = 200;

/**
 * Writes where a tag's commit was deployed into the notes of its release. The notes describe a deployment and must not
 * decide about it: where they cannot be written, a notice says why.
 */
export async function writeReleaseNotes(
  connection: GitHubConnection,
  runner: Runner,
  {
    tag,
    sha,
    environments,
  }: { readonly tag: string; readonly sha: string; readonly environments: readonly string[] },
): Promise<void> {
  try {
    const release = await readRelease(connection, tag);
    if (release === undefined) {
      runner.info(`There is no release of ${tag}, and so no notes to write into.`);
      return;
    }
    const deployments: RecordedRelease[] = [];
    for (const environment of environments) {
      deployments.push(...(await deploymentsOf(connection, environment, sha)));
    }
    const notes = withDeployments(release.notes, deployments);
    if (notes === release.notes) return;
    await updateReleaseNotes(connection, release.id, notes);
    runner.info(`The notes of ${tag} say where it was deployed: ${release.url}`);
  } catch (error) {
    const status = (error as { status?: unknown } | null)?.status;
    const remedy = status === 403 || status === 404 ? ' Give the job "permissions: contents: write".' : '';
    runner.notice(`The notes of ${tag} could not be written: ${errorMessage(error)}.${remedy}`, {
      title: 'Release notes',
    });
  }
}

async function deploymentsOf(
  connection: GitHubConnection,
  environment: string,
  sha: string,
): Promise<readonly RecordedRelease[]> {
  const history = readDeployments(connection);
  const found: RecordedRelease[] = [];
  let read = 0;
  for await (const deployment of history.list({ environment })) {
    if (commitOf(deployment) === sha) found.push(releaseOf(await history.withState(deployment)));
    if (++read === deploymentsRead) break;
  }
  return found;
}
