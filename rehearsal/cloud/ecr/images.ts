import type { ImageConfig, ImageSource, ResolvedImage } from '../ecs/world.ts';
import { digestPattern, type ImageStore, type Manifest, type Repository } from './store.ts';

interface ManifestContent {
  readonly config?: { readonly digest: string };
  readonly layers?: readonly { readonly digest: string; readonly mediaType: string; readonly size: number }[];
  /** An index's manifests. */
  readonly manifests?: readonly {
    readonly digest: string;
    readonly platform?: { readonly os?: string; readonly architecture?: string };
  }[];
}

/** `host/repository@sha256:…`, `host/repository:tag` → its parts. The host is the rehearsal's registry, whatever its port. */
const referencePattern =
  /^(?:[^/]+(?:\.[^/]+|:\d+)\/)?([a-z0-9][a-z0-9._/-]*?)(?::([\w][\w.-]{0,127}))?(?:@(sha256:[0-9a-f]{64}))?$/;

/** The registry, as whoever starts tasks reads it. */
export function imageSource(store: ImageStore): ImageSource {
  const read = (
    repository: Repository,
    reference: string,
  ): { manifest: Manifest; content: ManifestContent } | undefined => {
    const manifest = store.manifest(repository, reference);
    if (manifest === undefined) return undefined;
    const content = JSON.parse(store.readBlob(manifest.digest).toString('utf8')) as ManifestContent;
    return { manifest, content };
  };

  return {
    openBlob: (digest) => store.openBlob(digest),
    // eslint-disable-next-line @typescript-eslint/require-await -- the interface lets a registry be far away
    resolve: async (image): Promise<ResolvedImage | undefined> => {
      const match = referencePattern.exec(image);
      const repository = store.repository(match?.[1] ?? '');
      if (match === null || repository === undefined) return undefined;
      let found = read(repository, match[3] ?? match[2] ?? 'latest');
      if (found?.content.manifests !== undefined) {
        // An index: the manifest of this machine's platform.
        const wanted = found.content.manifests.find(
          ({ platform }) => platform?.os === 'linux' && platform.architecture === hostArchitecture(),
        );
        found = wanted === undefined ? undefined : read(repository, wanted.digest);
      }
      const configDigest = found?.content.config?.digest;
      if (found === undefined || configDigest === undefined || !digestPattern.test(configDigest))
        return undefined;
      const config = JSON.parse(store.readBlob(configDigest).toString('utf8')) as {
        os?: string;
        architecture?: string;
        config?: ImageConfig;
      };
      return {
        repository: repository.name,
        digest: found.manifest.digest,
        platform: { os: config.os ?? 'linux', architecture: config.architecture ?? 'amd64' },
        layers: found.content.layers ?? [],
        config: config.config ?? {},
      };
    },
  };
}

function hostArchitecture(): string {
  return process.arch === 'arm64' ? 'arm64' : 'amd64';
}
