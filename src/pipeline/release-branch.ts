import {
  connectGitHub,
  errorMessage,
  Failure,
  gitHubRetry,
  type GitHubConnection,
  retry,
} from '../github/index.ts';

/**
 * Refuses a commit that is not on the release branch.
 *
 * @throws Failure where it is not, and where GitHub cannot be asked: a release is not deployed on a guess.
 */
export async function requireOnBranch(
  connection: GitHubConnection,
  branch: string,
  sha: string,
): Promise<void> {
  const { owner, repository: repo } = connection;
  let status: string;
  try {
    status = await retry(async () => {
      const github = await connectGitHub(connection);
      const basehead = `${branch}...${sha}`;
      return (await github.rest.repos.compareCommitsWithBasehead({ owner, repo, basehead, per_page: 1 })).data
        .status;
    }, gitHubRetry);
  } catch (error) {
    throw new Failure(`It could not be seen whether the tag is on ${branch}`, {
      where: `${owner}/${repo}`,
      why: errorMessage(error),
      remedy: `See that the branch ${branch} exists and that the job has "permissions: contents: read", and run it again`,
      cause: error,
    });
  }
  // The comparison is from the branch to the commit: a commit behind the branch is part of it.
  if (status === 'identical' || status === 'behind') return;
  throw new Failure(`The tag is not on ${branch}`, {
    where: sha,
    why: `compared with ${branch}, the tagged commit is ${status}`,
    remedy: `Merge the commit to ${branch} first, then tag it there`,
  });
}
