import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createInterface } from 'node:readline';
import type { ImageSource } from '../world.ts';
import { attempt, docker } from './docker-command.ts';
import { loadedImage } from './docker-image.ts';
import type { ContainerSpec, RunningContainer, TaskDriver } from './driver.ts';
import { needsThisMachine, onThisMachine, toHostPorts } from './loopback.ts';

export interface DockerDriverOptions {
  readonly images: ImageSource;
  /** Whose containers these are: those of an earlier run with the same directory are ended by `clean`. */
  readonly directory: string;
}

/** On every container that the rehearsal starts, so that it finds its own again. */
const label = 'dev.sluice.rehearsal';
/** Variables that the `docker` command reads itself; they may not travel through its own environment. */
const ofTheCommand = /^(?:PATH|HOME|HTTPS?_PROXY|NO_PROXY|XDG_.*|DOCKER_.*|BUILDKIT_.*|LD_.*|SSH_.*)$/i;

/** Whether a Docker engine answers within two seconds. */
export async function dockerAnswers(): Promise<boolean> {
  return (await attempt(['version', '--format', '{{.Server.Version}}'], 2_000)) !== undefined;
}

/**
 * Runs containers with the engine that the `docker` command reaches. Images are handed over as archives, so that the
 * engine needs no way to the rehearsal's registry (it may be in a virtual machine). Ports are published on 127.0.0.1
 * alone; a container that is told of something there, such as the rehearsal's database, shares this machine's network,
 * and listens on its host port as `PORT` says (`--network host`: Docker Desktop has it as a setting).
 */
export function dockerDriver({ images, directory }: DockerDriverOptions): TaskDriver {
  const owner = createHash('sha256').update(directory).digest('hex').slice(0, 16);
  return {
    name: 'docker',

    async start(wanted: ContainerSpec): Promise<RunningContainer> {
      const isShared = needsThisMachine(wanted);
      const spec = isShared ? onThisMachine(wanted) : wanted;
      const reference = await loadedImage(spec.image, images);
      const id = await create(spec, reference, owner, isShared);
      try {
        await docker(['start', id]);
      } catch (error: unknown) {
        await attempt(['rm', '--force', id]);
        throw new Error(`CannotStartContainerError: Error response from daemon: ${messageOf(error)}`, {
          cause: error,
        });
      }
      const exited = follow(id, (line) => spec.onOutput(line));
      return {
        runtimeId: id,
        exited,
        async stop(timeoutMs) {
          const seconds = String(Math.ceil(timeoutMs / 1000));
          await attempt(['stop', '--time', seconds, id], timeoutMs + 10_000);
          await exited;
        },
        exec: (command, timeoutMs) =>
          probe(
            id,
            isShared ? command.map((argument) => toHostPorts(argument, spec.ports)) : command,
            timeoutMs,
          ),
      };
    },

    async clean() {
      const ids = await docker(['ps', '--all', '--quiet', '--filter', `label=${label}=${owner}`]);
      if (ids !== '') await docker(['rm', '--force', ...ids.split('\n')]);
    },
  };
}

async function create(spec: ContainerSpec, image: string, owner: string, isShared: boolean): Promise<string> {
  const [entryPoint, ...rest] = [...spec.entryPoint, ...spec.command];
  if (entryPoint === undefined) throw new Error('CannotStartContainerError: No command specified');
  // Values travel in the environment of the command, never in its arguments, where anybody could read them; but for
  // those few that the command would take for its own.
  const names = Object.keys(spec.environment);
  const env = Object.fromEntries(
    Object.entries(spec.environment).filter(([name]) => !ofTheCommand.test(name)),
  );
  try {
    return await docker(
      [
        'create',
        ...['--name', `sluice-${spec.taskId}-${spec.name}`],
        ...['--label', `${label}=${owner}`],
        ...['--workdir', spec.workingDirectory || '/'],
        ...['--entrypoint', entryPoint],
        // An image's own health check has no part in ECS.
        '--no-healthcheck',
        ...(spec.user === '' ? [] : ['--user', spec.user]),
        ...(spec.memoryMiB === undefined ? [] : ['--memory', `${spec.memoryMiB}m`]),
        ...names.flatMap((name) => [
          '--env',
          ofTheCommand.test(name) ? `${name}=${spec.environment[name] ?? ''}` : name,
        ]),
        ...(isShared
          ? ['--network', 'host']
          : spec.ports.flatMap(({ hostPort, containerPort, protocol }) => [
              '--publish',
              `127.0.0.1:${hostPort}:${containerPort}/${protocol}`,
            ])),
        image,
        ...rest,
      ],
      { env },
    );
  } catch (error: unknown) {
    throw new Error(`CannotCreateContainerError: Error response from daemon: ${messageOf(error)}`, {
      cause: error,
    });
  }
}

/** Hands a container's output on until it ends, and removes it then. */
async function follow(
  id: string,
  onOutput: (line: string) => void,
): Promise<{ exitCode: number; reason?: string }> {
  const logs = spawn('docker', ['logs', '--follow', id], { stdio: ['ignore', 'pipe', 'pipe'] });
  const drained = new Promise<void>((resolve) => {
    logs.once('close', () => resolve());
    logs.once('error', () => resolve());
  });
  for (const stream of [logs.stdout, logs.stderr]) {
    createInterface({ input: stream, crlfDelay: Infinity }).on('line', onOutput);
  }
  const code = await attempt(['wait', id], 0);
  await drained;
  const outOfMemory = await attempt(['inspect', '--format', '{{.State.OOMKilled}}', id]);
  await attempt(['rm', '--force', id]);
  return {
    // Where the engine itself went away, the container is taken for killed.
    exitCode: Number(code ?? 137),
    ...(outOfMemory === 'true' ? { reason: 'OutOfMemoryError: Container killed due to memory usage' } : {}),
  };
}

async function probe(id: string, command: readonly string[], timeoutMs: number): Promise<number> {
  const [kind, ...rest] = command;
  const argv = kind === 'CMD-SHELL' ? ['/bin/sh', '-c', ...rest] : rest;
  try {
    await docker(['exec', id, ...argv], { timeoutMs });
    return 0;
  } catch (error: unknown) {
    const { cause } = error as { cause?: { code?: unknown } };
    return typeof cause?.code === 'number' ? cause.code : 124;
  }
}

function messageOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).replace(
    /^Error response from daemon: /,
    '',
  );
}
