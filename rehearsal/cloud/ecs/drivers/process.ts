import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import type { ImageSource } from '../world.ts';
import type { ContainerSpec, RunningContainer, TaskDriver } from './driver.ts';
import { unpackedRoot } from './unpack.ts';

export interface ProcessDriverOptions {
  readonly images: ImageSource;
  /** Unpacked images, and the process ids of what runs, so that nothing is left running after a crash. */
  readonly directory: string;
}

/**
 * Runs a container as a process of this machine: the image's layers are unpacked, and its command is started in its
 * working directory with the container's environment and nothing of the user's.
 *
 * What it emulates, and what not: there is no isolation (no chroot, no namespaces, no user switch, no limits), and
 * no port mapping, so `PORT` tells the process the host port to listen on. `node` is the rehearsal's own Node, other
 * commands are looked up in the image and then on this machine's PATH, and absolute paths mean the image's root.
 */
export function processDriver({ images, directory }: ProcessDriverOptions): TaskDriver {
  const roots = path.join(directory, 'roots');
  const pids = path.join(directory, 'pids');
  mkdirSync(pids, { recursive: true });

  return {
    name: 'process',

    async start(spec: ContainerSpec): Promise<RunningContainer> {
      const root = await unpackedRoot(spec.image, images, roots);
      const scratch = path.join(directory, 'scratch', spec.taskId);
      mkdirSync(scratch, { recursive: true });
      const environment = { ...spec.environment, ...baseEnvironment(scratch) };
      const port = spec.ports[0]?.hostPort;
      if (port !== undefined) environment.PORT = String(port);
      const cwd = path.join(root, spec.workingDirectory === '' ? '/' : spec.workingDirectory);
      if (!existsSync(cwd)) {
        throw new Error(
          `CannotStartContainerError: the image has no working directory ${spec.workingDirectory}`,
        );
      }
      const argv = [...spec.entryPoint, ...spec.command].map((argument) => relocate(root, argument));
      const file = executable(argv[0]);
      if (file === undefined) throw new Error('CannotStartContainerError: No command specified');

      const child = spawn(file, argv.slice(1), {
        cwd,
        env: environment,
        detached: true,
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      const exited = exitOf(child, scratch);
      await started(child);
      const pidFile = path.join(pids, String(child.pid));
      writeFileSync(pidFile, JSON.stringify({ pid: child.pid, startedAt: startTimeOf(child.pid) }));
      void exited.then(() => rmSync(pidFile, { force: true }));
      for (const stream of [child.stdout, child.stderr]) {
        createInterface({ input: stream, crlfDelay: Infinity }).on('line', (line) => spec.onOutput(line));
      }
      const stopSignal = signalOf(spec.image.config.StopSignal);
      return {
        runtimeId: String(child.pid),
        exited,
        async stop(timeoutMs) {
          signalGroup(child.pid, stopSignal);
          const killer = setTimeout(() => signalGroup(child.pid, 'SIGKILL'), timeoutMs);
          await exited;
          clearTimeout(killer);
        },
        exec: (command, timeoutMs) =>
          execute(
            command.map((part) => relocate(root, part)),
            cwd,
            environment,
            timeoutMs,
          ),
      };
    },

    // eslint-disable-next-line @typescript-eslint/require-await -- the interface lets a runtime be asked
    async clean() {
      for (const name of readdirSync(pids)) {
        const file = path.join(pids, name);
        try {
          const { pid, startedAt } = JSON.parse(readFileSync(file, 'utf8')) as {
            pid: number;
            startedAt: string;
          };
          // Only the very process that was started: pids are used again.
          if (startedAt !== '' && startTimeOf(pid) === startedAt) signalGroup(pid, 'SIGKILL');
        } catch {
          // A record that cannot be read names no process.
        }
        rmSync(file, { force: true });
      }
      rmSync(path.join(directory, 'scratch'), { recursive: true, force: true });
    },
  };
}

function baseEnvironment(scratch: string): Record<string, string> {
  return {
    PATH: [path.dirname(process.execPath), process.env.PATH ?? ''].join(path.delimiter),
    HOME: scratch,
    TMPDIR: scratch,
    ...(process.env.SystemRoot === undefined ? {} : { SystemRoot: process.env.SystemRoot }),
  };
}

function executable(command: string | undefined): string | undefined {
  if (command === 'node' || command === '/usr/local/bin/node' || command === '/usr/bin/node')
    return process.execPath;
  return command;
}

/** An absolute path that the image has means the image's file. */
function relocate(root: string, argument: string): string {
  if (!argument.startsWith('/')) return argument;
  const inImage = path.join(root, argument);
  return existsSync(inImage) ? inImage : argument;
}

function exitOf(child: ChildProcess, scratch: string): Promise<{ exitCode: number }> {
  return new Promise((resolve) => {
    // As in a container: when its first process ends, everything that it started ends with it.
    child.once('exit', () => signalGroup(child.pid, 'SIGKILL'));
    child.once('close', (code, signal) => {
      rmSync(scratch, { recursive: true, force: true });
      resolve({ exitCode: code ?? 128 + (signalNumbers[signal ?? 'SIGKILL'] ?? 9) });
    });
  });
}

const signalNumbers: Partial<Record<NodeJS.Signals, number>> = {
  SIGHUP: 1,
  SIGINT: 2,
  SIGQUIT: 3,
  SIGABRT: 6,
  SIGKILL: 9,
  SIGSEGV: 11,
  SIGPIPE: 13,
  SIGTERM: 15,
};

function started(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', (error: NodeJS.ErrnoException) => {
      const reason =
        error.code === 'ENOENT'
          ? `exec: "${child.spawnfile}": executable file not found in $PATH`
          : error.message;
      reject(new Error(`CannotStartContainerError: ${reason}`, { cause: error }));
    });
  });
}

async function execute(
  command: readonly string[],
  cwd: string,
  env: Record<string, string>,
  timeoutMs: number,
): Promise<number> {
  const [kind, ...rest] = command;
  const argv = kind === 'CMD-SHELL' ? ['/bin/sh', '-c', rest.join(' ')] : kind === 'CMD' ? rest : command;
  const file = executable(argv[0]);
  if (file === undefined) return 127;
  return new Promise((resolve) => {
    const child = spawn(file, argv.slice(1), { cwd, env, detached: true, stdio: 'ignore' });
    const timer = setTimeout(() => {
      signalGroup(child.pid, 'SIGKILL');
      resolve(124);
    }, timeoutMs);
    child.once('error', () => {
      clearTimeout(timer);
      resolve(127);
    });
    child.once('exit', (code) => {
      clearTimeout(timer);
      resolve(code ?? 137);
    });
  });
}

function signalOf(name: string | undefined): NodeJS.Signals {
  return name !== undefined && /^SIG[A-Z0-9]+$/.test(name) ? (name as NodeJS.Signals) : 'SIGTERM';
}

function signalGroup(pid: number | undefined, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch {
    // It has ended already.
  }
}

/** When a process was started, as the kernel counts; empty where that cannot be known, and then nothing is killed. */
function startTimeOf(pid: number | undefined): string {
  try {
    const fields = readFileSync(`/proc/${pid ?? 0}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ');
    return fields[19] ?? '';
  } catch {
    return '';
  }
}
