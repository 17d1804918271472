import { connectAws } from '../aws/index.ts';
import type { ResolvedEnvironment } from '../config/index.ts';
import { Failure, regionOf, type Runner } from '../github/index.ts';
import { registryCredentials } from './ecr.ts';
import { parseByDigest, type Repository } from './reference.ts';
import { openRegistry, type Registry } from './registry/client.ts';

/** An image by its digest, and the registry that has it, opened with an environment's role. */
export interface OpenedImage {
  /** `registry/repository@sha256:…` */
  readonly image: string;
  readonly repository: Repository;
  readonly digest: string;
  readonly registry: Registry;
  readonly environment: ResolvedEnvironment;
}

/**
 * Opens the registry of an image with the role of the environment whose job asks. Nothing is asked of the registry
 * yet, and no token is fetched before something is.
 *
 * @param image `registry/repository@sha256:…`
 * @param signal ends every request to the registry
 * @throws Failure where the image is not named by its digest, or the environment has no region
 */
export async function openImage(
  image: string,
  {
    environment,
    runner,
    signal,
  }: { readonly environment: ResolvedEnvironment; readonly runner: Runner; readonly signal: AbortSignal },
): Promise<OpenedImage> {
  const parsed = parseByDigest(image);
  if (parsed === undefined) {
    throw new Failure('The name of the image is not understood', {
      where: image,
      remedy: 'Name it by its digest, registry/repository@sha256:…, as build-image puts it out',
    });
  }
  const { digest, ...repository } = parsed;
  const aws = connectAws({ runner, region: regionOf(environment, runner), role: environment.aws.role });
  const ecr = await aws.ecr();
  const registry = openRegistry({
    repository,
    credentials: () => registryCredentials(ecr, runner),
    signal,
  });
  return { image, repository, digest, registry, environment };
}
