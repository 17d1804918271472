import {
  connectGitHub,
  errorMessage,
  Failure,
  gitHubRetry,
  type GitHubConnection,
  retry,
} from '../github/index.ts';
import type { BranchStatus } from '../promotion/index.ts';

/**
 * Compares a commit with the release branch.
 *
 * @throws Failure where GitHub cannot be asked: a release is not deployed on a guess.
 */
export async function compareWithBranch(
  connection: GitHubConnection,
  branch: string,
  sha: string,
): Promise<BranchStatus> {
  const { owner, repository: repo } = connection;
  try {
    return await retry(async () => {
      const github = await connectGitHub(connection);
      const basehead = `${branch}...${sha}`;
      const { data } = await github.rest.repos.compareCommitsWithBasehead({
        owner,
        repo,
        basehead,
        per_page: 1,
      });
      return data.status;
    }, gitHubRetry);
  } catch (error) {
    throw new Failure(`It could not be seen whether the tag is on ${branch}`, {
      where: `${owner}/${repo}`,
      why: errorMessage(error),
      remedy: `See that the branch ${branch} exists and that the job has "permissions: contents: read", and run it again`,
      cause: error,
    });
  }
}
