import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { pack, type Header } from 'tar-stream';
import type { ImageConfig, ImageSource, ResolvedImage } from '../world.ts';

export type LayerEntry = Partial<Header> & { readonly name: string; readonly content?: string | Buffer };

/** A registry in memory, with images made of tar entries. */
export class Images implements ImageSource {
  readonly #blobs = new Map<string, Buffer>();
  readonly #images = new Map<string, ResolvedImage>();

  resolve(reference: string): Promise<ResolvedImage | undefined> {
    return Promise.resolve(this.#images.get(reference));
  }

  openBlob(digest: string): NodeJS.ReadableStream {
    const blob = this.#blobs.get(digest);
    if (blob === undefined) throw new Error(`There is no blob ${digest}.`);
    return Readable.from([blob]);
  }

  async add(
    reference: string,
    layers: readonly (readonly LayerEntry[])[],
    config: ImageConfig,
  ): Promise<ResolvedImage> {
    const descriptors = [];
    const diffIds = [];
    for (const entries of layers) {
      const tar = await layerOf(entries);
      diffIds.push(digestOf(tar));
      descriptors.push(this.#store(gzipSync(tar), 'application/vnd.oci.image.layer.v1.tar+gzip'));
    }
    const platform = { os: 'linux', architecture: process.arch === 'arm64' ? 'arm64' : 'amd64' };
    const configuration = { ...platform, config, rootfs: { type: 'layers', diff_ids: diffIds } };
    const manifest = {
      schemaVersion: 2,
      config: this.#store(
        Buffer.from(JSON.stringify(configuration)),
        'application/vnd.oci.image.config.v1+json',
      ),
      layers: descriptors,
    };
    const { digest } = this.#store(Buffer.from(JSON.stringify(manifest)), 'manifest');
    const image = { repository: 'service', digest, platform, layers: descriptors, config };
    this.#images.set(reference, image);
    return image;
  }

  #store(content: Buffer, mediaType: string): { digest: string; mediaType: string; size: number } {
    const digest = digestOf(content);
    this.#blobs.set(digest, content);
    return { digest, mediaType, size: content.length };
  }
}

async function layerOf(entries: readonly LayerEntry[]): Promise<Buffer> {
  const tar = pack();
  for (const { content = '', ...header } of entries) tar.entry(header, content);
  tar.finalize();
  return buffer(tar);
}

function digestOf(content: Buffer): string {
  return `sha256:${createHash('sha256').update(content).digest('hex')}`;
}
