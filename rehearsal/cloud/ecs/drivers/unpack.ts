import {
  createWriteStream,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
} from 'node:fs';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import { createHash, randomUUID } from 'node:crypto';
import { extract, type Extract } from 'tar-stream';
import type { ImageSource, ResolvedImage } from '../world.ts';

type Entry = Extract extends AsyncIterable<infer Each> ? Each : never;

const whiteout = '.wh.';
const opaque = '.wh..wh..opq';

/** How many unpacked images are kept; they are made again where one is missing. */
const rootsKept = 5;
const draftPrefix = 'draft-';

/**
 * An image's root file system, unpacked from its layers once and kept by what it is made of. A killed unpacking
 * leaves nothing that a later one could mistake for whole.
 * Source: OCI image specification, "Image Layer Filesystem Changeset" (whiteouts).
 *
 * @returns a folder that must not be written to: tasks run in copies of it
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
  if (existsSync(root)) {
    const now = new Date();
    utimesSync(root, now, now);
    return root;
  }
  const draft = path.join(cache, `${draftPrefix}${randomUUID()}`);
  mkdirSync(draft, { recursive: true });
  try {
    for (const { digest, mediaType } of image.layers) {
      await unpackLayer(images.openBlob(digest), mediaType, draft);
    }
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

/** Removes what a killed unpacking left, and the images that were not used for longest. */
export function pruneRoots(cache: string): void {
  if (!existsSync(cache)) return;
  const names = readdirSync(cache);
  const roots = names
    .filter((name) => !name.startsWith(draftPrefix))
    .map((name) => ({ name, usedAt: statSync(path.join(cache, name)).mtimeMs }))
    .sort((a, b) => b.usedAt - a.usedAt);
  const superfluous = [
    ...names.filter((name) => name.startsWith(draftPrefix)),
    ...roots.slice(rootsKept).map(({ name }) => name),
  ];
  for (const name of superfluous) rmSync(path.join(cache, name), { recursive: true, force: true });
}

async function unpackLayer(content: NodeJS.ReadableStream, mediaType: string, root: string): Promise<void> {
  const entries = extract();
  const reading = pipeline([content, ...decompression(mediaType), entries]);
  // The loop below ends with the same error; without this, Node would call it unhandled until then.
  reading.catch(() => undefined);
  const placed = new Set<string>();
  for await (const entry of entries) await place(entry, root, placed);
  await reading;
}

function decompression(mediaType: string): NodeJS.ReadWriteStream[] {
  if (mediaType.endsWith('gzip')) return [createGunzip()];
  return mediaType.endsWith('zstd') ? [createZstdDecompress()] : [];
}

/** @param placed what the same layer has put in place: whiteouts are about the layers below */
async function place(entry: Entry, root: string, placed: Set<string>): Promise<void> {
  const { name, type, linkname, mode } = entry.header;
  const target = inside(root, name);
  if (type === 'file' || type === 'contiguous-file') {
    if (!path.basename(target).startsWith(whiteout)) {
      makeWay(root, target);
      placed.add(target);
      return pipeline(entry, createWriteStream(target, { mode: mode & 0o777 }));
    }
    hide(root, target, placed);
  } else if (target !== root) {
    placed.add(target);
    if (type === 'directory') {
      makeFolder(root, target);
    } else if (type === 'symlink') {
      makeWay(root, target);
      symlinkSync(relocated(root, target, linkname), target);
    } else if (type === 'link') {
      const source = inside(root, linkname);
      withoutLinks(root, source);
      makeWay(root, target);
      linkSync(source, target);
    }
    // Devices and pipes are nothing that a process of this machine should be given.
  }
  entry.resume();
}

function makeFolder(root: string, target: string): void {
  withoutLinks(root, path.dirname(target));
  if (lstatSync(target, { throwIfNoEntry: false })?.isDirectory() === false) rmSync(target);
  mkdirSync(target, { recursive: true });
}

/** Makes the folder that `target` goes into, and removes what a layer below has in its place. */
function makeWay(root: string, target: string): void {
  if (target === root) throw new Error('The layer would replace the root itself.');
  withoutLinks(root, path.dirname(target));
  mkdirSync(path.dirname(target), { recursive: true });
  rmSync(target, { recursive: true, force: true });
}

/** Removes what the layers below have where a whiteout says so. */
function hide(root: string, marker: string, placed: ReadonlySet<string>): void {
  const folder = path.dirname(marker);
  const name = path.basename(marker);
  const hidden = name.slice(whiteout.length);
  if (['', '.', '..'].includes(hidden)) throw new Error(`The layer has a whiteout of nothing: ${marker}`);
  withoutLinks(root, folder);
  if (!existsSync(folder)) return;
  for (const child of name === opaque ? readdirSync(folder) : [hidden]) {
    const target = path.join(folder, child);
    if (!placed.has(target)) rmSync(target, { recursive: true, force: true });
  }
}

/** The place of a layer's file. A name cannot lead out of the root: `..` ends there, as it does at `/`. */
function inside(root: string, name: string): string {
  return path.resolve(root, `.${path.posix.normalize(`/${name}`)}`);
}

/** @throws where a symbolic link is on the way: what a layer writes must land where its name says */
function withoutLinks(root: string, target: string): void {
  let current = root;
  for (const part of path.relative(root, target).split(path.sep).filter(Boolean)) {
    current = path.join(current, part);
    const found = lstatSync(current, { throwIfNoEntry: false });
    if (found === undefined) return;
    if (found.isSymbolicLink()) throw new Error(`The layer reaches through a symbolic link: ${current}`);
  }
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
