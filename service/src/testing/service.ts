import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from './engines.ts';

/** The service as a process of its own, as a container runs it. */
export interface RunningService {
  readonly url: string;
  readonly pid: number;
  /** The log so far, a line an entry. */
  readonly log: readonly string[];
  /** Resolves when the log has such a line. */
  logged(text: string): Promise<void>;
  kill(signal: NodeJS.Signals): void;
  /** Resolves with the exit code, or the signal that ended it. */
  readonly exited: Promise<number | NodeJS.Signals>;
}

const pollEveryMs = 20;
const main = path.join(import.meta.dirname, '..', 'main.ts');

/** @throws Error with what it printed, where it does not come to listen */
export async function startService(
  variables: Readonly<Record<string, string>> = {},
): Promise<RunningService> {
  const port = await freePort();
  const child = spawn(process.execPath, [main], {
    env: { PATH: process.env.PATH ?? '', HOST: '127.0.0.1', PORT: String(port), ...variables },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const log: string[] = [];
  const waiting = new Set<() => void>();
  for (const stream of [child.stdout, child.stderr])
    createInterface({ input: stream }).on('line', (line) => {
      log.push(line);
      for (const look of waiting) look();
    });
  const exited = once(child, 'close').then(
    ([code, signal]: (number | NodeJS.Signals | null)[]) => code ?? signal ?? 0,
  );
  const logged = (text: string): Promise<void> => {
    const { promise, resolve } = Promise.withResolvers<undefined>();
    const look = () => {
      if (!log.some((line) => line.includes(text))) return;
      waiting.delete(look);
      resolve(undefined);
    };
    waiting.add(look);
    look();
    return promise;
  };
  const url = `http://127.0.0.1:${port}`;
  const ended = new AbortController();
  void exited.then(() => ended.abort());
  await answers(url, ended.signal);
  if (ended.signal.aborted) throw new Error(`The service ended (${await exited}):\n${log.join('\n')}`);
  return {
    url,
    pid: child.pid ?? 0,
    log,
    logged,
    kill: (signal) => child.kill(signal),
    exited,
  };
}

/** Resolves when the service answers, or has ended: it may log nothing of its start. */
async function answers(url: string, ended: AbortSignal): Promise<void> {
  while (!ended.aborted) {
    try {
      const response = await fetch(`${url}/health`, { signal: ended });
      await response.text();
      return;
    } catch {
      await sleep(pollEveryMs);
    }
  }
}
