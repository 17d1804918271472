import { createHash } from 'node:crypto';
import { globSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';

/**
 * The `hashFiles()` of expressions, with GitHub's patterns: SHA-256 over the SHA-256 of each file that matches within
 * the workspace, in order of path; empty where none does. A pattern with `!` takes files out.
 * Synchronous, because expressions are.
 */
export function hashFiles(workspace: string, patterns: readonly string[]): string {
  const root = path.resolve(workspace);
  const files = new Set<string>();
  for (const pattern of patterns) {
    const negated = pattern.startsWith('!');
    const body = (negated ? pattern.slice(1) : pattern).replace(/^\.\//, '');
    for (const file of globSync(body, { cwd: root })) {
      const full = path.resolve(root, file);
      if (!full.startsWith(root + path.sep)) continue;
      if (negated) files.delete(full);
      else if (statSync(full).isFile()) files.add(full);
    }
  }
  if (files.size === 0) return '';
  const result = createHash('sha256');
  for (const file of [...files].sort()) {
    result.update(createHash('sha256').update(readFileSync(file)).digest());
  }
  return result.digest('hex');
}
