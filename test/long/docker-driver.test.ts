import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { jest } from '@jest/globals';
import { dockerAnswers, dockerDriver } from '../../rehearsal/cloud/ecs/drivers/docker.ts';
import type { ContainerSpec, RunningContainer } from '../../rehearsal/cloud/ecs/drivers/driver.ts';
import { Images, type LayerEntry } from '../../rehearsal/cloud/ecs/testing/images.ts';
import type { ResolvedImage } from '../../rehearsal/cloud/ecs/world.ts';

jest.setTimeout(120_000);

const answers = await dockerAnswers();
if (!answers) console.log('Skipped: what needs a Docker engine; `docker version` fails here.');

/** A base without a registry: this machine's Node and the libraries that it is linked to. */
function nodeLayer(): LayerEntry[] {
  const libraries = execFileSync('ldd', [process.execPath], { encoding: 'utf8' }).match(/\/\S+/g) ?? [];
  return [
    { name: 'usr/local/bin/node', mode: 0o755, content: readFileSync(process.execPath) },
    ...libraries.map((library) => ({
      name: library.slice(1),
      mode: 0o755,
      content: readFileSync(library),
    })),
  ];
}

const server = `
const http = require('node:http');
http.createServer((request, response) => response.end(process.env.GREETING)).listen(process.env.PORT);
console.log('listening as ' + process.getuid());
process.on('SIGTERM', () => { console.log('stopping'); process.exit(0); });
`;

(answers ? describe : describe.skip)('the Docker driver', () => {
  const images = new Images();
  const driver = dockerDriver({ images, directory: `test-${process.pid}` });
  let image: ResolvedImage;
  beforeAll(async () => {
    image = await images.add('service', [nodeLayer(), [{ name: 'app/server.js', content: server }]], {
      Env: ['PATH=/usr/local/bin', 'PORT=8080'],
      Healthcheck: { Test: ['CMD', 'false'] },
    });
  });
  afterAll(async () => {
    await driver.clean();
    execFileSync('docker', ['rmi', '--force', `sluice-rehearsal/service:${image.digest.slice(7, 39)}`], {
      stdio: 'ignore',
    });
  });

  interface Started {
    readonly container: RunningContainer;
    readonly lines: string[];
    readonly firstLine: Promise<string>;
    readonly port: number;
  }

  async function start(given: Partial<ContainerSpec> = {}): Promise<Started> {
    const lines: string[] = [];
    const printed = Promise.withResolvers<string>();
    const port = await freePort();
    const container = await driver.start({
      taskId: crypto.randomUUID().replaceAll('-', ''),
      name: 'web',
      image,
      imageReference: 'service',
      entryPoint: ['node'],
      command: ['server.js'],
      workingDirectory: '/app',
      user: '1000',
      environment: { PATH: '/usr/local/bin', PORT: '8080', GREETING: 'hello\nworld', DOCKER_HOST: 'tcp://x' },
      ports: [{ containerPort: 8080, hostPort: port, protocol: 'tcp' }],
      memoryMiB: 128,
      onOutput: (line) => {
        lines.push(line);
        printed.resolve(line);
      },
      ...given,
    });
    return { container, lines, firstLine: printed.promise, port };
  }

  it('serves on a published port, hands its output on, and stops when asked', async () => {
    const { container, firstLine, lines, port } = await start();
    expect(await firstLine).toBe('listening as 1000');
    expect(await (await fetch(`http://127.0.0.1:${port}/`)).text()).toBe('hello\nworld');
    expect(await container.exec(['CMD', 'node', '-e', 'process.exit(0)'], 20_000)).toBe(0);
    expect(await container.exec(['CMD', 'node', '-e', 'process.exit(4)'], 20_000)).toBe(4);
    expect(await container.exec(['CMD', 'node', '-e', 'setTimeout(() => {}, 60000)'], 500)).toBe(124);
    await container.stop(10_000);
    expect(await container.exited).toEqual({ exitCode: 0 });
    expect(lines).toEqual(['listening as 1000', 'stopping']);
    expect(docker('ps', '--all', '--quiet', '--filter', `id=${container.runtimeId}`)).toBe('');
  });

  it('says that a container ran out of memory', async () => {
    const { container } = await start({
      command: ['-e', 'const all = []; for (;;) all.push(Buffer.alloc(1e7, 1));'],
      memoryMiB: 64,
    });
    expect(await container.exited).toEqual({
      exitCode: 137,
      reason: 'OutOfMemoryError: Container killed due to memory usage',
    });
  });

  it('says why a container cannot start', async () => {
    await expect(start({ entryPoint: ['nothing-like-it'] })).rejects.toThrow(
      /^CannotStartContainerError: Error response from daemon: .*"nothing-like-it": executable file not found/,
    );
  });

  it('ends what an earlier run with the same directory has left, and nothing else', async () => {
    const { container, firstLine } = await start();
    await firstLine;
    await dockerDriver({ images, directory: 'another' }).clean();
    expect(docker('inspect', '--format', '{{.State.Running}}', container.runtimeId)).toBe('true');
    await driver.clean();
    expect(await container.exited).toMatchObject({ exitCode: 137 });
  });
});

function docker(...argv: string[]): string {
  return execFileSync('docker', argv, { encoding: 'utf8' }).trim();
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as { port: number };
      probe.close(() => resolve(port));
    });
  });
}
