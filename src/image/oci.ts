import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { ImageConfig } from './dockerfile/stage.ts';

/** https://github.com/opencontainers/image-spec */
export const mediaTypes = {
  manifest: 'application/vnd.oci.image.manifest.v1+json',
  index: 'application/vnd.oci.image.index.v1+json',
  config: 'application/vnd.oci.image.config.v1+json',
  layer: 'application/vnd.oci.image.layer.v1.tar',
  empty: 'application/vnd.oci.empty.v1+json',
  dockerManifest: 'application/vnd.docker.distribution.manifest.v2+json',
  dockerIndex: 'application/vnd.docker.distribution.manifest.list.v2+json',
} as const;

export interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
  readonly artifactType?: string;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** Content that a registry keeps by its digest. */
export interface Blob {
  readonly digest: string;
  readonly size: number;
  /** Reads it anew each time. */
  readonly read: () => Promise<Uint8Array<ArrayBuffer>>;
}

/** A manifest with everything it names: what a registry needs to have an image, or an artefact about one. */
export interface Package {
  readonly mediaType: string;
  readonly digest: string;
  /** The manifest, byte for byte: its digest is over these. */
  readonly manifest: Uint8Array<ArrayBuffer>;
  readonly blobs: readonly Blob[];
}

export interface Platform {
  readonly os: string;
  readonly architecture: string;
}

/** Reads `linux/amd64`. */
export function platformOf(text: string): Platform {
  const [os = '', architecture = ''] = text.split('/');
  return { os, architecture };
}

export function sha256(content: Uint8Array | string): string {
  return `sha256:${createHash('sha256').update(content).digest('hex')}`;
}

export function blobOfText(text: string): Blob {
  const content = Buffer.from(text);
  return { digest: sha256(content), size: content.length, read: () => Promise.resolve(content) };
}

export function blobOfFile(file: string, digest: string, size: number): Blob {
  return { digest, size, read: () => readFile(file) };
}

/** Puts an image together. Nothing in it depends on when or where it is made. */
export function packImage(image: {
  readonly platform: Platform;
  readonly config: ImageConfig;
  readonly layers: readonly Blob[];
  /** A word for each layer, as `docker history` shows it. */
  readonly history: readonly string[];
}): Package {
  const config = blobOfText(
    JSON.stringify({
      created: '1970-01-01T00:00:00Z',
      architecture: image.platform.architecture,
      os: image.platform.os,
      config: image.config,
      // Layers are not compressed, so the digest of a layer is its diff id too.
      rootfs: { type: 'layers', diff_ids: image.layers.map(({ digest }) => digest) },
      history: image.history.map((line) => ({ created: '1970-01-01T00:00:00Z', created_by: line })),
    }),
  );
  return pack([config, ...image.layers], {
    schemaVersion: 2,
    mediaType: mediaTypes.manifest,
    config: { mediaType: mediaTypes.config, digest: config.digest, size: config.size },
    layers: image.layers.map(({ digest, size }) => ({ mediaType: mediaTypes.layer, digest, size })),
  });
}

/** Puts a document about an image together, as an artefact that a registry lists as the image's referrer. */
export function packReferrer(referrer: {
  readonly subject: Descriptor;
  readonly artifactType: string;
  /** The media type of the document, where it is not the artefact's. */
  readonly documentType?: string;
  readonly document: string;
  readonly annotations?: Readonly<Record<string, string>>;
}): Package {
  const { digest, size, mediaType } = referrer.subject;
  const document = blobOfText(referrer.document);
  const empty = blobOfText('{}');
  return pack([empty, document], {
    schemaVersion: 2,
    mediaType: mediaTypes.manifest,
    artifactType: referrer.artifactType,
    config: { mediaType: mediaTypes.empty, digest: empty.digest, size: empty.size },
    layers: [
      {
        mediaType: referrer.documentType ?? referrer.artifactType,
        digest: document.digest,
        size: document.size,
      },
    ],
    subject: { mediaType, digest, size },
    ...(referrer.annotations === undefined ? {} : { annotations: referrer.annotations }),
  });
}

function pack(
  blobs: readonly Blob[],
  content: { readonly mediaType: string; readonly [member: string]: unknown },
): Package {
  const manifest = Buffer.from(JSON.stringify(content));
  return { mediaType: content.mediaType, digest: sha256(manifest), manifest, blobs };
}
