import type { getOctokit } from '@actions/github';
import { sleep, type RetryPolicy } from './retry.ts';

/** Who asks GitHub, and about which repository. */
export interface GitHubConnection {
  readonly token: string;
  readonly owner: string;
  readonly repository: string;
  /** `https://api.github.com`, or a server's own. */
  readonly apiUrl: string;
}

type Octokit = ReturnType<typeof getOctokit>;

/** GitHub's REST client. Loaded when it is first asked for, because it would slow down every start. */
export async function connectGitHub({ token, apiUrl }: GitHubConnection): Promise<Octokit> {
  const github = await import('@actions/github');
  const octokit = github.getOctokit(token, { baseUrl: apiUrl });
  octokit.hook.before('request', (options) => {
    options.request.signal ??= AbortSignal.timeout(requestTimeoutMs);
  });
  return octokit;
}

const requestTimeoutMs = 15_000;

/** Three tries within a few seconds, for network errors, 5xx and 429. */
export const gitHubRetry: RetryPolicy = {
  attempts: 3,
  baseMs: 500,
  isTransient: (error) => {
    const status = (error as { status?: unknown } | null)?.status;
    return typeof status !== 'number' || status >= 500 || status === 429;
  },
  sleep,
  random: Math.random,
};
