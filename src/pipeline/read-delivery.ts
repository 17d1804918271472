import {
  connectGitHub,
  gitHubRetry,
  isOpen,
  readDeployments,
  retry,
  type GitHubConnection,
} from '../github/index.ts';
import { commitOf } from '../promotion/index.ts';
import { deliveryOf, type Delivered, type Delivery } from './delivery.ts';

/** The time that is looked at. */
const windowMs = 30 * 86_400_000;
/** Each costs two requests, of the thousand an hour that a workflow's token has. */
const deploymentsRead = 20;

/**
 * Reads how delivery to an environment goes: of the last thirty days, or of the last deployments where these are many.
 *
 * @throws what GitHub's client throws
 */
export async function readDelivery(
  connection: GitHubConnection,
  environment: string,
  now: Date,
): Promise<Delivery> {
  const history = readDeployments(connection);
  const beginning = new Date(now.getTime() - windowMs);
  const delivered: Delivered[] = [];
  let since = beginning;
  for await (const deployment of history.list({ environment })) {
    const createdAt = new Date(deployment.createdAt);
    if (createdAt < beginning) break;
    if (delivered.length === deploymentsRead) {
      // The figures are of the time since the oldest that was read.
      since = new Date(delivered.at(-1)?.record.createdAt ?? createdAt);
      break;
    }
    const record = await history.withState(deployment);
    if (isOpen(record)) continue;
    delivered.push({ record, committedAt: await committedAt(connection, commitOf(record)) });
  }
  return deliveryOf(delivered, since, now);
}

/** When a commit was made; `undefined` where GitHub has no such commit any more. */
async function committedAt(connection: GitHubConnection, sha: string): Promise<string | undefined> {
  const { owner, repository: repo } = connection;
  try {
    return await retry(async () => {
      const github = await connectGitHub(connection);
      const { data } = await github.rest.repos.getCommit({ owner, repo, ref: sha });
      return data.commit.committer?.date;
    }, gitHubRetry);
  } catch (error) {
    const status = (error as { status?: unknown } | null)?.status;
    // 422: GitHub's answer where the ref is no commit.
    if (status === 404 || status === 422) return undefined;
    throw error;
  }
}
