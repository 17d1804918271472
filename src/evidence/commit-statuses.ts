import { connectGitHub, gitHubRetry, retry, type GitHubConnection } from '../github/index.ts';
import type { AnchorState } from './anchor.ts';

/** What somebody said of a commit, as GitHub keeps it. */
export interface CommitStatus {
  /** `sluice/staging/uat` */
  readonly context: string;
  readonly state: string;
  readonly description: string;
  readonly targetUrl: string;
  /** A login; job tokens act as `github-actions[bot]`. */
  readonly creator: string | undefined;
  /** By GitHub's clock. */
  readonly createdAt: string;
}

const pageSize = 100;
/** GitHub keeps at most 1,000 statuses for a commit and context. */
const pagesRead = 10;

/**
 * The newest status of each context that begins with `prefix`, by context.
 *
 * @throws what GitHub's client throws: no answer is not "none"
 */
export async function readCommitStatuses(
  connection: GitHubConnection,
  commit: string,
  prefix: string,
): Promise<ReadonlyMap<string, CommitStatus>> {
  const newest = new Map<string, CommitStatus>();
  for (let page = 1; page <= pagesRead; page++) {
    const listed = await retry(async () => {
      const github = await connectGitHub(connection);
      const { owner, repository: repo } = connection;
      // Newest first: https://docs.github.com/rest/commits/statuses#list-commit-statuses-for-a-reference
      const { data } = await github.rest.repos.listCommitStatusesForRef({
        owner,
        repo,
        ref: commit,
        per_page: pageSize,
        page,
      });
      return data;
    }, gitHubRetry);
    for (const { context, state, description, target_url, creator, created_at } of listed) {
      if (!context.startsWith(prefix) || newest.has(context)) continue;
      newest.set(context, {
        context,
        state,
        description: description ?? '',
        targetUrl: target_url ?? '',
        // GitHub's description calls it always there; it is null for accounts that are gone.
        creator: (creator as { login: string } | null)?.login,
        createdAt: created_at,
      });
    }
    if (listed.length < pageSize) break;
  }
  return newest;
}

/** @throws what GitHub's client throws */
export async function setCommitStatus(
  connection: GitHubConnection,
  commit: string,
  status: {
    readonly context: string;
    readonly state: AnchorState;
    readonly description: string;
    readonly targetUrl: string;
  },
): Promise<void> {
  await retry(async () => {
    const github = await connectGitHub(connection);
    const { owner, repository: repo } = connection;
    await github.rest.repos.createCommitStatus({
      owner,
      repo,
      sha: commit,
      context: status.context,
      state: status.state,
      description: status.description,
      target_url: status.targetUrl,
    });
  }, gitHubRetry);
}
