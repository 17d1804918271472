import {
  BatchDeleteImage$,
  BatchGetImage$,
  CreateRepository$,
  DeleteRepository$,
  DescribeImages$,
  DescribeRepositories$,
  GetAuthorizationToken$,
  ListImages$,
  type BatchDeleteImageRequest,
  type BatchDeleteImageResponse,
  type BatchGetImageRequest,
  type BatchGetImageResponse,
  type CreateRepositoryRequest,
  type CreateRepositoryResponse,
  type DeleteRepositoryRequest,
  type DeleteRepositoryResponse,
  type DescribeImagesRequest,
  type DescribeImagesResponse,
  type DescribeRepositoriesRequest,
  type DescribeRepositoriesResponse,
  type GetAuthorizationTokenResponse,
  type ImageIdentifier,
  type ListImagesRequest,
  type ListImagesResponse,
} from '@aws-sdk/client-ecr';
import { ServiceError, type Call, type Service } from '../wire/service.ts';
import type { ImageStore, Manifest, Repository } from './store.ts';

export interface EcrOptions {
  readonly store: ImageStore;
  /** `127.0.0.1:4482` */
  readonly registryHost: () => string;
  /** The password that the registry accepts for the user AWS. */
  readonly password: string;
  readonly now: () => Date;
}

const tokenHours = 12;

