import { connectGitHub, gitHubRetry, type GitHubConnection } from './octokit.ts';
import { retry } from './retry.ts';

/** What a reviewer of an environment said about a run. */
export interface Review {
  readonly state: string;
  readonly by: string | undefined;
  readonly comment: string;
  readonly environments: readonly string[];
}

/** The reviews of a run's deployments. Empty where nobody had to say anything, and until somebody has. */
export async function readReviews(connection: GitHubConnection, runId: number): Promise<readonly Review[]> {
  const { owner, repository: repo } = connection;
  return retry(async () => {
    const github = await connectGitHub(connection);
    const { data } = await github.rest.actions.getReviewsForRun({ owner, repo, run_id: runId });
    return data.map((review) => ({
      state: review.state,
      by: review.user.login,
      comment: review.comment,
      environments: review.environments.flatMap(({ name }) => (name === undefined ? [] : [name])),
    }));
  }, gitHubRetry);
}
