import { copyFile, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { DependencyCopy } from '../dockerfile/stage.ts';
import { buildEnvironment, errorMessage, Failure, type RunCommand } from '../../github/index.ts';
import { blobOfFile, type Blob, type Platform, sha256 } from '../oci.ts';
import { listFiles, toEntry } from './files.ts';
import { addParents, type LayerContent, writeLayer } from './layer.ts';

interface DependencyOptions {
  /** The build context, absolute. */
  readonly context: string;
  readonly copy: DependencyCopy;
  readonly platform: Platform;
  /** Where finished layers are kept between builds. */
  readonly cache: string;
  /** A folder of this build alone. */
  readonly scratch: string;
  readonly run: RunCommand;
  readonly log: (line: string) => void;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly signal?: AbortSignal;
}

/** Raised when the layer would be made differently from the same input. */
const format = 1;

/**
 * The layer with `node_modules`, made by `npm ci` from the context's package.json and lock file alone, in a folder of
 * its own. Kept by what it is made of, so that the next build takes it as it is.
 */
export async function dependencyLayer(options: DependencyOptions): Promise<Blob> {
  const { context, copy, platform, cache, log } = options;
  const manifests = await readManifests(context);
  const key = sha256(
    JSON.stringify([format, manifests, copy.npmFlags, copy.destination.path, copy.owner, platform]),
  );
  const kept = path.join(cache, `${key.slice('sha256:'.length)}.tar`);
  const cached = await readKept(kept);
  if (cached !== undefined) {
    log(`Dependencies: ${cached.digest} from the cache, ${megabytes(cached.size)}`);
    return cached;
  }

  const folder = path.join(options.scratch, 'dependencies');
  await mkdir(folder, { recursive: true });
  for (const [name, text] of manifests) await writeFile(path.join(folder, name), text);
  await install(folder, options);
  const layer = await packModules(path.join(folder, 'node_modules'), options);
  await keep(kept, path.join(options.scratch, 'dependencies.tar'), layer, log);
  log(`Dependencies: ${layer.digest}, ${megabytes(layer.size)}`);
  return layer;
}

async function readManifests(context: string): Promise<readonly (readonly [string, string])[]> {
  const read = async (name: string) => [name, await readFile(path.join(context, name), 'utf8')] as const;
  try {
    return [await read('package.json'), await read('package-lock.json')];
  } catch (error) {
    throw new Failure('The dependencies cannot be installed', {
      where: context,
      why: errorMessage(error),
      remedy:
        'Commit package.json and package-lock.json in the build context (npm install --package-lock-only)',
      cause: error,
    });
  }
}

async function install(folder: string, options: DependencyOptions): Promise<void> {
  const { copy, platform, run, log, environment, signal } = options;
  const foreign = platform.os !== process.platform || npmArchitecture(platform) !== process.arch;
  const args = [
    'ci',
    ...copy.npmFlags,
    '--no-audit',
    '--no-fund',
    ...(foreign ? [`--os=${platform.os}`, `--cpu=${npmArchitecture(platform)}`] : []),
  ];
  log(`npm ${args.join(' ')}`);
  const { exitCode, stdout, stderr } = await run('npm', args, {
    cwd: folder,
    environment: buildEnvironment(environment),
    ...(signal === undefined ? {} : { signal }),
  });
  if (exitCode !== 0) {
    throw new Failure('The dependencies could not be installed', {
      where: 'npm ci',
      why: `exit code ${exitCode}: ${lastLines(stderr || stdout, 5)}`,
      remedy:
        'Run "npm ci" in the build context; "npm install --package-lock-only" brings the lock file up to date',
    });
  }
}

async function packModules(modules: string, { copy, scratch }: DependencyOptions): Promise<Blob> {
  const content: LayerContent = new Map();
  const target = copy.destination.path.slice(1);
  addParents(content, target);
  content.set(target, { type: 'folder', owner: copy.owner, mode: 0o755 });
  // npm's own notes about the folder; what it writes there differs between its versions.
  const notes = new Set(['.package-lock.json', '.cache']);
  const files = await listFiles(modules, (file) => notes.has(file)).catch((error: unknown) => {
    // Nothing to install: npm makes no folder.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  });
  for (const file of files) content.set(`${target}/${file.path}`, await toEntry(modules, file, copy.owner));
  return writeLayer(content, path.join(scratch, 'dependencies.tar'));
}

/** A kept layer is only as good as its bytes: what a crash or a bad disk has left is made again. */
async function readKept(file: string): Promise<Blob | undefined> {
  try {
    const bytes = await readFile(file);
    const digest = sha256(bytes);
    return digest === (await readFile(`${file}.digest`, 'utf8'))
      ? blobOfFile(file, digest, bytes.length)
      : undefined;
  } catch {
    return undefined;
  }
}

/** Keeps a layer for later builds; a cache that cannot be written costs time, and nothing else. */
async function keep(file: string, source: string, layer: Blob, log: (line: string) => void): Promise<void> {
  const aside = `${file}.${process.pid}`;
  try {
    await mkdir(path.dirname(file), { recursive: true });
    await copyFile(source, aside);
    await rename(aside, file);
    await writeFile(aside, layer.digest);
    await rename(aside, `${file}.digest`);
  } catch (error) {
    log(`The dependency layer could not be kept for later builds: ${errorMessage(error)}`);
    await rm(aside, { force: true });
  }
}

function npmArchitecture({ architecture }: Platform): string {
  return architecture === 'amd64' ? 'x64' : architecture;
}

function lastLines(text: string, count: number): string {
  return text.trim().split('\n').slice(-count).join(' | ');
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
