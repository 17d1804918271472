import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { pack, type Pack } from 'tar-stream';
import type { ImageSource, ResolvedImage } from '../world.ts';
import { attempt, feedDocker } from './docker-command.ts';

interface ManifestContent {
  readonly config: { readonly digest: string };
  readonly layers: readonly { readonly digest: string; readonly size: number }[];
}

/**
 * Brings an image of the rehearsal's registry into the engine, once.
 *
 * @returns the reference to run it by
 * @throws Error with ECS's `CannotPullContainerError`
 */
export async function loadedImage(image: ResolvedImage, images: ImageSource): Promise<string> {
  const reference = `sluice-rehearsal/${image.repository}:${image.digest.replace('sha256:', '').slice(0, 32)}`;
  if ((await attempt(['image', 'inspect', '--format', '{{.Id}}', reference])) !== undefined) return reference;
  const archive = pack();
  try {
    await Promise.all([feedDocker(['load'], archive), write(archive, reference, image, images)]);
  } catch (error: unknown) {
    archive.destroy();
    throw new Error(
      `CannotPullContainerError: ref ${reference}: ${error instanceof Error ? error.message : String(error)}`,
      { cause: error },
    );
  }
  return reference;
}

/** An archive as `docker save` writes it: `manifest.json`, and the blobs by their digests. */
async function write(
  archive: Pack,
  reference: string,
  image: ResolvedImage,
  images: ImageSource,
): Promise<void> {
  const manifest = JSON.parse(
    (await buffer(images.openBlob(image.digest))).toString('utf8'),
  ) as ManifestContent;
  const config = await buffer(images.openBlob(manifest.config.digest));
  archive.entry({ name: pathOf(manifest.config.digest) }, config);
  for (const { digest, size } of manifest.layers) {
    await pipeline(images.openBlob(digest), archive.entry({ name: pathOf(digest), size }));
  }
  const contents = [
    {
      Config: pathOf(manifest.config.digest),
      RepoTags: [reference],
      Layers: manifest.layers.map(({ digest }) => pathOf(digest)),
    },
  ];
  archive.entry({ name: 'manifest.json' }, JSON.stringify(contents));
  archive.finalize();
}

function pathOf(digest: string): string {
  return `blobs/${digest.replace(':', '/')}`;
}
