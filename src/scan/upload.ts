import { gzipSync } from 'node:zlib';
import { connectGitHub, errorMessage, gitHubRetry, retry, type GitHubConnection } from '../github/index.ts';
import type { Sarif } from './sarif.ts';

export type Uploaded =
  /** It was taken, and is processed later; `id` is how GitHub tells how that went. */
  | { readonly kind: 'uploaded'; readonly id: string }
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
    const { data } = await retry(
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
    return { kind: 'uploaded', id: data.id ?? '' };
  } catch (error) {
    const status = (error as { readonly status?: unknown } | null)?.status;
    // 403: it is not enabled, or the token has no security-events: write. 404: the plan or the server has none.
    return { kind: status === 403 || status === 404 ? 'unavailable' : 'refused', why: errorMessage(error) };
  }
}

/** What became of a file that was taken. */
export type Processed =
  | { readonly kind: 'processed' }
  /** In GitHub's words; some of its findings may be shown all the same. */
  | { readonly kind: 'failed'; readonly errors: readonly string[] }
  /** GitHub did not say in time, or not at all; it goes on without us. */
  | { readonly kind: 'unknown'; readonly why: string };

export interface Patience {
  /** The longest that is waited, in milliseconds. */
  readonly limitMs: number;
  /** A clock that never runs backwards, in milliseconds. */
  readonly now: () => number;
  readonly sleep: (ms: number, signal?: AbortSignal) => Promise<void>;
  readonly signal: AbortSignal;
}

/** Between two questions: short at first, as small files are through in seconds. */
const [firstPauseMs, longestPauseMs] = [1_000, 5_000];

/**
 * Waits until GitHub has processed a file, or says why it could not:
 * https://docs.github.com/en/rest/code-scanning/code-scanning#get-information-about-a-sarif-upload
 *
 * @param id what {@link uploadSarif} gave
 * @throws only where the signal was aborted
 */
export async function awaitProcessing(
  connection: GitHubConnection,
  id: string,
  { limitMs, now, sleep, signal }: Patience,
): Promise<Processed> {
  const until = now() + limitMs;
  try {
    const octokit = await connectGitHub(connection);
    for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(pauseMs * 2, longestPauseMs)) {
      signal.throwIfAborted();
      const { data } = await retry(
        () =>
          octokit.rest.codeScanning.getSarif({
            owner: connection.owner,
            repo: connection.repository,
            sarif_id: id,
          }),
        gitHubRetry,
      );
      switch (data.processing_status) {
        case 'complete':
          return { kind: 'processed' };
        case 'failed':
          return { kind: 'failed', errors: data.errors ?? [] };
        case 'pending':
        case undefined:
          break;
      }
      if (now() + pauseMs > until) {
        return { kind: 'unknown', why: `it was still pending after ${Math.round(limitMs / 1000)} s` };
      }
      await sleep(pauseMs, signal);
    }
  } catch (error) {
    signal.throwIfAborted();
    return { kind: 'unknown', why: errorMessage(error) };
  }
}
