import { connectGitHub, gitHubRetry, retry, type GitHubConnection } from '../github/index.ts';

/** A workflow run, as GitHub knows it: what a statement says of its issuer is held against it. */
export interface WorkflowRun {
  readonly id: number;
  readonly attempt: number;
  /** The commit that it ran for. */
  readonly sha: string;
  /** The branch or tag, without `refs/…/`; `undefined` where it is gone. */
  readonly branch: string | undefined;
  /** `.github/workflows/on-push-staging.yml` */
  readonly workflow: string;
  readonly event: string;
  /** `owner/repository` that the commit came from: another one for the pull request of a fork. */
  readonly from: string | undefined;
}

/**
 * @returns `undefined` where GitHub has no such run, or no longer
 * @throws what GitHub's client throws otherwise
 */
export async function readWorkflowRun(
  connection: GitHubConnection,
  id: number,
): Promise<WorkflowRun | undefined> {
  const { owner, repository: repo } = connection;
  return retry(async () => {
    const github = await connectGitHub(connection);
    try {
      const { data } = await github.rest.actions.getWorkflowRun({ owner, repo, run_id: id });
      return {
        id: data.id,
        attempt: data.run_attempt ?? 1,
        sha: data.head_sha,
        branch: data.head_branch ?? undefined,
        // GitHub's description shows it with the ref behind it, its answers come without.
        workflow: data.path.replace(/@.*$/s, ''),
        event: data.event,
        // Null for a fork that is gone, whatever GitHub's description says.
        from: (data.head_repository as { full_name: string } | null)?.full_name,
      };
    } catch (error) {
      if ((error as { status?: unknown } | null)?.status === 404) return undefined;
      throw error;
    }
  }, gitHubRetry);
}
