import type { ImageConfig, ImageSource, ResolvedImage } from '../ecs/world.ts';
import type { ImageManifest, Manifest } from './manifest.ts';
import { digestPattern, type ImageStore, type Repository } from './store.ts';

/**
 * `127.0.0.1:4482/repository@sha256:…`, `127.0.0.1:4482/repository:tag`, `repository:tag`. The port is not looked at:
 * a restarted rehearsal may have another one. An image of any other registry is not here.
 */
const referencePattern =
  /^(?:(?:127\.0\.0\.1|localhost)(?::\d+)?\/)?([a-z0-9][a-z0-9._/-]*?)(?::(\w[\w.-]{0,127}))?(?:@(sha256:[0-9a-f]{64}))?$/;

/** The registry, as whoever starts tasks reads it. */
export function imageSource(store: ImageStore): ImageSource {
  return {
    openBlob: (digest) => store.openBlob(digest),
    // eslint-disable-next-line @typescript-eslint/require-await -- the interface lets a registry be far away
    resolve: async (image) => {
      const [, name = '', tag = 'latest', digest] = referencePattern.exec(image) ?? [];
      const repository = store.repository(name);
      const pushed = repository && store.manifest(repository, digest ?? tag);
      const manifest = pushed && forThisMachine(repository, pushed);
      return manifest && describe(store, repository, manifest);
    },
  };
}

/** The manifest itself, or out of an index the one of this machine's platform. */
function forThisMachine({ manifests }: Repository, manifest: Manifest): Manifest | undefined {
  if (manifest.children.length === 0) return manifest;
  const architecture = process.arch === 'arm64' ? 'arm64' : 'amd64';
  const child = manifest.children.find(
    ({ platform }) => platform?.os === 'linux' && platform.architecture === architecture,
  );
  return child && manifests.get(child.digest);
}

function describe(store: ImageStore, repository: Repository, manifest: Manifest): ResolvedImage | undefined {
  const { config, layers } = JSON.parse(store.readBlob(manifest.digest).toString('utf8')) as ImageManifest;
  // An artifact (an SBOM, a provenance statement) has a manifest too, and is not an image.
  if (!digestPattern.test(config.digest) || !/\.image\.(?:config\.)?v1\+json$/.test(config.mediaType)) {
    return undefined;
  }
  const image = JSON.parse(store.readBlob(config.digest).toString('utf8')) as {
    os?: string;
    architecture?: string;
    config?: ImageConfig;
  };
  return {
    repository: repository.name,
    digest: manifest.digest,
    platform: { os: image.os ?? 'linux', architecture: image.architecture ?? 'amd64' },
    layers,
    config: image.config ?? {},
  };
}
