import { gzipSync } from 'node:zlib';
import { connectGitHub, errorMessage, gitHubRetry, retry, type GitHubConnection } from '../github/index.ts';
import type { Sarif } from './sarif.ts';

export type Uploaded =
  | { readonly kind: 'uploaded' }
  /** The repository has no code scanning, or this job may not write to it. */
  | { readonly kind: 'unavailable'; readonly why: string }
  | { readonly kind: 'refused'; readonly why: string };

/** Hands a file to code scanning, https://docs.github.com/en/rest/code-scanning/code-scanning#upload-an-analysis-as-sarif-data */
export async function uploadSarif(
  connection: GitHubConnection,
  commit: { readonly sha: string; readonly ref: string },
  { document }: Sarif,
): Promise<Uploaded> {
  if (connection.token === '') return { kind: 'unavailable', why: 'no token was given' };
  try {
    const octokit = await connectGitHub(connection);
    await retry(
      () =>
        octokit.rest.codeScanning.uploadSarif({
          owner: connection.owner,
          repo: connection.repository,
          commit_sha: commit.sha,
          ref: commit.ref,
          sarif: gzipSync(document).toString('base64'),
          tool_name: 'Sluice security-scan',
        }),
      gitHubRetry,
    );
    return { kind: 'uploaded' };
  } catch (error) {
    const status = (error as { readonly status?: unknown } | null)?.status;
    // 403: it is not enabled, or the token has no security-events: write. 404: the plan or the server has none.
    return { kind: status === 403 || status === 404 ? 'unavailable' : 'refused', why: errorMessage(error) };
  }
}
