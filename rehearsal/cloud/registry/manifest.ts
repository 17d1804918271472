import { createHash } from 'node:crypto';

/** What is remembered of a manifest; its bytes are a blob of its digest. */
export interface Manifest {
  readonly digest: string;
  readonly mediaType: string;
  readonly artifactType?: string;
  /** The digest of the manifest that this one is about (OCI referrers). */
  readonly subject?: string;
  readonly annotations?: Readonly<Record<string, string>>;
  /** Bytes of the manifest itself. */
  readonly size: number;
  /** Bytes of all that it names, compressed, as ECR reports an image's size. */
  readonly imageSize: number;
  readonly pushedAt: number;
  /** Digests of its configuration and layers, without those that may not be handed on and are never pushed. */
  readonly blobs: readonly string[];
  /** An index's manifests. */
  readonly children: readonly Descriptor[];
}

export interface Descriptor {
  readonly digest: string;
  readonly size: number;
  readonly mediaType: string;
  readonly platform?: { readonly os?: string; readonly architecture?: string };
}

export interface ImageManifest {
  readonly config: Descriptor;
  readonly layers: readonly Descriptor[];
}

export const indexType = 'application/vnd.oci.image.index.v1+json';

const mediaTypes: ReadonlySet<string> = new Set([
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.v2+json',
  indexType,
  'application/vnd.docker.distribution.manifest.list.v2+json',
]);

/** `application/vnd.oci.image.layer.nondistributable.v1.tar`, `application/vnd.docker.image.rootfs.foreign.diff.tar.gzip` */
const notDistributed = /\.(?:nondistributable|foreign)\./;

/**
 * Reads a manifest or an index as it was pushed.
 *
 * @returns what is wrong with it, in words, where it is not one
 */
export function readManifest(
  content: Buffer,
  contentType: string | undefined,
  pushedAt: number,
): Manifest | string {
  let parsed: {
    mediaType?: unknown;
    artifactType?: string;
    config?: unknown;
    layers?: unknown;
    manifests?: unknown;
    subject?: { digest?: string };
    annotations?: Record<string, string>;
  };
  try {
    parsed = JSON.parse(content.toString('utf8')) as typeof parsed;
  } catch (error: unknown) {
    return `The manifest is not JSON: ${String(error)}`;
  }
  const mediaType = contentType ?? String(parsed.mediaType);
  if (!mediaTypes.has(mediaType)) return `The media type ${mediaType} is not one of a manifest.`;
  if (parsed.mediaType !== undefined && parsed.mediaType !== mediaType) {
    return `The manifest says that it is ${JSON.stringify(parsed.mediaType)}, and was sent as ${mediaType}.`;
  }
  const isIndex = parsed.manifests !== undefined;
  const blobs = isIndex ? [] : [parsed.config, ...asList(parsed.layers)];
  const children = asList(parsed.manifests);
  if (!blobs.every(isDescriptor) || !children.every(isDescriptor)) {
    return 'The manifest names something by no proper descriptor (mediaType, digest, size).';
  }
  const artifactType = parsed.artifactType ?? (isIndex ? undefined : blobs[0]?.mediaType);
  return {
    digest: digestOf(content),
    mediaType,
    size: content.length,
    imageSize: [...blobs, ...children].reduce((sum, { size }) => sum + size, 0),
    pushedAt,
    blobs: blobs.filter(({ mediaType }) => !notDistributed.test(mediaType)).map(({ digest }) => digest),
    children,
    ...(artifactType === undefined ? {} : { artifactType }),
    ...(parsed.subject?.digest === undefined ? {} : { subject: parsed.subject.digest }),
    ...(parsed.annotations === undefined ? {} : { annotations: parsed.annotations }),
  };
}

export function digestOf(content: Buffer): string {
  return `sha256:${createHash('sha256').update(content).digest('hex')}`;
}

function asList(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

function isDescriptor(value: unknown): value is Descriptor {
  const { digest, size, mediaType } = (value ?? {}) as Partial<Descriptor>;
  return typeof digest === 'string' && typeof size === 'number' && typeof mediaType === 'string';
}
