import { errorMessage, Failure, readDeployments, type GitHubConnection } from '../github/index.ts';
import { objectionsToTag, refusal, survey, versionOfTag, type Survey } from '../promotion/index.ts';
import { compareWithBranch } from './release-branch.ts';

interface ReleaseTag {
  readonly environment: string;
  readonly tag: string;
  readonly sha: string;
  /** The branch that it has to be on. */
  readonly branch: string;
}

/**
 * Holds a tag to the rules of releasing.
 *
 * @throws Failure with everything that speaks against it, and where GitHub does not say
 */
export async function requireReleasable(connection: GitHubConnection, release: ReleaseTag): Promise<void> {
  const { environment, tag, sha, branch } = release;
  const onBranch = await compareWithBranch(connection, branch, sha);
  const found = await surveyFor(connection, environment, versionOfTag(tag));
  const objections = objectionsToTag({ ...release, onBranch, survey: found });
  if (objections.length > 0)
    throw refusal(`${tag} is not released to ${environment}`, `refs/tags/${tag}`, objections);
}

async function surveyFor(
  connection: GitHubConnection,
  environment: string,
  version: string | undefined,
): Promise<Pick<Survey, 'live' | 'commitsOfVersion'>> {
  if (version === undefined) return { live: undefined, commitsOfVersion: [] };
  try {
    return await survey(readDeployments(connection), { environment, version, digest: undefined });
  } catch (error) {
    throw new Failure(`It could not be seen what was deployed to ${environment} before`, {
      where: `${connection.owner}/${connection.repository}`,
      why: errorMessage(error),
      remedy: 'See that the job has "permissions: deployments: read", and run it again',
      cause: error,
    });
  }
}
