import { jest } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expectGone, isThere } from '../../../processes/gone.fixture.ts';
import { Images } from '../testing/images.ts';
import type { ImageConfig } from '../world.ts';
import type { ContainerSpec, RunningContainer } from './driver.ts';
import { processDriver } from './process.ts';

jest.setTimeout(30_000);

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(path.join(tmpdir(), 'sluice-process-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

interface Started {
  readonly container: RunningContainer;
  readonly lines: string[];
  /** Resolves with the first line that the program prints. */
  readonly firstLine: Promise<string>;
}

async function start(program: string, given: Partial<ContainerSpec & ImageConfig> = {}): Promise<Started> {
  const images = new Images();
  const image = await images.add('image', [[{ name: 'app/main.js', content: program }]], {
    ...(given.StopSignal === undefined ? {} : { StopSignal: given.StopSignal }),
  });
  const lines: string[] = [];
  const printed = Promise.withResolvers<string>();
  const container = await processDriver({ images, directory }).start({
    taskId: 'task',
    name: 'web',
    image,
    imageReference: 'image',
    entryPoint: ['node'],
    command: ['main.js'],
    workingDirectory: '/app',
    user: '',
    environment: {},
    ports: [],
    memoryMiB: undefined,
    onOutput: (line) => {
      lines.push(line);
      printed.resolve(line);
    },
    ...given,
  });
  return { container, lines, firstLine: printed.promise };
}

describe('the process driver', () => {
  it('hands on every line and the exit code, and leaves nothing behind', async () => {
    const { container, lines } = await start(
      `console.log('one'); console.error('two'); process.stdout.write('three'); process.exitCode = 7;`,
    );
    expect(await container.exited).toEqual({ exitCode: 7 });
    expect(lines.sort()).toEqual(['one', 'three', 'two']);
    expect(readdirSync(path.join(directory, 'tasks', 'task'))).toEqual([]);
  });

  it('gives a task files of its own', async () => {
    const program = `
      const fs = require('node:fs');
      console.log(fs.existsSync('state') ? 'there' : 'fresh');
      fs.writeFileSync('state', '');
      fs.appendFileSync('main.js', ' ');`;
    const first = await start(program);
    await first.container.exited;
    const second = await start(program, { taskId: 'other' });
    await second.container.exited;
    expect([first.lines, second.lines]).toEqual([['fresh'], ['fresh']]);
  });

  it('lets nothing of the user’s environment in', async () => {
    process.env.AWS_SECRET_ACCESS_KEY = 'of the user';
    const { container, lines } = await start(`console.log(Object.keys(process.env).sort().join());`, {
      environment: { LOG_LEVEL: 'DEBUG' },
    });
    delete process.env.AWS_SECRET_ACCESS_KEY;
    await container.exited;
    expect(lines).toEqual(['HOME,LOG_LEVEL,PATH,TMPDIR']);
  });

  it('asks a process to stop, with the image’s signal', async () => {
    const { container, firstLine, lines } = await start(
      `process.on('SIGQUIT', () => { console.log('bye'); process.exit(0); });
       setInterval(() => {}, 1000); console.log('up');`,
      { StopSignal: 'SIGQUIT' },
    );
    await firstLine;
    await container.stop(10_000);
    expect(await container.exited).toEqual({ exitCode: 0 });
    expect(lines).toEqual(['up', 'bye']);
  });

  it('kills what does not stop in time, with all that it started', async () => {
    const { container, firstLine } = await start(
      `process.on('SIGTERM', () => {});
       const child = require('node:child_process').spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
       setInterval(() => {}, 1000); console.log(child.pid);`,
    );
    const grandchild = Number(await firstLine);
    await container.stop(50);
    expect(await container.exited).toEqual({ exitCode: 137 });
    await expectGone(grandchild);
  });

  it('runs health checks beside it', async () => {
    const { container, firstLine } = await start(`setInterval(() => {}, 1000); console.log('up');`, {
      environment: { ANSWER: '5' },
    });
    await firstLine;
    expect(await container.exec(['CMD-SHELL', 'exit $ANSWER'], 5_000)).toBe(5);
    expect(await container.exec(['CMD', 'node', '-e', 'process.exit(0)'], 5_000)).toBe(0);
    expect(await container.exec(['CMD', 'no-such-command'], 5_000)).toBe(127);
    expect(await container.exec(['CMD-SHELL', 'sleep 30'], 50)).toBe(124);
    await container.stop(5_000);
  });

  it.each([
    [{ workingDirectory: '/none' }, 'CannotStartContainerError: the image has no working directory /none'],
    [
      { entryPoint: ['nothing-like-it'] },
      'CannotStartContainerError: exec: "nothing-like-it": executable file not found in $PATH',
    ],
    [{ entryPoint: [], command: [] }, 'CannotStartContainerError: No command specified'],
  ])('says why %j cannot start', async (given, reason) => {
    await expect(start('', given)).rejects.toThrow(reason);
    expect(existsSync(path.join(directory, 'tasks', 'task', 'web'))).toBe(false);
  });

  it('lets no task outlive a rehearsal that is killed, and tidies up after it', async () => {
    const module = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
    const rehearsal = spawn(process.execPath, [
      '--input-type=module',
      '-e',
      `import { processDriver } from '${module('./process.ts')}';
       import { Images } from '${module('../testing/images.ts')}';
       const images = new Images();
       const image = await images.add('image', [[{ name: 'main.js', content: 'setInterval(() => {}, 1000)' }]], {});
       const container = await processDriver({ images, directory: '${directory}' }).start({
         taskId: 'task', name: 'web', image, entryPoint: ['node'], command: ['main.js'], workingDirectory: '/',
         environment: {}, ports: [], onOutput: () => {} });
       console.log(container.runtimeId);`,
    ]);
    const { value } = (await createInterface(rehearsal.stdout)[Symbol.asyncIterator]().next()) as {
      value?: string;
    };
    const task = Number(value);
    expect(task).toBeGreaterThan(1);
    expect(isThere(task)).toBe(true);
    rehearsal.kill('SIGKILL');
    await once(rehearsal, 'exit');
    await expectGone(task);

    await processDriver({ images: new Images(), directory }).clean();
    expect(existsSync(path.join(directory, 'tasks'))).toBe(false);
  });
});
