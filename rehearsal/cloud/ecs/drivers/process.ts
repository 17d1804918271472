import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, realpathSync, rmSync } from 'node:fs';
import { constants } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { signalGroup } from '../../../processes/group.ts';
import { Reaper } from '../../../processes/reaper.ts';
import type { ImageSource } from '../world.ts';
import type { ContainerSpec, RunningContainer, TaskDriver } from './driver.ts';
import { emulated, type Emulated } from './process-command.ts';
import { pruneRoots, unpackedRoot } from './unpack.ts';

export interface ProcessDriverOptions {
  readonly images: ImageSource;
  /** Unpacked images, and the tasks' copies of them. */
  readonly directory: string;
}

/** What a shell would report for a command that cannot be found, and `timeout` for one that took too long. */
const notFoundExitCode = 127;
const timedOutExitCode = 124;
/** How long output is waited for after a container's first process has ended, in milliseconds. */
const drainMs = 1000;

/**
 * Runs a container as a process of this machine: the image's layers are unpacked, the task gets a copy of them, and
 * the command is started there with the container's environment and nothing of the user's.
 *
 * Tasks end with this process, even where that is killed.
 *
 * What it is not: there is no isolation (no chroot, no namespaces, no other user, no limits of memory or processor),
 * and no port mapping. How a command and its environment are translated, `process-command.ts` says.
 */
export function processDriver({ images, directory }: ProcessDriverOptions): TaskDriver {
  const roots = path.join(directory, 'roots');
  const scratches = path.join(directory, 'tasks');
  const reaper = new Reaper();

  return {
    name: 'process',

    async start(spec: ContainerSpec): Promise<RunningContainer> {
      const scratch = path.join(scratches, spec.taskId, spec.name);
      try {
        return await launch(spec, await unpackedRoot(spec.image, images, roots), scratch, reaper);
      } catch (error: unknown) {
        rmSync(scratch, { recursive: true, force: true });
        throw error;
      }
    },

    // eslint-disable-next-line @typescript-eslint/require-await -- the interface lets a runtime be asked
    async clean() {
      rmSync(scratches, { recursive: true, force: true });
      pruneRoots(roots);
    },
  };
}

async function launch(
  spec: ContainerSpec,
  pristine: string,
  scratch: string,
  reaper: Reaper,
): Promise<RunningContainer> {
  const root = path.join(scratch, 'root');
  const home = path.join(scratch, 'home');
  mkdirSync(home, { recursive: true });
  // `cp` and not Node's own: many times as fast for a folder of packages, and it does not hold up everything else.
  await promisify(execFile)('cp', ['-RPp', pristine, root]);
  const { argv, cwd, environment, probe } = emulated(spec, { root, home });
  if (!existsSync(cwd)) {
    throw new Error(
      `CannotStartContainerError: the image has no working directory ${spec.workingDirectory || '/'}`,
    );
  }
  if (!`${realpathSync(cwd)}${path.sep}`.startsWith(`${realpathSync(root)}${path.sep}`)) {
    throw new Error(`CannotStartContainerError: the working directory leads out of the image`);
  }
  const [file, ...rest] = argv;
  if (file === undefined) throw new Error('CannotStartContainerError: No command specified');
  const child = spawn(file, rest, {
    cwd,
    env: environment,
    // A group of its own, so that whatever it starts can be ended with it.
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const exited = exitOf(child, scratch);
  if (child.pid !== undefined) reaper.add(child.pid);
  const pid = await started(child);
  void exited.then(() => reaper.remove(pid));
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream, crlfDelay: Infinity }).on('line', (line) => spec.onOutput(line));
  }
  return {
    runtimeId: String(pid),
    exited,
    async stop(timeoutMs) {
      if (child.exitCode === null && child.signalCode === null) {
        signalGroup(pid, stopSignalOf(spec));
        const killer = setTimeout(() => signalGroup(pid, 'SIGKILL'), timeoutMs);
        await exited;
        clearTimeout(killer);
      }
      await exited;
    },
    exec: (command, timeoutMs) => run(probe(command), { cwd, env: environment }, timeoutMs, reaper),
  };
}

function exitOf(child: ChildProcess, scratch: string): Promise<{ exitCode: number }> {
  return new Promise((resolve) => {
    child.once('exit', (code, signal) => {
      // As in a container: when its first process ends, everything that it started ends with it.
      if (child.pid !== undefined) signalGroup(child.pid, 'SIGKILL');
      const done = (): void => {
        clearTimeout(drained);
        child.stdout?.destroy();
        child.stderr?.destroy();
        rmSync(scratch, { recursive: true, force: true });
        resolve({ exitCode: code ?? 128 + signalNumber(signal) });
      };
      // What escaped the group may hold the output open for ever.
      const drained = setTimeout(done, drainMs);
      child.once('close', done);
    });
  });
}

function started(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once('spawn', () => resolve(child.pid ?? 0));
    child.once('error', (error: NodeJS.ErrnoException) => {
      const reason =
        error.code === 'ENOENT'
          ? `exec: "${child.spawnfile}": executable file not found in $PATH`
          : error.message;
      reject(new Error(`CannotStartContainerError: ${reason}`, { cause: error }));
    });
  });
}

/** @returns the exit code; that of `timeout` where it took too long, that of a shell where there is no such command */
function run(
  [file, ...rest]: readonly string[],
  { cwd, env }: Pick<Emulated, 'cwd'> & { readonly env: Record<string, string> },
  timeoutMs: number,
  reaper: Reaper,
): Promise<number> {
  if (file === undefined) return Promise.resolve(notFoundExitCode);
  return new Promise((resolve) => {
    const child = spawn(file, rest, { cwd, env, detached: true, stdio: 'ignore' });
    const { pid } = child;
    if (pid !== undefined) reaper.add(pid);
    const timer = setTimeout(() => {
      if (pid !== undefined) signalGroup(pid, 'SIGKILL');
      resolve(timedOutExitCode);
    }, timeoutMs);
    child.once('error', () => {
      clearTimeout(timer);
      resolve(notFoundExitCode);
    });
    child.once('exit', (code, signal) => {
      clearTimeout(timer);
      if (pid !== undefined) reaper.remove(pid);
      resolve(code ?? 128 + signalNumber(signal));
    });
  });
}

function stopSignalOf({ image }: ContainerSpec): NodeJS.Signals {
  const wanted = image.config.StopSignal ?? 'SIGTERM';
  return (Object.keys(constants.signals) as NodeJS.Signals[]).find((name) => name === wanted) ?? 'SIGTERM';
}

function signalNumber(signal: NodeJS.Signals | null): number {
  return constants.signals[signal ?? 'SIGKILL'];
}
