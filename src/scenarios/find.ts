import { glob } from 'node:fs/promises';
import path from 'node:path';

/** The files of a folder that a pattern names, in the order of their names, with slashes; none of `node_modules`. */
export async function filesMatching(folder: string, pattern: string): Promise<readonly string[]> {
  const names: string[] = [];
  for await (const name of glob(pattern, {
    cwd: folder,
    exclude: (entry) => path.basename(entry) === 'node_modules',
  })) {
    names.push(name.split(path.sep).join('/'));
  }
  return names.sort();
}
