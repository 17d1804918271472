/** Names of images: `registry/repository:tag` and `registry/repository@sha256:…`. */

export interface Repository {
  /** Host and port: `000000000000.dkr.ecr.eu-west-1.amazonaws.com`, `127.0.0.1:5000`. */
  readonly registry: string;
  /** `chatbot`, `team/chatbot` */
  readonly name: string;
}

export function formatByDigest({ registry, name }: Repository, digest: string): string {
  return `${registry}/${name}@${digest}`;
}

/** Reads `registry/repository`, as ECR's `repositoryUri` gives it. */
export function parseRepository(uri: string): Repository | undefined {
  const [, registry, name] =
    /^([A-Za-z0-9.-]+(?::\d{1,5})?)\/([a-z0-9]+(?:[._/-]+[a-z0-9]+)*)$/.exec(uri) ?? [];
  return registry === undefined || name === undefined ? undefined : { registry, name };
}

/** Reads `registry/repository@sha256:…`. */
export function parseByDigest(image: string): (Repository & { readonly digest: string }) | undefined {
  const [uri = '', digest = ''] = image.split('@');
  const repository = parseRepository(uri);
  return repository === undefined || !/^sha256:[0-9a-f]{64}$/.test(digest)
    ? undefined
    : { ...repository, digest };
}

/**
 * Whether a registry is on this machine. Such a registry is spoken to over plain HTTP, as Docker does
 * (https://docs.docker.com/reference/cli/dockerd/#insecure-registries: 127.0.0.0/8 is insecure by default).
 */
export function isLoopback(registry: string): boolean {
  return /^(localhost|127(\.\d{1,3}){3})(:\d+)?$/.test(registry);
}

/** The tag that names the source an image was made of. */
export const sourceTag = (tree: string): string => `src-${tree}`;

/** The tag that names the commit an image was made for. */
export const commitTag = (sha: string): string => `sha-${sha}`;
