import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/**
 * The process groups of the tasks, in files: what the rehearsal leaves running when it is killed, it ends when it is
 * started again. When its own process ends in an ordinary way, the groups end with it at once.
 */
export class PidFiles {
  readonly #directory: string;
  readonly #own = new Set<number>();
  readonly #killOwn = (): void => {
    for (const pid of this.#own) signalGroup(pid, 'SIGKILL');
  };

  constructor(directory: string) {
    this.#directory = directory;
    mkdirSync(directory, { recursive: true });
  }

  add(pid: number): void {
    if (this.#own.size === 0) process.on('exit', this.#killOwn);
    this.#own.add(pid);
    writeFileSync(this.#file(pid), JSON.stringify({ pid, startedAt: startTimeOf(pid) }));
  }

  remove(pid: number): void {
    this.#own.delete(pid);
    if (this.#own.size === 0) process.off('exit', this.#killOwn);
    rmSync(this.#file(pid), { force: true });
  }

  /** Ends every group that has a file, if its process is the very one that was started: process ids are used again. */
  killAll(): void {
    for (const name of readdirSync(this.#directory)) {
      const file = path.join(this.#directory, name);
      const { pid, startedAt } = read(file);
      if (startedAt !== '' && startTimeOf(pid) === startedAt) signalGroup(pid, 'SIGKILL');
      rmSync(file, { force: true });
    }
  }

  #file(pid: number): string {
    return path.join(this.#directory, String(pid));
  }
}

export function signalGroup(pid: number, signal: NodeJS.Signals): void {
  // 0 and 1 would be the rehearsal's own group, and everything.
  if (pid <= 1) return;
  try {
    process.kill(-pid, signal);
  } catch (error: unknown) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

function read(file: string): { pid: number; startedAt: string } {
  try {
    const { pid, startedAt } = JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>;
    if (typeof pid === 'number' && typeof startedAt === 'string') return { pid, startedAt };
  } catch (error: unknown) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  // Half written when the power went: it names no process.
  return { pid: 0, startedAt: '' };
}

/** When a process was started, in whatever the system counts by; empty where it is gone. */
function startTimeOf(pid: number): string {
  try {
    if (process.platform !== 'linux') {
      return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim();
    }
    // The 22nd field; the second is a name in brackets that may itself have spaces and brackets.
    const afterName = readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\) /s, '');
    return afterName.split(' ')[19] ?? '';
  } catch {
    return '';
  }
}
