import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { openLayout, writeLayout } from './layout.ts';
import { blobOfText, mediaTypes, packImage, sha256, type Package } from './oci.ts';
import type { Registry } from './registry/client.ts';

const image = packImage({
  platform: { os: 'linux', architecture: 'amd64' },
  config: { Labels: { 'dev.sluice.source': 'abc' } },
  layers: [blobOfText('a layer')],
  history: ['COPY . .'],
});
const index = Buffer.from(
  JSON.stringify({
    schemaVersion: 2,
    mediaType: mediaTypes.index,
    manifests: [{ mediaType: image.mediaType, digest: image.digest, size: image.manifest.length }],
  }),
);

/** A registry that has one image, and an index that names it. */
function registryOf({ digest, manifest, blobs }: Package): Registry {
  const refuse = () => Promise.reject(new Error('it is only read'));
  return {
    resolve: refuse,
    push: refuse,
    tag: refuse,
    referrers: refuse,
    manifest: (reference) => Promise.resolve(reference === digest ? manifest : new Uint8Array(index)),
    blob: async (reference) => {
      const blob = blobs.find((each) => each.digest === reference);
      return blob === undefined ? refuse() : blob.read();
    },
  };
}

describe('an image as a folder', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'sluice-layout-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const written = (digest: string, size: number, mediaType: string): Promise<void> =>
    writeLayout(registryOf(image), { digest, size, mediaType }, folder);

  it('has the digest and the labels that the registry had', async () => {
    await written(image.digest, image.manifest.length, image.mediaType);
    expect(await openLayout(folder, image.digest)).toEqual({
      digest: image.digest,
      labels: { 'dev.sluice.source': 'abc' },
    });
  });

  it('may be an index of images', async () => {
    const digest = sha256(index);
    await written(digest, index.length, mediaTypes.index);
    expect(await openLayout(folder, digest)).toEqual({ digest, labels: { 'dev.sluice.source': 'abc' } });
  });

  it('is refused where it is not whole, or leads out of itself', async () => {
    await expect(openLayout(folder, image.digest)).rejects.toThrow('cannot be trusted');

    await written(image.digest, image.manifest.length, image.mediaType);
    await rm(path.join(folder, 'blobs/sha256', sha256('a layer').slice('sha256:'.length)));
    await expect(openLayout(folder, image.digest)).rejects.toMatchObject({
      why: expect.stringContaining('is not in it') as string,
    });

    const hostile = Buffer.from(
      JSON.stringify({ config: { digest: 'sha256:../../../../etc/passwd', mediaType: '', size: 1 } }),
    );
    const digest = sha256(hostile);
    await mkdir(path.join(folder, 'blobs/sha256'), { recursive: true });
    await writeFile(path.join(folder, 'blobs/sha256', digest.slice('sha256:'.length)), hostile);
    await writeFile(path.join(folder, 'index.json'), JSON.stringify({ manifests: [{ digest }] }));
    await expect(openLayout(folder, digest)).rejects.toMatchObject({
      why: 'it names a blob by something else than a sha256 digest',
    });
  });
});
