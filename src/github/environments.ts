import { connectGitHub, gitHubRetry, type GitHubConnection } from './octokit.ts';
import { retry } from './retry.ts';

/** Who has to say yes before a job that is bound to an environment starts. */
export interface Protection {
  /** How many people or teams may approve; any one of them is enough for GitHub. 0: nobody is asked. */
  readonly reviewers: number;
  /** Whether whoever started the run may not approve it. */
  readonly preventsSelfReview: boolean;
}

/**
 * The protection of an environment. One that does not exist has none: GitHub makes it, without any, when a job first
 * names it.
 */
export async function readProtection(connection: GitHubConnection, name: string): Promise<Protection> {
  const { owner, repository: repo } = connection;
  return retry(async () => {
    const github = await connectGitHub(connection);
    try {
      const { data } = await github.rest.repos.getEnvironment({ owner, repo, environment_name: name });
      const rule = data.protection_rules?.find(
        (each): each is typeof each & { reviewers?: unknown[]; prevent_self_review?: boolean } =>
          each.type === 'required_reviewers',
      );
      return {
        reviewers: rule?.reviewers?.length ?? 0,
        preventsSelfReview: rule?.prevent_self_review === true,
      };
    } catch (error) {
      if ((error as { status?: unknown } | null)?.status === 404)
        return { reviewers: 0, preventsSelfReview: false };
      throw error;
    }
  }, gitHubRetry);
}
