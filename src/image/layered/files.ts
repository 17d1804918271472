import { lstat, readdir, readlink } from 'node:fs/promises';
import path from 'node:path';
import type { Owner } from '../dockerfile/stage.ts';
import type { LayerEntry } from './layer.ts';

/** A file, folder or symbolic link below a root. Paths use forward slashes and are relative to it. */
export interface FoundFile {
  readonly path: string;
  readonly type: 'file' | 'folder' | 'link';
}

/** All that is below a folder, sorted. `skip` leaves out a path, and for a folder all of it. */
export async function listFiles(
  root: string,
  skip: (path: string, isFolder: boolean) => boolean,
): Promise<FoundFile[]> {
  const found: FoundFile[] = [];
  const walk = async (folder: string): Promise<void> => {
    const entries = await readdir(path.join(root, folder), { withFileTypes: true });
    entries.sort((a, b) => (a.name < b.name ? -1 : 1));
    for (const entry of entries) {
      const relative = folder === '' ? entry.name : `${folder}/${entry.name}`;
      if (skip(relative, entry.isDirectory())) continue;
      if (entry.isDirectory()) {
        found.push({ path: relative, type: 'folder' });
        await walk(relative);
      } else if (entry.isSymbolicLink()) found.push({ path: relative, type: 'link' });
      else if (entry.isFile()) found.push({ path: relative, type: 'file' });
      // Sockets, pipes and devices are no part of an image; Docker's context leaves them out too.
    }
  };
  await walk('');
  return found;
}

/** The entry of a layer for what was found; modes are reduced to what git would keep: executable or not. */
export async function toEntry(
  root: string,
  { path: relative, type }: FoundFile,
  owner: Owner,
  mode?: number,
): Promise<LayerEntry> {
  const source = path.join(root, relative);
  switch (type) {
    case 'folder':
      return { type, owner, mode: mode ?? 0o755 };
    case 'link':
      return { type, owner, target: (await readlink(source)).replaceAll('\\', '/') };
    case 'file': {
      const executable = ((await lstat(source)).mode & 0o100) !== 0;
      return { type, owner, source, mode: mode ?? (executable ? 0o755 : 0o644) };
    }
  }
}
