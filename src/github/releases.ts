import { connectGitHub, gitHubRetry, type GitHubConnection } from './octokit.ts';
import { retry } from './retry.ts';

/** A release of the repository, as far as its notes go. */
interface GitHubRelease {
  readonly id: number;
  readonly notes: string;
  readonly url: string;
}

/** The release of a tag; `undefined` where nobody made one. Drafts have no tag yet, and are not found. */
export async function readRelease(
  connection: GitHubConnection,
  tag: string,
): Promise<GitHubRelease | undefined> {
  const { owner, repository: repo } = connection;
  return retry(async () => {
    const github = await connectGitHub(connection);
    try {
      const { data } = await github.rest.repos.getReleaseByTag({ owner, repo, tag });
      return { id: data.id, notes: data.body ?? '', url: data.html_url };
    } catch (error) {
      if ((error as { status?: unknown } | null)?.status === 404) return undefined;
      throw error;
    }
  }, gitHubRetry);
}

/** Replaces the notes of a release, and nothing else of it. Safe to repeat. */
export async function updateReleaseNotes(
  connection: GitHubConnection,
  id: number,
  notes: string,
): Promise<void> {
  const { owner, repository: repo } = connection;
  await retry(async () => {
    const github = await connectGitHub(connection);
    await github.rest.repos.updateRelease({ owner, repo, release_id: id, body: notes });
  }, gitHubRetry);
}
