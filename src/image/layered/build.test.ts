import { chmod, mkdir, mkdtemp, readdir, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { extract } from 'tar-stream';
import { Failure, type RunCommand } from '../../github/index.ts';
import type { Package } from '../oci.ts';
import { buildLayered } from './build.ts';

const dockerfile = `FROM node:24-slim AS deps
WORKDIR /app
COPY package*.json ./
RUN npm ci --omit=dev
FROM node:24-slim
WORKDIR /app
COPY --from=deps /app/node_modules ./node_modules
COPY . .
COPY bin/run.sh /usr/local/bin/run
USER node
CMD ["node", "src/main.ts"]
`;

const files: Record<string, string> = {
  Dockerfile: dockerfile,
  '.dockerignore': 'Dockerfile\n.dockerignore\nnode_modules\n**/*.test.ts\n',
  'package.json': '{"name":"x"}',
  'package-lock.json': '{"lockfileVersion":3}',
  'src/main.ts': 'console.log(1);',
  'src/main.test.ts': 'left out',
  'bin/run.sh': '#!/bin/sh\n',
  [`deep/${'long-'.repeat(30)}name/${'x'.repeat(120)}.txt`]: 'a path that needs a PAX header',
};

/** Stands for `npm ci`: makes a module with a file, an executable and a link, as npm would. */
const fakeNpm: RunCommand = async (program, args, options) => {
  if (program !== 'npm' || args[0] !== 'ci') throw new Error(`unexpected: ${program} ${args.join(' ')}`);
  const modules = path.join(options?.cwd ?? '', 'node_modules');
  await mkdir(path.join(modules, 'a'), { recursive: true });
  await mkdir(path.join(modules, '.bin'));
  await writeFile(path.join(modules, 'a/cli.js'), '#!/usr/bin/env node\n', { mode: 0o700 });
  await writeFile(path.join(modules, '.package-lock.json'), String(Math.random()));
  await symlink('../a/cli.js', path.join(modules, '.bin/a'));
  return { exitCode: 0, stdout: '', stderr: '' };
};

describe('an image without a Docker engine', () => {
  let root: string;
  beforeEach(async () => {
    root = await mkdtemp(path.join(tmpdir(), 'sluice-layered-'));
  });
  afterEach(() => rm(root, { recursive: true, force: true }));

  const build = async (name: string, run: RunCommand = fakeNpm, changes: Record<string, string> = {}) => {
    const context = path.join(root, name, 'context');
    const scratch = path.join(root, name, 'scratch');
    await mkdir(scratch, { recursive: true });
    for (const [file, text] of Object.entries({ ...files, ...changes })) {
      await mkdir(path.dirname(path.join(context, file)), { recursive: true });
      await writeFile(path.join(context, file), text);
    }
    await chmod(path.join(context, 'bin/run.sh'), 0o755);
    return {
      context,
      image: () =>
        buildLayered({
          context,
          scratch,
          dockerfile: 'Dockerfile',
          platform: { os: process.platform, architecture: 'amd64' },
          labels: { 'dev.sluice.source': 'f'.repeat(40) },
          cache: path.join(root, name, 'cache'),
          run,
          log: () => undefined,
          environment: { PATH: '/bin', 'INPUT_GITHUB-TOKEN': 'x', AWS_SESSION_TOKEN: 'y', GITHUB_TOKEN: 'z' },
        }),
    };
  };

  it('has the same digest in another folder, at another time, under another umask', async () => {
    const before = process.umask(0o022);
    try {
      const first = await build('one');
      const image = await first.image();
      process.umask(0o077);
      const second = await build('two');
      await utimes(path.join(second.context, 'src/main.ts'), 1, 1);
      expect((await second.image()).digest).toBe(image.digest);
    } finally {
      process.umask(before);
    }
  });

  it('has another digest when a file changes', async () => {
    const first = await (await build('one')).image();
    const second = await (await build('two', fakeNpm, { 'src/main.ts': 'console.log(2);' })).image();
    expect(second.digest).not.toBe(first.digest);
  });

  it('holds the files of each COPY, sorted, with plain modes and no times', async () => {
    const image = await (await build('one')).image();
    const [dependencies, application, script] = await Promise.all(layersOf(image).map(listLayer));
    expect(dependencies).toEqual([
      'app/ 755 0:0',
      'app/node_modules/ 755 0:0',
      'app/node_modules/.bin/ 755 0:0',
      'app/node_modules/.bin/a 777 0:0 -> ../a/cli.js',
      'app/node_modules/a/ 755 0:0',
      'app/node_modules/a/cli.js 755 0:0 = #!/usr/bin/env node',
    ]);
    const deep = `app/deep/${'long-'.repeat(30)}name/`;
    expect(application).toEqual([
      'app/ 755 0:0',
      'app/bin/ 755 0:0',
      'app/bin/run.sh 755 0:0 = #!/bin/sh',
      'app/deep/ 755 0:0',
      `${deep} 755 0:0`,
      `${deep}${'x'.repeat(120)}.txt 644 0:0 = a path that needs a PAX header`,
      'app/package-lock.json 644 0:0 = {"lockfileVersion":3}',
      'app/package.json 644 0:0 = {"name":"x"}',
      'app/src/ 755 0:0',
      'app/src/main.ts 644 0:0 = console.log(1);',
    ]);
    expect(script).toEqual([
      'usr/ 755 0:0',
      'usr/local/ 755 0:0',
      'usr/local/bin/ 755 0:0',
      'usr/local/bin/run 755 0:0 = #!/bin/sh',
    ]);
  });

  it('says how to start it, and that it has no base', async () => {
    const image = await (await build('one')).image();
    const config = JSON.parse(Buffer.from(await image.blobs[0]!.read()).toString()) as unknown;
    expect(config).toMatchObject({
      architecture: 'amd64',
      created: '1970-01-01T00:00:00Z',
      config: {
        User: 'node',
        WorkingDir: '/app',
        Cmd: ['node', 'src/main.ts'],
        Labels: { 'dev.sluice.source': 'f'.repeat(40), 'dev.sluice.base': 'none' },
      },
      rootfs: { type: 'layers', diff_ids: layersOf(image).map(({ digest }) => digest) },
    });
  });

  it('takes the dependencies from the cache, and makes them again when the kept ones are damaged', async () => {
    let installs = 0;
    const { image } = await build('one', (...call) => {
      installs++;
      return fakeNpm(...call);
    });
    const first = await image();
    await image();
    expect(installs).toBe(1);
    const cache = path.join(root, 'one', 'cache');
    const [kept] = (await readdir(cache)).filter((name) => name.endsWith('.tar'));
    await writeFile(path.join(cache, kept!), 'damaged');
    await rm(path.join(root, 'one', 'scratch', 'dependencies'), { recursive: true });
    expect((await image()).digest).toBe(first.digest);
    expect(installs).toBe(2);
  });

  it('names what npm said when the lock file does not fit', async () => {
    const { image } = await build('one', () =>
      Promise.resolve({ exitCode: 1, stdout: '', stderr: 'npm error\nMissing: a@1 from lock file\n' }),
    );
    await expect(image()).rejects.toMatchObject({
      why: 'exit code 1: npm error | Missing: a@1 from lock file',
    });
  });

  it('names the line whose file is not there, or is ignored', async () => {
    const { image } = await build('one', fakeNpm, { Dockerfile: 'FROM scratch\nCOPY src/main.test.ts /x\n' });
    await expect(image()).rejects.toThrow(Failure);
    await expect(image()).rejects.toMatchObject({ where: 'Dockerfile:2' });
  });

  it('never hands the job’s tokens to npm', async () => {
    const seen: unknown[] = [];
    const { context, image } = await build('one', (program, args, options) => {
      seen.push(options?.environment);
      return fakeNpm(program, args, options);
    });
    expect(context).not.toBe('');
    await image();
    expect(seen).toEqual([{ PATH: '/bin' }]);
  });
});

const layersOf = (image: Package) => image.blobs.slice(1);

async function listLayer(blob: { read: () => Promise<Uint8Array> }): Promise<string[]> {
  const lines: string[] = [];
  const tar = extract();
  Readable.from([await blob.read()]).pipe(tar);
  for await (const entry of tar) {
    const { name, mode, uid, gid, linkname, type, mtime } = entry.header;
    const chunks: Buffer[] = [];
    for await (const chunk of entry) chunks.push(chunk as Buffer);
    if (mtime.getTime() !== 0) throw new Error(`${name} has a time`);
    const tail =
      type === 'symlink'
        ? ` -> ${linkname}`
        : type === 'file'
          ? ` = ${Buffer.concat(chunks).toString().trim()}`
          : '';
    lines.push(`${name} ${mode.toString(8)} ${uid}:${gid}${tail}`);
  }
  return lines;
}
