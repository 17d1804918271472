import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { forgetPostgresHomes } from './rds/index.ts';

/** A rehearsal's folder on this machine, held by one process at a time. */
export interface StateDirectory {
  readonly path: string;
  /** 1 for the first rehearsal of this repository, 2 for one that runs beside it, … */
  readonly number: number;
  /** What was found and mended, for the terminal. */
  readonly notes: readonly string[];
  /** Tells others where this rehearsal answers, so that they can tell it from a process that took over its pid. */
  announce(url: string): void;
  release(): void;
}

interface Holder {
  readonly pid: number;
  readonly since: string;
  readonly url?: string;
}

/** A starting rehearsal has this long to say where it answers, before its lock counts as left behind. */
const startGraceMs = 60_000;
const mostAtOnce = 9;

/**
 * Takes the first free folder of `<repository>/.sluice-rehearsal/<n>`. The folder ignores itself in Git, so that
 * nothing of the repository has to change. One that a dead process left behind is taken over, with what it holds.
 */
export async function takeStateDirectory(
  base: string,
  now: () => number = Date.now,
): Promise<StateDirectory> {
  mkdirSync(base, { recursive: true });
  writeFileSync(path.join(base, '.gitignore'), '*\n');
  for (let number = 1; number <= mostAtOnce; number += 1) {
    const directory = path.join(base, String(number));
    mkdirSync(directory, { recursive: true });
    const notes: string[] = [];
    const lock = path.join(directory, 'lock.json');
    const holder = readHolder(lock);
    if (holder === 'damaged' || (holder !== undefined && !(await isAlive(holder, now())))) {
      rmSync(lock, { force: true });
      notes.push(
        holder === 'damaged'
          ? `${lock} was damaged and is made anew.`
          : `The rehearsal of ${holder.since} (process ${holder.pid}) did not stop cleanly; its state is taken over.`,
      );
    }
    const since = new Date(now()).toISOString();
    try {
      writeFileSync(lock, JSON.stringify({ pid: process.pid, since }), { flag: 'wx', mode: 0o600 });
    } catch (error: unknown) {
      if (isNodeError(error) && error.code === 'EEXIST') continue;
      throw error;
    }
    // Where the process ends at once (a second Ctrl-C), the next one need not wonder whether it lives.
    const release = (): void => {
      process.off('exit', release);
      rmSync(lock, { force: true });
    };
    process.once('exit', release);
    return {
      path: directory,
      number,
      notes,
      announce: (url) =>
        writeFileSync(lock, JSON.stringify({ pid: process.pid, since, url }), { mode: 0o600 }),
      release,
    };
  }
  throw new Error(
    `${mostAtOnce} rehearsals of this repository are running already (${base}/*/lock.json names them). Stop one first.`,
  );
}

/**
 * Forgets what earlier rehearsals of a repository left.
 * @throws Error where one of them is running: it would lose the files that it works with
 */
export async function forgetState(base: string, now: () => number = Date.now): Promise<void> {
  const running = await runningIn(base, now());
  if (running.length > 0) {
    throw new Error(
      [
        `--fresh would take away the state of a rehearsal of this repository that is running:`,
        ...running.map(
          ({ pid, since, url }) =>
            `  process ${pid}, ${url === undefined ? 'starting' : `at ${url}`}, since ${since}: stop it with Ctrl-C in its terminal, or: kill ${pid}`,
        ),
        'Then try again; or leave out --fresh, to rehearse beside it.',
      ].join('\n'),
    );
  }
  forgetPostgresHomes(base);
  rmSync(base, { recursive: true, force: true });
}

async function runningIn(base: string, now: number): Promise<Holder[]> {
  const running: Holder[] = [];
  for (let number = 1; number <= mostAtOnce; number += 1) {
    const holder = readHolder(path.join(base, String(number), 'lock.json'));
    if (holder !== undefined && holder !== 'damaged' && (await isAlive(holder, now))) running.push(holder);
  }
  return running;
}

function readHolder(lock: string): Holder | 'damaged' | undefined {
  if (!existsSync(lock)) return undefined;
  try {
    const value = JSON.parse(readFileSync(lock, 'utf8')) as Partial<Holder> | null;
    if (typeof value?.pid !== 'number' || typeof value.since !== 'string') return 'damaged';
    return {
      pid: value.pid,
      since: value.since,
      ...(typeof value.url === 'string' ? { url: value.url } : {}),
    };
  } catch {
    return 'damaged';
  }
}

async function isAlive(holder: Holder, now: number): Promise<boolean> {
  try {
    process.kill(holder.pid, 0);
  } catch (error: unknown) {
    // EPERM: there is such a process, of another user.
    if (!(isNodeError(error) && error.code === 'EPERM')) return false;
  }
  if (holder.url === undefined) return now - Date.parse(holder.since) < startGraceMs;
  try {
    await fetch(holder.url, { method: 'HEAD', redirect: 'manual', signal: AbortSignal.timeout(2_000) });
    return true;
  } catch {
    return false;
  }
}

/** By shape: under a test runner's own realm, an error of `fs` is not an `instanceof Error`. */
function isNodeError(error: unknown): error is NodeJS.ErrnoException {
  return typeof error === 'object' && error !== null && 'code' in error;
}
