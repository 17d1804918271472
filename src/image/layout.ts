import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { errorMessage, Failure } from '../github/index.ts';
import { type Descriptor, mediaTypes } from './oci.ts';
import type { Registry } from './registry/client.ts';

/**
 * An image as a folder, https://github.com/opencontainers/image-spec/blob/main/image-layout.md: it can be handed to a
 * job that has no rights at the registry, and be held to its digest there.
 */
interface ImageLayout {
  /** The manifest's, as the image is deployed by. */
  readonly digest: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** What a manifest or an index names. */
interface Content {
  readonly config?: Descriptor;
  readonly layers?: readonly Descriptor[];
  readonly manifests?: readonly Descriptor[];
}

/** Writes an image from the registry, each blob held to its digest. */
export async function writeLayout(registry: Registry, image: Descriptor, folder: string): Promise<void> {
  await mkdir(path.join(folder, 'blobs', 'sha256'), { recursive: true });
  await copyManifest(registry, image, folder);
  await writeFile(path.join(folder, 'oci-layout'), JSON.stringify({ imageLayoutVersion: '1.0.0' }));
  const { mediaType, digest, size } = image;
  await writeFile(
    path.join(folder, 'index.json'),
    JSON.stringify({
      schemaVersion: 2,
      mediaType: mediaTypes.index,
      manifests: [{ mediaType, digest, size }],
    }),
  );
}

async function copyManifest(registry: Registry, { digest }: Descriptor, folder: string): Promise<void> {
  const manifest = await registry.manifest(digest);
  await writeFile(blobFile(folder, digest), manifest);
  const { config, layers = [], manifests = [] } = JSON.parse(Buffer.from(manifest).toString()) as Content;
  for (const each of manifests) await copyManifest(registry, each, folder);
  // One after the other: each is in memory as a whole, because the registry client verifies it as one.
  for (const { digest: blob } of config === undefined ? layers : [config, ...layers]) {
    await writeFile(blobFile(folder, blob), await registry.blob(blob));
  }
}

/**
 * Opens a layout: everything that its manifest names is there and has the digest that it is named by.
 *
 * @param expected the digest that the image has to have
 * @throws Failure where the folder is no layout, holds another image, or was changed
 */
export async function openLayout(folder: string, expected: string): Promise<ImageLayout> {
  const index = await readPart(folder, path.join(folder, 'index.json'));
  const [image, ...others] = index.manifests ?? [];
  if (image === undefined || others.length > 0) {
    throw refused(folder, `its index.json names ${index.manifests?.length ?? 0} images, and one is expected`);
  }
  if (image.digest !== expected) {
    throw new Failure('The image that was handed over is not the one that is asked about', {
      where: 'inputs "layout" and "image"',
      why: `the layout holds ${image.digest}, and the image is ${expected}`,
      remedy: 'Hand over the layout that build-image wrote for this image',
    });
  }
  const configs = await verifyManifest(folder, image);
  const [config] = configs;
  const { config: settings } =
    config === undefined
      ? {}
      : ((await readPart(folder, blobFile(folder, config.digest))) as {
          config?: { Labels?: Readonly<Record<string, string>> | null };
        });
  return { digest: image.digest, labels: settings?.Labels ?? {} };
}

/** @returns the configurations of the images that it names, once all of it is verified */
async function verifyManifest(folder: string, manifest: Descriptor): Promise<readonly Descriptor[]> {
  await verifyBlob(folder, manifest);
  const { config, layers = [], manifests = [] } = await readPart(folder, blobFile(folder, manifest.digest));
  const nested: Descriptor[] = [];
  for (const each of manifests) nested.push(...(await verifyManifest(folder, each)));
  for (const blob of config === undefined ? layers : [config, ...layers]) await verifyBlob(folder, blob);
  return config === undefined ? nested : [config, ...nested];
}

async function verifyBlob(folder: string, { digest }: Descriptor): Promise<void> {
  const file = blobFile(folder, digest);
  const hash = createHash('sha256');
  try {
    for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
  } catch (error) {
    throw refused(folder, `${digest} is not in it (${errorMessage(error)})`, error);
  }
  const actual = `sha256:${hash.digest('hex')}`;
  if (actual !== digest) throw refused(folder, `what is named ${digest} in it has the digest ${actual}`);
}

async function readPart(folder: string, file: string): Promise<Content> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as Content;
  } catch (error) {
    throw refused(folder, `${path.relative(folder, file)} cannot be read (${errorMessage(error)})`, error);
  }
}

/** The digest comes from a file that anybody may have written: it must not lead out of the folder. */
function blobFile(folder: string, digest: string): string {
  const [, hex] = /^sha256:([0-9a-f]{64})$/.exec(digest) ?? [];
  if (hex === undefined) throw refused(folder, 'it names a blob by something else than a sha256 digest');
  return path.join(folder, 'blobs', 'sha256', hex);
}

function refused(folder: string, why: string, cause?: unknown): Failure {
  return new Failure('The image that was handed over cannot be trusted', {
    where: `input "layout" (${folder})`,
    why,
    remedy: 'Hand over the folder that build-image wrote, as it was written',
    cause,
  });
}
