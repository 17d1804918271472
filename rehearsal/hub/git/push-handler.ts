import type { IncomingMessage, ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import type { PushedRef } from '../engine/triggers/push.ts';
import type { Hub } from '../hub.ts';
import type { Change, Job, Run } from '../model.ts';
import { isToken } from './hook.ts';

/** What the hook sends. */
interface PushMessage {
  readonly updates: readonly PushedRef[];
  /** Whether the pusher wants to see the progress. */
  readonly follow: boolean;
}

export interface PushHandlerOptions {
  readonly hub: Hub;
  readonly serverUrl: string;
  readonly token: string;
  readonly actor: string;
  readonly push: (push: PushedRef & { readonly actor: string }) => Promise<Run[]>;
  /** How long a push is held to show the progress of its runs. */
  readonly followMs?: number;
}

/** GitHub starts nothing for tags when more than this many are pushed at once. */
const mostTags = 3;
const defaultFollowMs = 120_000;

/**
 * Answers the `post-receive` hook at `POST /_hub/push`: starts the runs, and writes their progress, a line each,
 * until they have ended, the time is up, or the pusher has gone.
 */
export function createPushHandler(
  options: PushHandlerOptions,
): (request: IncomingMessage, response: ServerResponse) => Promise<void> {
  return async (request, response) => {
    if (request.method !== 'POST' || !isToken(request.headers.authorization, options.token)) {
      response.writeHead(request.method === 'POST' ? 401 : 405).end();
      return;
    }
    const message = parseMessage(await text(request));
    if (message === undefined) {
      response.writeHead(400).end();
      return;
    }
    response.writeHead(200, { 'content-type': 'text/plain; charset=utf-8' });
    const gone = new AbortController();
    response.once('close', () => gone.abort());
    const line = (words: string): void => {
      if (!response.writableEnded) response.write(`${words}\n`);
    };
    const runs: Run[] = [];
    for (const update of startable(message.updates, line)) {
      runs.push(...(await options.push({ ...update, actor: options.actor })));
    }
    if (runs.length === 0) line('No workflow is started by this push.');
    for (const run of runs) line(`${run.workflowName} #${run.number}: ${runUrl(options, run)}`);
    if (message.follow && runs.length > 0) {
      const timeUp = AbortSignal.timeout(options.followMs ?? defaultFollowMs);
      await follow(options.hub, runs, line, AbortSignal.any([gone.signal, timeUp]));
      if (timeUp.aborted) line('It goes on; the page above shows it.');
    }
    response.end();
  };
}

function parseMessage(body: string): PushMessage | undefined {
  try {
    const { updates, follow } = JSON.parse(body) as Partial<Record<keyof PushMessage, unknown>>;
    if (!Array.isArray(updates) || !updates.every(isPushedRef)) return undefined;
    return { updates, follow: follow === true };
  } catch {
    return undefined;
  }
}

function isPushedRef(value: unknown): value is PushedRef {
  const { ref, before, after } = (value ?? {}) as Partial<Record<keyof PushedRef, unknown>>;
  const isObject = (id: unknown): boolean =>
    typeof id === 'string' && /^[0-9a-f]{40}([0-9a-f]{24})?$/.test(id);
  return typeof ref === 'string' && ref.startsWith('refs/') && isObject(before) && isObject(after);
}

function startable(updates: readonly PushedRef[], line: (words: string) => void): readonly PushedRef[] {
  const tags = updates.filter(({ ref }) => ref.startsWith('refs/tags/'));
  if (tags.length <= mostTags) return updates;
  line(
    `${tags.length} tags at once: as on GitHub, more than ${mostTags} start nothing. Push them one by one.`,
  );
  return updates.filter((update) => !tags.includes(update));
}

function runUrl(options: PushHandlerOptions, run: Run): string {
  return `${options.serverUrl}/runs/${run.id}`;
}

/** Writes a line for each job that starts or ends, until every run has ended. */
function follow(
  hub: Hub,
  runs: readonly Run[],
  line: (words: string) => void,
  signal: AbortSignal,
): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<undefined>();
  const open = new Set(runs.map((run) => run.id));
  const said = new Set<string>();
  const once = (key: string, words: string): void => {
    if (said.has(key)) return;
    said.add(key);
    line(words);
  };
  const showJob = (job: Job): void => {
    const state = job.conclusion ?? job.status;
    if (job.status === 'in_progress') once(`${job.id} ${state}`, `  ▶ ${job.name}`);
    if (job.status === 'completed' && job.conclusion !== 'skipped') {
      once(`${job.id} ${state}`, `  ${job.conclusion === 'success' ? '✔' : '✘'} ${job.name}`);
    }
  };
  const showRun = (run: Run): void => {
    if (run.status !== 'completed') return;
    once(`run ${run.id}`, `${run.workflowName} #${run.number}: ${run.conclusion ?? ''}`);
    if (run.problem !== undefined) once(`problem ${run.id}`, run.problem);
    open.delete(run.id);
    if (open.size === 0) resolve(undefined);
  };
  const stop = hub.onChange((change: Change) => {
    if (change.kind === 'job' && open.has(change.run.id)) showJob(change.job);
    if (change.kind === 'run' && open.has(change.run.id)) showRun(change.run);
  });
  signal.addEventListener('abort', () => resolve(undefined), { once: true });
  if (signal.aborted) resolve(undefined);
  for (const run of runs) {
    for (const job of run.jobs) showJob(job);
    showRun(run);
  }
  return promise.finally(stop);
}
