import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { CreateRepositoryCommand, ECRClient } from '@aws-sdk/client-ecr';
import { adminCredentials, startCloud, type Cloud } from '../../rehearsal/cloud/index.ts';
import { readContext, runCommand, type Runner } from '../../src/github/index.ts';
import {
  attachDocuments,
  buildImage,
  findRepository,
  openRegistry,
  RegistryError,
  type BuildOptions,
  type BuildTarget,
} from '../../src/image/index.ts';
import { heardRunner } from '../../src/github/runner.fixture.ts';
import { initialise, type Checkout } from '../running/checkout.ts';

const dockerfile = `FROM node:24-slim
WORKDIR /app
COPY . .
CMD ["node", "main.js"]
`;

describe('building an image and pushing it to a registry', () => {
  let root: string;
  let workspace: string;
  let cloud: Cloud;
  let ecr: ECRClient;
  let lines: readonly string[];
  let runner: Runner;
  let git: Checkout['git'];
  let commit: Checkout['commit'];

  beforeEach(async () => {
    root = await mkdtemp(path.join(tmpdir(), 'sluice-build-'));
    workspace = path.join(root, 'workspace');
    await mkdir(path.join(workspace, 'service'), { recursive: true });
    await writeFile(path.join(workspace, 'service/Dockerfile'), dockerfile);
    await writeFile(path.join(workspace, 'service/main.js'), 'console.log(1);\n');
    ({ git, commit } = initialise(workspace));
    commit();
    cloud = await startCloud({ stateDirectory: path.join(root, 'state'), driver: 'process' });
    ecr = new ECRClient({ endpoint: cloud.url, region: 'eu-west-1', credentials: adminCredentials });
    ({ runner, lines } = heardRunner({ PATH: process.env['PATH'], HOME: process.env['HOME'] }));
  });

  afterEach(async () => {
    ecr.destroy();
    await cloud.stop();
    await rm(root, { recursive: true, force: true });
  });

  const connect = async (): Promise<BuildTarget> => {
    const { repository, credentials } = await findRepository(ecr, 'chatbot', runner);
    return { repository, credentials, registry: openRegistry({ repository, credentials }) };
  };
  const createRepository = () => ecr.send(new CreateRepositoryCommand({ repositoryName: 'chatbot' }));
  const build = (target: BuildTarget | undefined, changes: Partial<BuildOptions> = {}) =>
    buildImage({
      workspace,
      context: 'service',
      dockerfile: 'Dockerfile',
      platform: { os: 'linux', architecture: 'amd64' },
      title: 'chatbot',
      commit: git('rev-parse', 'HEAD'),
      builder: 'layered',
      allowBaseless: false,
      cache: path.join(root, 'cache'),
      target,
      run: runCommand,
      runner,
      ...changes,
    });

  it('gives a reference by digest, and tags it with the source tree and the commit', async () => {
    await createRepository();
    const target = await connect();
    const result = await build(target);

    expect(result).toMatchObject({ reused: false, builder: 'layered' });
    expect(result.tree).toEqual({ hash: git('rev-parse', 'HEAD:service'), committed: true });
    expect(result.image?.reference).toBe(`${cloud.registryHost}/chatbot@${result.digest ?? ''}`);
    for (const tag of [`src-${git('rev-parse', 'HEAD:service')}`, `sha-${git('rev-parse', 'HEAD')}`]) {
      expect((await target.registry.resolve(tag))?.digest).toBe(result.digest);
    }
  });

  it('reuses the image of the same source tree under another commit, and builds again when a file changes', async () => {
    await createRepository();
    const target = await connect();
    const first = await build(target);
    await writeFile(path.join(workspace, 'README.md'), 'outside of the context\n');
    commit();

    const second = await build(target);
    expect(second).toMatchObject({ reused: true, digest: first.digest });
    expect((await target.registry.resolve(`sha-${git('rev-parse', 'HEAD')}`))?.digest).toBe(first.digest);

    await writeFile(path.join(workspace, 'service/main.js'), 'console.log(2);\n');
    const third = await build(target);
    expect(third).toMatchObject({ reused: false, tree: { committed: false } });
    expect(third.digest).not.toBe(first.digest);
  });

  it('hashes what is not committed as git would after the commit, and leaves the index alone', async () => {
    await writeFile(path.join(workspace, 'service/new.js'), 'new\n');
    const before = git('status', '--porcelain');
    const { tree } = await build(undefined);
    expect(git('status', '--porcelain')).toBe(before);
    commit();
    expect(tree.hash).toBe(git('rev-parse', 'HEAD:service'));
  });

  it('does not reuse an image of another platform', async () => {
    await createRepository();
    const target = await connect();
    const amd64 = await build(target);
    const arm64 = await build(target, { platform: { os: 'linux', architecture: 'arm64' } });
    expect(arm64).toMatchObject({ reused: false });
    expect(arm64.digest).not.toBe(amd64.digest);
  });

  it('names the command that creates a repository that is not there', async () => {
    await expect(connect()).rejects.toMatchObject({
      where: 'image.repository "chatbot" in eu-west-1',
      remedy: 'Create it: aws ecr create-repository --region eu-west-1 --repository-name chatbot',
    });
  });

  it('refuses to push an image without a base to a registry that is not on this machine', async () => {
    await createRepository();
    const target = await connect();
    const elsewhere = { ...target.repository, registry: '000000000000.dkr.ecr.eu-west-1.amazonaws.com' };
    await expect(build({ ...target, repository: elsewhere })).rejects.toThrow(
      'An image without a base would not start on ECS',
    );
    expect(await target.registry.resolve(`src-${git('rev-parse', 'HEAD:service')}`)).toBeUndefined();
  });

  it('builds without pushing where there is no target, with the same digest', async () => {
    const alone = await build(undefined);
    await createRepository();
    expect(alone.image).toBeUndefined();
    expect((await build(await connect())).digest).toBe(alone.digest);
  });

  it('logs in anew when the registry no longer takes its token, and masks it', async () => {
    await createRepository();
    const { repository, credentials } = await findRepository(ecr, 'chatbot', runner);
    let asked = 0;
    const registry = openRegistry({
      repository,
      credentials: () =>
        asked++ === 0 ? Promise.resolve({ username: 'AWS', password: 'expired' }) : credentials(),
    });
    const result = await build({ repository, credentials, registry });
    expect(asked).toBe(2);
    expect(result.image).toBeDefined();
    const { password } = await credentials();
    expect(lines.filter((line) => line.includes(password))).toEqual(
      lines.filter((line) => line === `::add-mask::${password}`),
    );
  });

  it('says what the registry said when it refuses', async () => {
    await createRepository();
    const { repository } = await findRepository(ecr, 'chatbot', runner);
    const registry = openRegistry({
      repository,
      credentials: () => Promise.resolve({ username: 'AWS', password: 'wrong' }),
    });
    await expect(registry.resolve('src-x')).rejects.toThrow(RegistryError);
    await expect(registry.resolve('src-x')).rejects.toMatchObject({ status: 401 });
  });

  it('tries again where the registry fails for a moment', async () => {
    await createRepository();
    const { repository, credentials } = await findRepository(ecr, 'chatbot', runner);
    const requests: string[] = [];
    const waits: number[] = [];
    const registry = openRegistry({
      repository,
      credentials,
      fetch: (...request) => {
        requests.push(new Request(...request).url);
        if (requests.length <= 2) return Promise.resolve(new Response('', { status: 503 }));
        return fetch(...request);
      },
      retry: {
        attempts: 3,
        baseMs: 100,
        isTransient: (error) => error instanceof RegistryError && error.status >= 500,
        sleep: (ms) => {
          waits.push(ms);
          return Promise.resolve();
        },
        random: () => 0,
      },
    });
    expect(await registry.resolve('none')).toBeUndefined();
    expect(waits).toEqual([100, 200]);
  });

  it('attaches SBOM and provenance to the digest, once', async () => {
    await writeFile(
      path.join(workspace, 'service/package.json'),
      JSON.stringify({ name: 'chatbot', version: '1.0.0' }),
    );
    await writeFile(
      path.join(workspace, 'service/package-lock.json'),
      JSON.stringify({
        name: 'chatbot',
        version: '1.0.0',
        lockfileVersion: 3,
        packages: { '': { name: 'chatbot', version: '1.0.0' } },
      }),
    );
    commit();
    await createRepository();
    const target = await connect();
    const result = await build(target);
    const context = readContext({
      GITHUB_REPOSITORY: 'o/r',
      GITHUB_SHA: git('rev-parse', 'HEAD'),
      GITHUB_REF: 'refs/heads/develop',
      GITHUB_RUN_ID: '7',
      GITHUB_EVENT_NAME: 'push',
      GITHUB_WORKSPACE: workspace,
    });
    const config = {
      image: {
        context: 'service',
        dockerfile: 'Dockerfile',
        platforms: ['linux/amd64'],
        builder: 'auto' as const,
      },
    };
    const options = { target, result, config, context, run: runCommand, runner };

    expect(await attachDocuments(options)).toEqual(['SBOM (CycloneDX)', 'provenance (SLSA, unsigned)']);
    await attachDocuments(options);

    const [sbom, ...more] = await target.registry.referrers(result.digest!, 'application/vnd.cyclonedx+json');
    expect(more).toEqual([]);
    const manifest = JSON.parse(Buffer.from(await target.registry.manifest(sbom!.digest)).toString()) as {
      layers: { digest: string }[];
    };
    const document = JSON.parse(
      Buffer.from(await target.registry.blob(manifest.layers[0]!.digest)).toString(),
    ) as {
      bomFormat: string;
      metadata: { component: { name: string } };
    };
    expect(document).toMatchObject({ bomFormat: 'CycloneDX', metadata: { component: { name: 'chatbot' } } });
    expect(await target.registry.referrers(result.digest!, 'application/vnd.in-toto+json')).toHaveLength(1);
  });
});
