import { execFileSync, spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { CreateRepositoryCommand, ECRClient } from '@aws-sdk/client-ecr';
import { adminCredentials, startCloud, type Cloud } from '../../rehearsal/cloud/index.ts';
import { createRunner, runCommand, type Runner } from '../../src/github/index.ts';
import {
  buildImage,
  findRepository,
  openRegistry,
  type BuildOptions,
  type BuildTarget,
} from '../../src/image/index.ts';

const engine = spawnSync('docker', ['version', '--format', '{{.Server.Version}}'], { encoding: 'utf8' });
const withDocker = engine.status === 0 ? describe : describe.skip;
if (engine.status !== 0) {
  process.stderr.write(
    'Skipped: building with Docker, because no Docker engine answers ("docker version" fails).\n',
  );
}

withDocker('building an image with a Docker engine', () => {
  let root: string;
  let workspace: string;
  let cloud: Cloud;
  let ecr: ECRClient;
  let target: BuildTarget;
  let lines: string[];
  let runner: Runner;

  beforeEach(async () => {
    root = await mkdtemp(path.join(tmpdir(), 'sluice-docker-'));
    workspace = path.join(root, 'workspace');
    await mkdir(path.join(workspace, 'service'), { recursive: true });
    await writeFile(path.join(workspace, 'service/main.js'), 'console.log(1);\n');
    cloud = await startCloud({ stateDirectory: path.join(root, 'state'), driver: 'process' });
    ecr = new ECRClient({ endpoint: cloud.url, region: 'eu-west-1', credentials: adminCredentials });
    await ecr.send(new CreateRepositoryCommand({ repositoryName: 'chatbot' }));
    lines = [];
    runner = createRunner({
      environment: process.env,
      write: (line) => lines.push(line),
      append: () => undefined,
      setExitCode: () => undefined,
    });
    const { repository, credentials } = await findRepository(ecr, 'chatbot', runner);
    target = { repository, credentials, registry: openRegistry({ repository, credentials }) };
  });

  afterEach(async () => {
    ecr.destroy();
    await cloud.stop();
    await rm(root, { recursive: true, force: true });
  });

  const git = (...args: string[]): string =>
    execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.org', ...args], {
      cwd: workspace,
      encoding: 'utf8',
    }).trim();
  const commit = async (dockerfile: string): Promise<void> => {
    await writeFile(path.join(workspace, 'service/Dockerfile'), dockerfile);
    git('init', '--quiet', '--initial-branch=main');
    git('add', '--all');
    git('commit', '--quiet', '--message', 'change');
  };
  const build = (changes: Partial<BuildOptions>) =>
    buildImage({
      workspace,
      context: 'service',
      dockerfile: 'Dockerfile',
      platform: { os: 'linux', architecture: 'amd64' },
      title: 'chatbot',
      commit: git('rev-parse', 'HEAD'),
      builder: 'auto',
      allowBaseless: false,
      cache: path.join(root, 'cache'),
      target,
      run: runCommand,
      runner,
      ...changes,
    });

  it('pushes a plain manifest with our labels, and finds it again', async () => {
    await commit('FROM scratch\nWORKDIR /app\nCOPY main.js .\nCMD ["node", "main.js"]\n');
    const result = await build({ builder: 'docker' });
    expect(result).toMatchObject({ builder: 'docker', reused: false });
    const manifest = JSON.parse(Buffer.from(await target.registry.manifest(result.digest!)).toString()) as {
      mediaType: string;
      config: { digest: string };
    };
    expect(manifest.mediaType).toMatch(/manifest\.v[12]\+json$/);
    const config = JSON.parse(
      Buffer.from(await target.registry.blob(manifest.config.digest)).toString(),
    ) as unknown;
    expect(config).toMatchObject({
      architecture: 'amd64',
      config: {
        Cmd: ['node', 'main.js'],
        WorkingDir: '/app',
        Labels: {
          'dev.sluice.source': git('rev-parse', 'HEAD:service'),
          'org.opencontainers.image.title': 'chatbot',
        },
      },
    });
    expect(await build({})).toMatchObject({ reused: true, digest: result.digest });
  });

  it('leaves no password behind, neither in the log nor in the user’s configuration', async () => {
    await commit('FROM scratch\nCOPY main.js /\n');
    await build({ builder: 'docker' });
    const { password } = await target.credentials();
    expect(lines.filter((line) => line.includes(password) && !line.startsWith('::add-mask::'))).toEqual([]);
    const found = spawnSync('grep', [
      '-r',
      target.repository.registry,
      path.join(process.env['HOME'] ?? '/root', '.docker'),
    ]);
    expect(found.status).not.toBe(0);
  });

  it('names the step that failed', async () => {
    await commit('FROM scratch\nCOPY missing /\n');
    await expect(build({ builder: 'docker' })).rejects.toMatchObject({
      message: 'docker build failed',
      why: expect.stringContaining('missing') as string,
    });
  });

  it('builds without Docker where the base cannot be pulled, and says so', async () => {
    await commit('FROM registry.invalid/node:24\nCOPY main.js /\nCMD ["node", "/main.js"]\n');
    expect(await build({ builder: 'auto' })).toMatchObject({ builder: 'layered' });
    expect(lines.filter((line) => line.startsWith('::warning::'))).toHaveLength(1);
    await writeFile(path.join(workspace, 'service/main.js'), 'changed\n');
    await expect(build({ builder: 'docker' })).rejects.toThrow(
      'The image that the Dockerfile starts from could not be pulled',
    );
  });
});
