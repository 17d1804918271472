import type { ImageIdentifier } from '@aws-sdk/client-ecr';
import type { ImageStore, Repository } from '../registry/store.ts';
import { ServiceError, type Call } from '../wire/service.ts';

export function invalidParameter(message: string): ServiceError {
  return new ServiceError('InvalidParameterException', message);
}

export function invalidToken(): ServiceError {
  return invalidParameter("Invalid parameter at 'nextToken' failed to satisfy constraint: 'Invalid token'");
}

/** @throws RepositoryNotFoundException */
export function repositoryOf(store: ImageStore, name: string | undefined, { accountId }: Call): Repository {
  const repository = store.repository(name ?? '');
  if (repository !== undefined) return repository;
  throw new ServiceError(
    'RepositoryNotFoundException',
    `The repository with name '${name ?? ''}' does not exist in the registry with id '${accountId}'`,
  );
}

export function imageNotFound({ name }: Repository, id: ImageIdentifier, { accountId }: Call): ServiceError {
  const what = `{imageDigest:'${id.imageDigest ?? 'null'}', imageTag:'${id.imageTag ?? 'null'}'}`;
  return new ServiceError(
    'ImageNotFoundException',
    `The image with imageId ${what} does not exist within the repository with name '${name}' in the registry with id '${accountId}'`,
  );
}

export function layerNotFound({ name }: Repository, digest: string, { accountId }: Call): ServiceError {
  return new ServiceError(
    'LayersNotFoundException',
    `Layers ${digest} do not exist in the repository with name '${name}' in the registry with id '${accountId}'`,
  );
}
