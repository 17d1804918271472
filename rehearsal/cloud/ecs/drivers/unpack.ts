import {
  existsSync,
  mkdirSync,
  renameSync,
  rmSync,
  lstatSync,
  symlinkSync,
  linkSync,
  createWriteStream,
  readdirSync,
} from 'node:fs';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { createHash, randomUUID } from 'node:crypto';
import { extract } from 'tar-stream';
import type { ImageSource, ResolvedImage } from '../world.ts';

const whiteout = '.wh.';
const opaque = '.wh..wh..opq';

/**
 * An image's root file system, unpacked from its layers once and kept by what it is made of. A killed unpacking
 * leaves nothing that a later one could mistake for whole.
 * Source: OCI image specification, "Image Layer Filesystem Changeset" (whiteouts).
 *
 * @throws where a layer reaches out of the root
 */
export async function unpackedRoot(
  image: ResolvedImage,
  images: ImageSource,
  cache: string,
): Promise<string> {
  const key = createHash('sha256')
    .update(image.layers.map(({ digest }) => digest).join('\n'))
    .digest('hex');
  const root = path.join(cache, key);
  if (existsSync(root)) return root;
  mkdirSync(cache, { recursive: true });
  const draft = path.join(cache, `draft-${randomUUID()}`);
  mkdirSync(draft);
  try {
    for (const layer of image.layers)
      await unpackLayer(images.openBlob(layer.digest), layer.mediaType, draft);
    try {
      renameSync(draft, root);
    } catch (error: unknown) {
      // Another task of the same image was quicker.
      if (!existsSync(root)) throw error;
    }
    return root;
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}

async function unpackLayer(content: NodeJS.ReadableStream, mediaType: string, root: string): Promise<void> {
  const entries = extract();
  const reading = /gzip$/.test(mediaType)
    ? pipeline(content, createGunzip(), entries)
    : pipeline(content, entries);
  for await (const entry of entries) {
    const { name, type, linkname, mode } = entry.header;
    const target = inside(root, name);
    const base = path.basename(target);
    if (target === root) {
      entry.resume();
      continue;
    }
    mkdirSync(parentInside(root, target), { recursive: true });
    if (base === opaque) {
      for (const child of readdirSync(path.dirname(target)))
        rmSync(path.join(path.dirname(target), child), { recursive: true });
      entry.resume();
    } else if (base.startsWith(whiteout)) {
      rmSync(path.join(path.dirname(target), base.slice(whiteout.length)), { recursive: true, force: true });
      entry.resume();
    } else if (type === 'directory') {
      if (existsSync(target) && !lstatSync(target).isDirectory()) rmSync(target);
      mkdirSync(target, { recursive: true });
      entry.resume();
    } else if (type === 'symlink') {
      rmSync(target, { recursive: true, force: true });
      symlinkSync(relocated(root, target, linkname ?? ''), target);
      entry.resume();
    } else if (type === 'link') {
      rmSync(target, { recursive: true, force: true });
      linkSync(inside(root, linkname ?? ''), target);
      entry.resume();
    } else if (type === 'file' || type === 'contiguous-file') {
      rmSync(target, { recursive: true, force: true });
      await pipeline(entry, createWriteStream(target, { mode: (mode ?? 0o644) & 0o777 }));
    } else {
      // Devices and pipes: nothing a process of this machine should be given.
      entry.resume();
    }
  }
  await reading;
}

function inside(root: string, name: string): string {
  const target = path.resolve(root, `./${path.posix.normalize(`/${name}`)}`);
  if (target !== root && !target.startsWith(root + path.sep))
    throw new Error(`The layer reaches out of the root: ${name}`);
  return target;
}

/** The folder a file goes into, with no symbolic link on the way that leads out of the root. */
function parentInside(root: string, target: string): string {
  const parent = path.dirname(target);
  let current = root;
  for (const part of path.relative(root, parent).split(path.sep).filter(Boolean)) {
    current = path.join(current, part);
    if (!existsSync(current)) break;
    if (lstatSync(current).isSymbolicLink())
      throw new Error(`The layer writes through a symbolic link: ${target}`);
  }
  return parent;
}

/** A link as it stands in the image, made relative: an absolute one means the image's root, not this machine's. */
function relocated(root: string, link: string, linkname: string): string {
  const destination = path.isAbsolute(linkname)
    ? inside(root, linkname)
    : path.resolve(path.dirname(link), linkname);
  if (destination !== root && !destination.startsWith(root + path.sep)) {
    throw new Error(`The layer's link leads out of the root: ${linkname}`);
  }
  return path.relative(path.dirname(link), destination);
}
