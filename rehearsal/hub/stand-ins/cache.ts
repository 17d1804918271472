import { createHash } from 'node:crypto';
import { cp, mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { StandIn, StandInStep } from './stand-in.ts';

/** `actions/cache`: entries are folders beside the rehearsal's state; they are shared by all branches. */
export const cache: StandIn = {
  action: 'actions/cache',
  does: "It keeps and restores the paths in the rehearsal's folder.",
  doesNot: 'It evicts nothing, and does not tell branches apart.',
  inputs: {
    path: { required: true },
    key: { required: true },
    'restore-keys': {},
    'fail-on-cache-miss': { default: 'false' },
    'lookup-only': { default: 'false' },
  },
  run: async (step) => {
    const key = step.input('key');
    const entry = await find(step, key, lines(step.input('restore-keys')));
    step.setOutput('cache-primary-key', key);
    step.setOutput('cache-hit', String(entry?.key === key));
    step.setOutput('cache-matched-key', entry?.key ?? '');
    if (entry === undefined) {
      if (step.flag('fail-on-cache-miss'))
        throw new Error(`Failed to restore cache entry. Input key: ${key}`);
      step.info(`Cache not found for input keys: ${key}`);
      return;
    }
    step.saveState('matched', entry.key);
    if (!step.flag('lookup-only')) {
      for (const [index, target] of targets(step).entries()) {
        const from = path.join(entry.folder, String(index));
        if ((await stat(from).catch(() => undefined)) === undefined) continue;
        await mkdir(path.dirname(target), { recursive: true });
        await cp(from, target, { recursive: true, force: true });
      }
    }
    step.info(`Cache restored from key: ${entry.key}`);
  },
  post: async (step) => {
    const key = step.input('key');
    if (step.state('matched') === key) {
      step.info(`Cache hit occurred on the primary key ${key}, not saving cache.`);
      return;
    }
    const folder = entryFolder(step, key);
    const aside = `${folder}.part-${step.run.id}`;
    await mkdir(aside, { recursive: true });
    await writeFile(path.join(aside, 'key'), key);
    for (const [index, target] of targets(step).entries()) {
      if ((await stat(target).catch(() => undefined)) !== undefined) {
        await cp(target, path.join(aside, String(index)), { recursive: true });
      }
    }
    await rm(folder, { recursive: true, force: true });
    await rename(aside, folder);
    step.info(`Cache saved with key: ${key}`);
  },
};

function targets(step: StandInStep): string[] {
  const home = step.environment.HOME ?? '';
  return lines(step.input('path')).map((line) =>
    path.resolve(step.workspace, line.replace(/^~(?=\/|$)/, home)),
  );
}

/** The same key with other paths is another entry, as on GitHub. */
function entryFolder(step: StandInStep, key: string): string {
  const id = createHash('sha256')
    .update(`${step.input('path')}\0${key}`)
    .digest('hex');
  return path.join(step.stateDirectory, 'caches', id);
}

/** The key itself, else the newest entry that begins with one of the restore keys, in their order. */
async function find(
  step: StandInStep,
  key: string,
  restoreKeys: readonly string[],
): Promise<{ key: string; folder: string } | undefined> {
  const root = path.join(step.stateDirectory, 'caches');
  const entries: { key: string; folder: string; at: number }[] = [];
  for (const name of await readdir(root).catch(() => [])) {
    const folder = path.join(root, name);
    const entryKey = await readFile(path.join(folder, 'key'), 'utf8').catch(() => undefined);
    if (entryKey === undefined || entryFolder(step, entryKey) !== folder) continue;
    entries.push({ key: entryKey, folder, at: (await stat(folder)).mtimeMs });
  }
  entries.sort((a, b) => b.at - a.at);
  const exact = entries.find((entry) => entry.key === key);
  if (exact !== undefined) return exact;
  for (const prefix of [key, ...restoreKeys]) {
    const found = entries.find((entry) => entry.key.startsWith(prefix));
    if (found !== undefined) return found;
  }
  return undefined;
}

function lines(text: string): string[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
}
