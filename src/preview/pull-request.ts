import { readFile } from 'node:fs/promises';
import { errorMessage, Failure, type Context } from '../github/index.ts';

/** The pull request that a run is for. */
export interface PullRequest {
  readonly number: number;
  /** The branch that it is to be merged into. */
  readonly base: string;
  /** The commit that was pushed; the run's own is that of the merge. */
  readonly head: string;
  /** Whether it comes from another repository, whose runs may not write here. */
  readonly isFromFork: boolean;
}

/**
 * Reads the pull request from the event's payload.
 * @throws Failure where the run is for something else
 */
export async function readPullRequest(
  { eventName }: Pick<Context, 'eventName'>,
  eventPath: string | undefined,
): Promise<PullRequest> {
  if (eventName !== 'pull_request') {
    throw new Failure('There is no pull request to preview', {
      why: `the workflow was started by ${eventName}`,
      remedy:
        'Start it with "on: pull_request". "pull_request_target" would hand its rights to what strangers propose, and is refused',
    });
  }
  const found = parsePullRequest(await readPayload(eventPath ?? ''));
  if (found === undefined) {
    throw new Failure('The payload of the event has no pull request', {
      where: 'GITHUB_EVENT_PATH',
      why: 'number, base and head are not there',
      remedy: 'Run the action in a workflow with "on: pull_request"',
    });
  }
  return found;
}

async function readPayload(file: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(file, 'utf8'));
  } catch (error: unknown) {
    throw new Failure('The payload of the event cannot be read', {
      where: 'GITHUB_EVENT_PATH',
      why: errorMessage(error),
      remedy: 'Run the action in a workflow; its runner writes the file',
      cause: error,
    });
  }
}

export function parsePullRequest(payload: unknown): PullRequest | undefined {
  const { pull_request: pull } = (payload ?? {}) as { pull_request?: unknown };
  const { number, base, head } = (pull ?? {}) as { number?: unknown; base?: unknown; head?: unknown };
  const { ref, repo: into } = (base ?? {}) as { ref?: unknown; repo?: { id?: unknown } | null };
  const { sha, repo: from } = (head ?? {}) as { sha?: unknown; repo?: { id?: unknown } | null };
  if (typeof number !== 'number' || typeof ref !== 'string' || typeof sha !== 'string') return undefined;
  // The repository of a fork that was deleted since is null.
  return { number, base: ref, head: sha, isFromFork: from?.id !== into?.id };
}
