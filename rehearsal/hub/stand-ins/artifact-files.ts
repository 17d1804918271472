import { glob, stat } from 'node:fs/promises';
import path from 'node:path';

/**
 * The files that an artifact's `path` names, one pattern a line, `!` takes out; a folder means all that is in it.
 * Names are relative to the patterns' least common ancestor, as `actions/upload-artifact` keeps them.
 */
export async function artifactFiles(
  workspace: string,
  patterns: string,
  includeHidden: boolean,
): Promise<{ readonly from: string; readonly name: string }[]> {
  const lines = patterns
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  const files = new Set<string>();
  const bases: string[] = [];
  for (const line of lines) {
    const negated = line.startsWith('!');
    const pattern = path.resolve(workspace, negated ? line.slice(1) : line);
    if (!negated) bases.push(searchBase(pattern));
    for await (const match of glob(pattern)) {
      for (const file of await filesBelow(match)) {
        if (negated) files.delete(file);
        else files.add(file);
      }
    }
  }
  const single = lines.length === 1 && files.size === 1 && files.has(path.resolve(workspace, lines[0] ?? ''));
  const root = single ? path.dirname([...files][0] ?? '') : commonAncestor(bases);
  return [...files]
    .sort()
    .map((from) => ({ from, name: path.relative(root, from) }))
    .filter(({ name }) => includeHidden || !name.split(path.sep).some((part) => part.startsWith('.')));
}

/** The part of a pattern before its first wildcard. */
function searchBase(pattern: string): string {
  const parts = pattern.split(path.sep);
  const wild = parts.findIndex((part) => /[*?[\]{}]/.test(part));
  return wild < 0 ? pattern : parts.slice(0, wild).join(path.sep);
}

function commonAncestor(folders: readonly string[]): string {
  const [first = [], ...others] = folders.map((folder) => folder.split(path.sep));
  const length = first.findIndex((part, index) => others.some((other) => other[index] !== part));
  return first.slice(0, length < 0 ? first.length : length).join(path.sep);
}

async function filesBelow(match: string): Promise<string[]> {
  const found = await stat(match).catch(() => undefined);
  if (found === undefined) return [];
  if (found.isFile()) return [match];
  if (!found.isDirectory()) return [];
  const files: string[] = [];
  for await (const entry of glob('**/*', { cwd: match, withFileTypes: true })) {
    if (entry.isFile()) files.push(path.join(entry.parentPath, entry.name));
  }
  return files;
}
