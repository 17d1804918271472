import { execFile, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { ContainerSpec, RunningContainer, TaskDriver } from './driver.ts';

/** On every container that the rehearsal starts, so that it finds its own again. */
const label = 'dev.sluice.rehearsal';

/** Whether a Docker engine answers within two seconds. */
export async function dockerAnswers(): Promise<boolean> {
  try {
    await docker(['version', '--format', '{{.Server.Version}}'], { timeoutMs: 2_000 });
    return true;
  } catch {
    return false;
  }
}

/** Runs containers with the engine that the `docker` command reaches. Ports are published on 127.0.0.1 alone. */
export function dockerDriver(): TaskDriver {
  return {
    name: 'docker',

    async start(spec: ContainerSpec): Promise<RunningContainer> {
      await pull(spec.imageReference);
      const [entryPoint, ...rest] = [...spec.entryPoint, ...spec.command];
      if (entryPoint === undefined) throw new Error('CannotStartContainerError: No command specified');
      const name = `sluice-${spec.taskId.slice(0, 12)}-${spec.name}`;
      const id = await docker(
        [
          'create',
          ...[
            '--name',
            name,
            '--label',
            `${label}=${process.pid}`,
            '--workdir',
            spec.workingDirectory,
            '--entrypoint',
            entryPoint,
          ],
          ...(spec.user === '' ? [] : ['--user', spec.user]),
          ...(spec.memoryMiB === undefined ? [] : ['--memory', `${spec.memoryMiB}m`]),
          // Names only: the values travel in the environment of the command, never in its arguments.
          ...Object.keys(spec.environment).flatMap((key) => ['--env', key]),
          ...spec.ports.flatMap(({ hostPort, containerPort, protocol }) => [
            '--publish',
            `127.0.0.1:${hostPort}:${containerPort}/${protocol}`,
          ]),
          spec.imageReference,
          ...rest,
        ],
        { env: spec.environment },
      ).catch((error: unknown) => {
        throw new Error(`CannotCreateContainerError: ${String(error)}`, { cause: error });
      });
      try {
        await docker(['start', id]);
      } catch (error: unknown) {
        await docker(['rm', '--force', id]).catch(() => undefined);
        throw new Error(
          `CannotStartContainerError: ${error instanceof Error ? error.message : String(error)}`,
          { cause: error },
        );
      }
      const follower = spawn('docker', ['logs', '--follow', id], { stdio: ['ignore', 'pipe', 'pipe'] });
      follower.on('error', () => undefined);
      for (const stream of [follower.stdout, follower.stderr]) {
        createInterface({ input: stream, crlfDelay: Infinity }).on('line', (line) => spec.onOutput(line));
      }
      const drained = new Promise<void>((resolve) => follower.once('close', () => resolve()));
      const exited = docker(['wait', id], { timeoutMs: 0 }).then(async (code) => {
        await drained;
        const outOfMemory = await docker(['inspect', '--format', '{{.State.OOMKilled}}', id]).catch(
          () => 'false',
        );
        await docker(['rm', '--force', id]).catch(() => undefined);
        return {
          exitCode: Number(code),
          ...(outOfMemory === 'true'
            ? { reason: 'OutOfMemoryError: Container killed due to memory usage' }
            : {}),
        };
      });
      return {
        runtimeId: id,
        exited,
        async stop(timeoutMs) {
          await docker(['stop', '--time', String(Math.ceil(timeoutMs / 1000)), id], {
            timeoutMs: timeoutMs + 10_000,
          }).catch(() => undefined);
          await exited;
        },
        exec: (command, timeoutMs) => execute(id, command, timeoutMs),
      };
    },

    async clean() {
      const rows = await docker([
        'ps',
        '--all',
        '--filter',
        `label=${label}`,
        '--format',
        `{{.ID}} {{.Label "${label}"}}`,
      ]);
      for (const row of rows.split('\n').filter(Boolean)) {
        const [id = '', owner = ''] = row.split(' ');
        if (!isAlive(Number(owner))) await docker(['rm', '--force', id]).catch(() => undefined);
      }
    },
  };
}

async function pull(reference: string): Promise<void> {
  try {
    await docker(['image', 'inspect', reference]);
  } catch {
    await docker(['pull', '--quiet', reference], { timeoutMs: 300_000 }).catch((error: unknown) => {
      throw new Error(`CannotPullContainerError: ${error instanceof Error ? error.message : String(error)}`, {
        cause: error,
      });
    });
  }
}

async function execute(id: string, command: readonly string[], timeoutMs: number): Promise<number> {
  const [kind, ...rest] = command;
  const argv = kind === 'CMD-SHELL' ? ['/bin/sh', '-c', rest.join(' ')] : kind === 'CMD' ? rest : command;
  return new Promise((resolve) => {
    execFile('docker', ['exec', id, ...argv], { timeout: timeoutMs, killSignal: 'SIGKILL' }, (error) => {
      if (error === null) resolve(0);
      else if (error.killed === true) resolve(124);
      else resolve(typeof error.code === 'number' ? error.code : 126);
    });
  });
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Runs `docker` and answers its output, without the final newline. @throws Error with what it said */
function docker(
  argv: readonly string[],
  { timeoutMs = 60_000, env = {} }: { timeoutMs?: number; env?: Readonly<Record<string, string>> } = {},
): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(
      'docker',
      [...argv],
      { timeout: timeoutMs, maxBuffer: 16 * 1024 * 1024, env: { ...process.env, ...env } },
      (error, stdout, stderr) => {
        if (error === null) resolve(stdout.trim());
        else reject(new Error(stderr.trim() === '' ? error.message : stderr.trim(), { cause: error }));
      },
    );
  });
}
