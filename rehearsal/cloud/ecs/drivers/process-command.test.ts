import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { ContainerSpec } from './driver.ts';
import { emulated } from './process-command.ts';

let root: string;
beforeAll(() => {
  root = mkdtempSync(path.join(tmpdir(), 'sluice-root-'));
  for (const folder of ['app/data', 'usr/local/bin']) mkdirSync(path.join(root, folder), { recursive: true });
  writeFileSync(path.join(root, 'app/server.js'), '');
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

const spec = (given: Partial<ContainerSpec>): ContainerSpec => ({
  taskId: 'task',
  name: 'web',
  image: {
    repository: 'service',
    digest: 'sha256:0',
    platform: { os: 'linux', architecture: 'amd64' },
    layers: [],
    config: {},
  },
  imageReference: 'service',
  entryPoint: ['node'],
  command: ['server.js'],
  workingDirectory: '/app',
  user: '',
  environment: {},
  ports: [{ containerPort: 8080, hostPort: 31_000, protocol: 'tcp' }],
  memoryMiB: undefined,
  onOutput: () => undefined,
  ...given,
});
const translate = (given: Partial<ContainerSpec>) => emulated(spec(given), { root, home: '/home/of/task' });

describe('a command of an image', () => {
  it('runs with the rehearsal’s own Node in the image’s working directory', () => {
    expect(translate({})).toMatchObject({
      argv: [process.execPath, 'server.js'],
      cwd: path.join(root, 'app'),
    });
  });

  it('means the image’s files by its absolute paths', () => {
    const { argv } = translate({
      entryPoint: ['/usr/local/bin/node', '/app/server.js'],
      command: ['--data', '/app/data/new.db', '/etc/hosts', '/health'],
    });
    expect(argv).toEqual([
      process.execPath,
      path.join(root, 'app/server.js'),
      '--data',
      path.join(root, 'app/data/new.db'),
      '/etc/hosts',
      '/health',
    ]);
  });

  it('gets the container’s environment, its host port, and nothing of this process', () => {
    process.env.SLUICE_TEST_SECRET = 'of the user';
    const { environment } = translate({
      environment: {
        PORT: '8080',
        HOST: '0.0.0.0',
        DATABASE_FILE: '/app/data/chat.db',
        HEALTH_PATH: '/health',
        HOME: '/root',
      },
    });
    delete process.env.SLUICE_TEST_SECRET;
    expect(environment).toEqual({
      PORT: '31000',
      HOST: '127.0.0.1',
      DATABASE_FILE: path.join(root, 'app/data/chat.db'),
      HEALTH_PATH: '/health',
      HOME: '/home/of/task',
      TMPDIR: '/home/of/task',
      PATH: expect.stringMatching(/^\//) as string,
    });
  });

  it('finds the image’s commands before this machine’s', () => {
    const { environment } = translate({ environment: { PATH: '/usr/local/bin:/not/there' } });
    expect(environment.PATH?.split(':').slice(0, 2)).toEqual([
      path.dirname(process.execPath),
      path.join(root, 'usr/local/bin'),
    ]);
  });
});

describe('a health check', () => {
  it.each([
    [['CMD-SHELL', 'curl -f http://localhost:8080/health || exit 1'], 'http://127.0.0.1:31000/health'],
    [['CMD', 'wget', 'http://127.0.0.1:8080/health'], 'http://127.0.0.1:31000/health'],
  ])('%j asks the host port', (command, url) => {
    expect(translate({}).probe(command).join(' ')).toContain(url);
  });

  it.each([
    [
      ['CMD', 'node', '/app/server.js'],
      [process.execPath, 'app/server.js'],
    ],
    [
      ['CMD-SHELL', 'exit 1'],
      ['/bin/sh', '-c', 'exit 1'],
    ],
    [
      ['CMD', 'check', 'example.org:80800'],
      ['check', 'example.org:80800'],
    ],
  ])('%j becomes %j', (command, expected) => {
    expect(translate({}).probe(command)).toEqual(
      expected.map((part) => (part === 'app/server.js' ? path.join(root, part) : part)),
    );
  });
});
