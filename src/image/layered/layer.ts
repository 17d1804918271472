import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type Header, pack, type Pack } from 'tar-stream';
import type { Owner } from '../dockerfile/stage.ts';
import { blobOfFile, type Blob } from '../oci.ts';

/** What a layer holds at one path. */
export type LayerEntry =
  | { readonly type: 'folder'; readonly owner: Owner; readonly mode: number }
  | { readonly type: 'file'; readonly owner: Owner; readonly mode: number; readonly source: string }
  | { readonly type: 'link'; readonly owner: Owner; readonly target: string };

/** Entries by their paths in the image, without a leading slash. A later one of the same path wins. */
export type LayerContent = Map<string, LayerEntry>;

export const rootOwner: Owner = { user: 0, group: 0 };

/** Adds the folders above a path that are not there yet. */
export function addParents(content: LayerContent, path: string): void {
  const parts = path.split('/').slice(0, -1);
  parts.forEach((_, index) => {
    const parent = parts.slice(0, index + 1).join('/');
    if (parent !== '' && !content.has(parent)) {
      content.set(parent, { type: 'folder', owner: rootOwner, mode: 0o755 });
    }
  });
}

/**
 * Writes a layer as a tar file. The same content gives the same bytes: entries are sorted, times are zero, and
 * nothing of this machine's users or umask is in it. It is not compressed: what zlib makes of a file differs between
 * its versions and processors, and the digest with it.
 */
export async function writeLayer(content: LayerContent, file: string): Promise<Blob> {
  const tar = pack();
  const hash = createHash('sha256');
  let size = 0;
  const measure = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk);
      size += chunk.length;
      done(null, chunk);
    },
  });
  const written = pipeline(tar, measure, createWriteStream(file));
  try {
    await Promise.race([addEntries(tar, content), written]);
    tar.finalize();
  } catch (error) {
    tar.destroy();
    await written.catch(() => undefined);
    throw error;
  }
  await written;
  return blobOfFile(file, `sha256:${hash.digest('hex')}`, size);
}

async function addEntries(tar: Pack, content: LayerContent): Promise<void> {
  const sorted = [...content].sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  for (const [path, entry] of sorted) {
    const header = {
      mtime: new Date(0),
      uid: entry.owner.user,
      gid: entry.owner.group,
      uname: '',
      gname: '',
    };
    switch (entry.type) {
      case 'folder':
        await addEntry(tar, { ...header, name: `${path}/`, type: 'directory', mode: entry.mode });
        break;
      case 'link':
        await addEntry(tar, { ...header, name: path, type: 'symlink', mode: 0o777, linkname: entry.target });
        break;
      case 'file': {
        const bytes = await readFile(entry.source);
        await addEntry(
          tar,
          { ...header, name: path, type: 'file', mode: entry.mode, size: bytes.length },
          bytes,
        );
        break;
      }
    }
  }
}

function addEntry(tar: Pack, header: Partial<Header> & Pick<Header, 'name'>, bytes?: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    const entry = tar.entry(header, (error) => (error ? reject(error) : resolve()));
    if (bytes !== undefined) entry.end(bytes);
  });
}