/** ECR's control plane; the images themselves travel through the registry (`registry.ts`). */
export function createEcr({ store, registryHost, password, now }: EcrOptions): Service {
  const find = (name: string | undefined, call: Call): Repository => {
    const repository = store.repository(name ?? '');
    if (repository === undefined) throw repositoryNotFound(name ?? '', call);
    return repository;
  };
  const describe = (repository: Repository, call: Call) => ({
    repositoryArn: `arn:aws:ecr:${call.region}:${call.accountId}:repository/${repository.name}`,
    registryId: call.accountId,
    repositoryName: repository.name,
    repositoryUri: `${registryHost()}/${repository.name}`,
    createdAt: new Date(repository.createdAt),
    imageTagMutability: repository.immutableTags ? ('IMMUTABLE' as const) : ('MUTABLE' as const),
    imageScanningConfiguration: { scanOnPush: false },
    encryptionConfiguration: { encryptionType: 'AES256' as const },
  });

  return {
    id: 'ecr',
    protocol: { kind: 'awsJson', version: '1.1', targetPrefix: 'AmazonEC2ContainerRegistry_V20150921' },
    schemas: {
      BatchDeleteImage: BatchDeleteImage$,
      BatchGetImage: BatchGetImage$,
      CreateRepository: CreateRepository$,
      DeleteRepository: DeleteRepository$,
      DescribeImages: DescribeImages$,
      DescribeRepositories: DescribeRepositories$,
      GetAuthorizationToken: GetAuthorizationToken$,
      ListImages: ListImages$,
    },
    missingMember: (path) =>
      new ServiceError(
        'InvalidParameterException',
        `Invalid parameter at '${path}' failed to satisfy constraint: 'Member must not be null'`,
      ),
    operations: {
      CreateRepository: (input: CreateRepositoryRequest, call: Call): CreateRepositoryResponse => {
        const name = input.repositoryName ?? '';
        if (
          !/^(?:[a-z0-9]+(?:[._-][a-z0-9]+)*\/)*[a-z0-9]+(?:[._-][a-z0-9]+)*$/.test(name) ||
          name.length < 2
        ) {
          throw new ServiceError(
            'InvalidParameterException',
            `Invalid parameter at 'repositoryName' failed to satisfy constraint: 'must satisfy regular expression '(?:[a-z0-9]+(?:[._-][a-z0-9]+)*/)*[a-z0-9]+(?:[._-][a-z0-9]+)*''`,
          );
        }
        if (store.repository(name) !== undefined) {
          throw new ServiceError(
            'RepositoryAlreadyExistsException',
            `The repository with name '${name}' already exists in the registry with id '${call.accountId}'`,
          );
        }
        const immutableTags = input.imageTagMutability === 'IMMUTABLE';
        const repository = store.create(name, { now: now().getTime(), immutableTags });
        return { repository: describe(repository, call) };
      },
      DescribeRepositories: (
        input: DescribeRepositoriesRequest,
        call: Call,
      ): DescribeRepositoriesResponse => {
        const repositories = input.repositoryNames?.map((name) => find(name, call)) ?? store.repositories();
        return { repositories: repositories.map((repository) => describe(repository, call)) };
      },
      DeleteRepository: (input: DeleteRepositoryRequest, call: Call): DeleteRepositoryResponse => {
        const repository = find(input.repositoryName, call);
        if (Object.keys(repository.manifests).length > 0 && input.force !== true) {
          throw new ServiceError(
            'RepositoryNotEmptyException',
            `The repository with name '${repository.name}' in registry with id '${call.accountId}' cannot be deleted because it still contains images`,
          );
        }
        store.remove(repository.name);
        return { repository: describe(repository, call) };
      },
      GetAuthorizationToken: (): GetAuthorizationTokenResponse => ({
        authorizationData: [
          {
            authorizationToken: Buffer.from(`AWS:${password}`).toString('base64'),
            expiresAt: new Date(now().getTime() + tokenHours * 3_600_000),
            proxyEndpoint: `http://${registryHost()}`,
          },
        ],
      }),
      DescribeImages: (input: DescribeImagesRequest, call: Call): DescribeImagesResponse => {
        const repository = find(input.repositoryName, call);
        const manifests =
          input.imageIds?.map((id) => {
            const manifest = lookUp(store, repository, id);
            if (manifest === undefined) throw imageNotFound(repository, id, call);
            return manifest;
          }) ?? Object.values(repository.manifests);
        return {
          imageDetails: manifests.map((manifest) => ({
            registryId: call.accountId,
            repositoryName: repository.name,
            imageDigest: manifest.digest,
            imageTags: tagsOf(repository, manifest),
            imageSizeInBytes: manifest.size,
            imagePushedAt: new Date(manifest.pushedAt),
            imageManifestMediaType: manifest.mediaType,
            ...(manifest.artifactType === undefined ? {} : { artifactMediaType: manifest.artifactType }),
          })),
        };
      },
      ListImages: (input: ListImagesRequest, call: Call): ListImagesResponse => {
        const repository = find(input.repositoryName, call);
        return {
          imageIds: Object.values(repository.manifests).flatMap((manifest): ImageIdentifier[] => {
            const tags = tagsOf(repository, manifest);
            if (tags.length === 0) return [{ imageDigest: manifest.digest }];
            return tags.map((imageTag) => ({ imageDigest: manifest.digest, imageTag }));
          }),
        };
      },
      BatchGetImage: (input: BatchGetImageRequest, call: Call): BatchGetImageResponse => {
        const repository = find(input.repositoryName, call);
        const found = (input.imageIds ?? []).map((imageId) => ({
          imageId,
          manifest: lookUp(store, repository, imageId),
        }));
        return {
          images: found.flatMap(({ imageId, manifest }) =>
            manifest === undefined
              ? []
              : [
                  {
                    registryId: call.accountId,
                    repositoryName: repository.name,
                    imageId: { ...imageId, imageDigest: manifest.digest },
                    imageManifest: store.readBlob(manifest.digest).toString('utf8'),
                    imageManifestMediaType: manifest.mediaType,
                  },
                ],
          ),
          failures: found.flatMap(({ imageId, manifest }) =>
            manifest === undefined
              ? [
                  {
                    imageId,
                    failureCode: 'ImageNotFound' as const,
                    failureReason: 'Requested image not found',
                  },
                ]
              : [],
          ),
        };
      },
      BatchDeleteImage: (input: BatchDeleteImageRequest, call: Call): BatchDeleteImageResponse => {
        const repository = find(input.repositoryName, call);
        const results = (input.imageIds ?? []).map((imageId) => ({
          imageId,
          removed: store.removeManifest(repository, imageId.imageDigest ?? imageId.imageTag ?? ''),
        }));
        return {
          imageIds: results.filter(({ removed }) => removed).map(({ imageId }) => imageId),
          failures: results
            .filter(({ removed }) => !removed)
            .map(({ imageId }) => ({
              imageId,
              failureCode: 'ImageNotFound' as const,
              failureReason: 'Requested image not found',
            })),
        };
      },
    },
  };
}

function lookUp(store: ImageStore, repository: Repository, id: ImageIdentifier): Manifest | undefined {
  const manifest = store.manifest(repository, id.imageDigest ?? id.imageTag ?? '');
  const tagAgrees = id.imageTag === undefined || repository.tags[id.imageTag] === manifest?.digest;
  return tagAgrees ? manifest : undefined;
}

function tagsOf(repository: Repository, manifest: Manifest): string[] {
  return Object.entries(repository.tags).flatMap(([tag, digest]) =>
    digest === manifest.digest ? [tag] : [],
  );
}

function repositoryNotFound(name: string, call: Call): ServiceError {
  return new ServiceError(
    'RepositoryNotFoundException',
    `The repository with name '${name}' does not exist in the registry with id '${call.accountId}'`,
  );
}

function imageNotFound(repository: Repository, id: ImageIdentifier, call: Call): ServiceError {
  const what = `{imageDigest:'${id.imageDigest ?? 'null'}', imageTag:'${id.imageTag ?? 'null'}'}`;
  return new ServiceError(
    'ImageNotFoundException',
    `The image with imageId ${what} does not exist within the repository with name '${repository.name}' in the registry with id '${call.accountId}'`,
  );
}
