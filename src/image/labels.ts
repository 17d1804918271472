import { mediaTypes } from './oci.ts';
import type { Registry } from './registry/client.ts';

/** An image of one platform, with the labels it was built with. */
export interface LabelledImage {
  readonly digest: string;
  readonly labels: Readonly<Record<string, string>>;
}

/**
 * Reads the labels behind a digest: of the image, or of each image of an index. Attestations that builders put into
 * an index beside its images (platform `unknown`) have none, and are left out.
 *
 * @returns `undefined` where the registry does not have it
 */
export async function readLabels(
  registry: Registry,
  digest: string,
): Promise<readonly LabelledImage[] | undefined> {
  const descriptor = await registry.resolve(digest);
  if (descriptor === undefined) return undefined;
  const manifest = parse(await registry.manifest(digest)) as {
    readonly config?: { readonly digest?: string };
    readonly manifests?: readonly { readonly digest: string; readonly platform?: { readonly os?: string } }[];
  };
  const isIndex = ([mediaTypes.index, mediaTypes.dockerIndex] as string[]).includes(descriptor.mediaType);
  if (isIndex) {
    const images = (manifest.manifests ?? []).filter(({ platform }) => platform?.os !== 'unknown');
    const labelled = await Promise.all(images.map((image) => readLabels(registry, image.digest)));
    return labelled.flatMap((found) => found ?? []);
  }
  const configuration =
    manifest.config?.digest === undefined
      ? {}
      : (parse(await registry.blob(manifest.config.digest)) as {
          readonly config?: { readonly Labels?: Readonly<Record<string, string>> | null };
        });
  return [{ digest, labels: configuration.config?.Labels ?? {} }];
}

function parse(content: Uint8Array): unknown {
  return JSON.parse(Buffer.from(content).toString()) as unknown;
}
