import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** What the compiled actions are made from. */
const sources = [
  'actions',
  'src',
  'package-lock.json',
  'tsconfig.json',
  'tsconfig.build.json',
  'scripts/build.mjs',
];

/**
 * The identity of a checkout's action sources, hex SHA-256 over path and content of every file that the build
 * reads. `dist/source.json` carries it, so that a stale `dist/` is never mistaken for the commit's own.
 *
 * @param {string} root the checkout's folder
 * @returns {string}
 */
export function sourceHash(root) {
  const hash = createHash('sha256');
  for (const file of sources.flatMap((source) => filesBelow(root, source)).sort()) {
    hash
      .update(file)
      .update('\0')
      .update(readFileSync(path.join(root, file)))
      .update('\0');
  }
  return hash.digest('hex');
}

const compiled = /(?<!\.test)\.ts$|\.mjs$|\.json$/;

function filesBelow(root, relative) {
  const full = path.join(root, relative);
  if (!existsSync(full)) return [];
  if (relative.includes('.')) return [relative];
  return readdirSync(full, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && compiled.test(entry.name))
    .map((entry) => path.relative(root, path.join(entry.parentPath, entry.name)).replaceAll('\\', '/'));
}
