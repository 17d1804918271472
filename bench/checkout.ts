import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { sourceHash } from '../scripts/source-hash.mjs';

const root = path.resolve(import.meta.dirname, '..');

/**
 * HEAD in a folder of its own, with the installed packages of this one and its actions compiled: what is measured is
 * a commit, and nobody's edits or builds get into the middle of it.
 */
export function checkout(): { readonly folder: string; remove(): void } {
  const base = mkdtempSync(path.join(tmpdir(), 'sluice-bench-'));
  const folder = path.join(base, 'sluice');
  execFileSync('git', ['clone', '--quiet', '--local', root, folder]);
  for (const modules of ['node_modules', 'rehearsal/node_modules', 'service/node_modules']) {
    const installed = path.join(root, modules);
    if (existsSync(installed)) symlinkSync(installed, path.join(folder, modules), 'dir');
  }
  if (compiledFrom(root) === sourceHash(folder)) {
    cpSync(path.join(root, 'dist'), path.join(folder, 'dist'), { recursive: true });
  } else {
    execFileSync(process.execPath, [path.join(folder, 'scripts', 'build.mjs')], {
      cwd: folder,
      stdio: ['ignore', 'ignore', 'inherit'],
    });
  }
  return { folder, remove: () => rmSync(base, { recursive: true, force: true }) };
}

function compiledFrom(pack: string): unknown {
  const stamp = path.join(pack, 'dist', 'source.json');
  if (!existsSync(stamp)) return undefined;
  return (JSON.parse(readFileSync(stamp, 'utf8')) as { source?: unknown }).source;
}
