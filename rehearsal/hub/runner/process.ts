import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';

export interface ProcessTiming {
  /** How long SIGINT has before SIGTERM, and that before SIGKILL. */
  readonly afterInterruptMs: number;
  readonly afterTerminateMs: number;
  /** A process that has ended, whose output a child still holds open, is not waited for longer than this. */
  readonly outputGraceMs: number;
}

/** GitHub's own times (docs.github.com, "Workflow cancellation reference"). */
export const gitHubTiming: ProcessTiming = {
  afterInterruptMs: 7_500,
  afterTerminateMs: 2_500,
  outputGraceMs: 5_000,
};

export interface ProcessOptions {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly onLine: (line: string) => void;
  /** Aborted: SIGINT, then SIGTERM to the process, then SIGKILL to its whole tree. */
  readonly cancelled: AbortSignal;
  /** Aborted: SIGKILL to the whole tree at once. */
  readonly killed: AbortSignal;
  readonly timing: ProcessTiming;
}

export interface Exit {
  /** `null` where a signal ended it. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** Also the process group, which outlives the process where it left something running. */
  readonly pid: number;
}

/**
 * Runs a process in a group of its own, line by line, with no input.
 * @throws Error where it cannot be started, with the command and the reason
 */
export async function runProcess(options: ProcessOptions): Promise<Exit> {
  const child = spawn(options.command, options.args, {
    cwd: options.cwd,
    env: options.env,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  const exited = new Promise<Omit<Exit, 'pid'>>((resolve, reject) => {
    child.once('error', (error) =>
      reject(
        new Error(`${options.command} could not be started in ${options.cwd}: ${error.message}`, {
          cause: error,
        }),
      ),
    );
    child.once('exit', (code, signal) => resolve({ code, signal }));
  });
  const output = Promise.all([
    readLines(child.stdout, options.onLine),
    readLines(child.stderr, options.onLine),
  ]);

  const ended = new AbortController();
  const pid = child.pid ?? 0;
  const cancel = (): void => {
    void interrupt(pid, options.timing, ended.signal);
  };
  const kill = (): void => killGroup(pid);
  if (pid !== 0) {
    options.cancelled.addEventListener('abort', cancel, { once: true });
    options.killed.addEventListener('abort', kill, { once: true });
    if (options.killed.aborted) kill();
    else if (options.cancelled.aborted) cancel();
  }
  try {
    const exit = await exited;
    await Promise.race([output, delay(options.timing.outputGraceMs, undefined, { ref: false })]);
    return { ...exit, pid };
  } finally {
    ended.abort();
    options.cancelled.removeEventListener('abort', cancel);
    options.killed.removeEventListener('abort', kill);
    child.stdout.destroy();
    child.stderr.destroy();
  }
}

/** GitHub's order of signals. Only the last one goes to the whole tree. */
async function interrupt(pid: number, timing: ProcessTiming, ended: AbortSignal): Promise<void> {
  try {
    signalProcess(pid, 'SIGINT');
    await delay(timing.afterInterruptMs, undefined, { signal: ended });
    signalProcess(pid, 'SIGTERM');
    await delay(timing.afterTerminateMs, undefined, { signal: ended });
    killGroup(pid);
  } catch {
    // It ended in time, and the wait was called off.
  }
}

/** Kills a process group, if anything is left of it. */
export function killGroup(pid: number): void {
  signalProcess(-pid, 'SIGKILL');
}

function signalProcess(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended already.
  }
}

async function readLines(stream: Readable, onLine: (line: string) => void): Promise<void> {
  // A long line without an end is still one line; '\r' of progress bars ends one, as on GitHub's pages.
  for await (const line of createInterface({ input: stream, crlfDelay: Infinity })) onLine(line);
}
