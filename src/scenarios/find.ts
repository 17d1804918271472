import { glob } from 'node:fs/promises';
import path from 'node:path';

/** The files of a repository that a pattern names, in the order of their names, with slashes. */
export async function filesMatching(workspace: string, pattern: string): Promise<readonly string[]> {
  const names: string[] = [];
  for await (const name of glob(pattern, { cwd: workspace, exclude: (entry) => entry === 'node_modules' })) {
    names.push(name.split(path.sep).join('/'));
  }
  return names.sort();
}
