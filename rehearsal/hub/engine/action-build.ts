import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readFile, rename, rm, symlink } from 'node:fs/promises';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';
import { runnerEnvironment } from '../runner/environment.ts';
import { killGroup } from '../runner/process.ts';
import type { ActionBuilder } from './action-store.ts';

/**
 * Compiles the actions of a checkout of this pack, as `release.yml` does for a release: `dist/` is not committed
 * elsewhere. Three ways, the first that fits: the pack's own `dist/` where it was made from the same sources; one
 * that was made before; a build. Checkouts without `scripts/build.mjs` are left as they are.
 *
 * @param packFolder the working copy that the rehearsal runs from, with its node_modules and dist/
 * @param cacheFolder where builds are kept, by the hash of their sources
 * @param environment what npm and the build see: the rehearsal's own Node first on the PATH, whatever the machine has
 */
export function packBuilder(
  packFolder: string,
  cacheFolder: string,
  environment: Readonly<Record<string, string>> = runnerEnvironment(process.env, process.execPath),
): ActionBuilder {
  return async (checkout, { log, signal }) => {
    const script = path.join(checkout, 'scripts', 'build.mjs');
    if (!existsSync(script) || existsSync(path.join(checkout, 'dist', 'index.js'))) return;
    const source = await sourceHashOf(checkout);
    const cached = path.join(cacheFolder, source);
    const dist = path.join(checkout, 'dist');
    if ((await builtSource(path.join(packFolder, 'dist'))) === source) {
      log("The actions' dist/ is the one of the working copy, made from the same sources.");
      await cp(path.join(packFolder, 'dist'), dist, { recursive: true });
    } else if ((await builtSource(cached)) === source) {
      log("The actions' dist/ was made before, from the same sources.");
      await cp(cached, dist, { recursive: true });
    } else {
      log("The actions are compiled, as a release does: this commit's sources have no dist/ yet.");
      await build(checkout, packFolder, { log, signal, environment });
      await keep(dist, cached);
    }
  };
}

async function sourceHashOf(checkout: string): Promise<string> {
  const script = pathToFileURL(path.join(checkout, 'scripts', 'source-hash.mjs')).href;
  const { sourceHash } = (await import(script)) as { sourceHash: (root: string) => string };
  return sourceHash(checkout);
}

async function builtSource(dist: string): Promise<string | undefined> {
  try {
    const { source } = JSON.parse(await readFile(path.join(dist, 'source.json'), 'utf8')) as {
      source?: string;
    };
    return source;
  } catch {
    return undefined;
  }
}

interface Way {
  readonly log: (line: string) => void;
  readonly signal: AbortSignal;
  readonly environment: Readonly<Record<string, string>>;
}

async function build(checkout: string, packFolder: string, how: Way): Promise<void> {
  const modules = path.join(checkout, 'node_modules');
  const own = await readFile(path.join(checkout, 'package-lock.json'), 'utf8');
  const packs = await readFile(path.join(packFolder, 'package-lock.json'), 'utf8').catch(() => '');
  try {
    if (own === packs) await symlink(path.join(packFolder, 'node_modules'), modules, 'dir');
    else await run('npm', ['ci', '--no-audit', '--no-fund'], checkout, how);
    await run(process.execPath, [path.join(checkout, 'scripts', 'build.mjs'), checkout], checkout, how);
  } finally {
    // What a bundle forgot must not be found here: on GitHub there is no node_modules beside it.
    await rm(modules, { recursive: true, force: true });
  }
}

function run(
  command: string,
  args: readonly string[],
  cwd: string,
  { log, signal, environment }: Way,
): Promise<void> {
  return new Promise((resolve, reject) => {
    // In a group of its own: the compilers that it starts end with it.
    const child = spawn(command, args, {
      cwd,
      env: environment,
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    const stop = (): void => {
      if (child.pid !== undefined) killGroup(child.pid);
    };
    signal.addEventListener('abort', stop, { once: true });
    if (signal.aborted) stop();
    for (const stream of [child.stdout, child.stderr]) createInterface({ input: stream }).on('line', log);
    child.once('error', reject);
    child.once('close', (code) => {
      signal.removeEventListener('abort', stop);
      if (code === 0) return resolve();
      const how = signal.aborted ? 'was stopped' : `ended with exit code ${code ?? ''}`;
      reject(new Error(`The actions could not be compiled: ${command} ${args[0] ?? ''} ${how}.`));
    });
  });
}

async function keep(dist: string, cached: string): Promise<void> {
  await mkdir(path.dirname(cached), { recursive: true });
  const aside = await mkdtemp(`${cached}.part-`);
  await cp(dist, aside, { recursive: true });
  await rm(cached, { recursive: true, force: true });
  await rename(aside, cached);
}
