import type * as sdk from '@aws-sdk/client-ecr';
import { readManifest, type Manifest } from '../registry/manifest.ts';
import type { ImageStore, Repository } from '../registry/store.ts';
import { pageOf } from '../wire/page.ts';
import { ServiceError, type Call } from '../wire/service.ts';
import { imageNotFound, invalidParameter, invalidToken, repositoryOf } from './errors.ts';

/** The images of a repository: listed, fetched, tagged again, deleted. */
export function imageOperations(store: ImageStore, now: () => number) {
  return {
    DescribeImages: (input: sdk.DescribeImagesRequest, call: Call): sdk.DescribeImagesResponse => {
      const repository = repositoryOf(store, input.repositoryName, call);
      const wanted = input.imageIds?.map((id) => {
        const manifest = lookUp(store, repository, id);
        if (manifest === undefined) throw imageNotFound(repository, id, call);
        return manifest;
      });
      const found = (wanted ?? [...repository.manifests.values()]).filter((manifest) =>
        hasTagStatus(input.filter?.tagStatus, tagsOf(repository, manifest)),
      );
      const { items, token } = pageOf(found, input.maxResults ?? 100, input.nextToken, invalidToken);
      return { ...token, imageDetails: items.map((manifest) => describe(repository, manifest, call)) };
    },

    ListImages: (input: sdk.ListImagesRequest, call: Call): sdk.ListImagesResponse => {
      const repository = repositoryOf(store, input.repositoryName, call);
      const ids = [...repository.manifests.values()].flatMap((manifest): sdk.ImageIdentifier[] => {
        const tags = tagsOf(repository, manifest);
        if (!hasTagStatus(input.filter?.tagStatus, tags)) return [];
        if (tags.length === 0) return [{ imageDigest: manifest.digest }];
        return tags.map((imageTag) => ({ imageDigest: manifest.digest, imageTag }));
      });
      const { items, token } = pageOf(ids, input.maxResults ?? 100, input.nextToken, invalidToken);
      return { ...token, imageIds: [...items] };
    },

    BatchGetImage: (input: sdk.BatchGetImageRequest, call: Call): sdk.BatchGetImageResponse => {
      const repository = repositoryOf(store, input.repositoryName, call);
      const images: sdk.Image[] = [];
      const failures: sdk.ImageFailure[] = [];
      for (const id of input.imageIds ?? []) {
        const manifest = lookUp(store, repository, id);
        if (manifest === undefined) failures.push(notFound(id));
        else images.push(asImage(store, repository, manifest, id.imageTag, call));
      }
      return { images, failures };
    },

    PutImage: (input: sdk.PutImageRequest, call: Call): sdk.PutImageResponse => {
      const repository = repositoryOf(store, input.repositoryName, call);
      const content = Buffer.from(input.imageManifest ?? '', 'utf8');
      const manifest = readManifest(content, input.imageManifestMediaType, now());
      if (typeof manifest === 'string') throw invalidParameter(manifest);
      checkPut(store, repository, manifest, input, call);
      store.putManifest(repository, manifest, content, input.imageTag);
      return { image: asImage(store, repository, manifest, input.imageTag, call) };
    },

    BatchDeleteImage: (input: sdk.BatchDeleteImageRequest, call: Call): sdk.BatchDeleteImageResponse => {
      const repository = repositoryOf(store, input.repositoryName, call);
      const imageIds: sdk.ImageIdentifier[] = [];
      const failures: sdk.ImageFailure[] = [];
      for (const id of input.imageIds ?? []) {
        const manifest = lookUp(store, repository, id);
        if (manifest === undefined) failures.push(notFound(id));
        else if (id.imageDigest !== undefined && isChild(repository, manifest))
          failures.push(isReferenced(id));
        else {
          store.removeManifest(repository, id.imageDigest ?? id.imageTag ?? '');
          imageIds.push({ ...id, imageDigest: manifest.digest });
          // An image that has lost its last tag in this way is deleted too.
          if (id.imageDigest === undefined && tagsOf(repository, manifest).length === 0) {
            store.removeManifest(repository, manifest.digest);
          }
        }
      }
      return { imageIds, failures };
    },
  };
}

/** By digest, by tag, or by both where they agree. */
function lookUp(store: ImageStore, repository: Repository, id: sdk.ImageIdentifier): Manifest | undefined {
  const manifest = store.manifest(repository, id.imageDigest ?? id.imageTag ?? '');
  const agrees = id.imageTag === undefined || repository.tags.get(id.imageTag) === manifest?.digest;
  return agrees ? manifest : undefined;
}

function checkPut(
  store: ImageStore,
  repository: Repository,
  manifest: Manifest,
  { imageTag, imageDigest }: sdk.PutImageRequest,
  { accountId }: Call,
): void {
  const where = `in the repository with name '${repository.name}' in the registry with id '${accountId}'`;
  if (imageDigest !== undefined && imageDigest !== manifest.digest) {
    throw new ServiceError(
      'ImageDigestDoesNotMatchException',
      `The provided digest '${imageDigest}' does not match the calculated digest '${manifest.digest}'`,
    );
  }
  const missing = manifest.blobs.filter((digest) => !store.hasBlob(repository, digest));
  if (missing.length > 0) {
    throw new ServiceError('LayersNotFoundException', `Layers ${missing.join(', ')} do not exist ${where}`);
  }
  const known = repository.manifests.has(manifest.digest);
  const tagged = imageTag === undefined ? undefined : repository.tags.get(imageTag);
  if (known && (imageTag === undefined || tagged === manifest.digest)) {
    throw new ServiceError(
      'ImageAlreadyExistsException',
      `Image with digest '${manifest.digest}' and tag '${imageTag ?? 'null'}' already exists ${where}`,
    );
  }
  if (tagged !== undefined && repository.immutableTags) {
    throw new ServiceError(
      'ImageTagAlreadyExistsException',
      `The image tag '${imageTag ?? ''}' already exists in the '${repository.name}' repository and cannot be overwritten because the repository is immutable.`,
    );
  }
}

function describe(repository: Repository, manifest: Manifest, call: Call): sdk.ImageDetail {
  const imageTags = tagsOf(repository, manifest);
  return {
    registryId: call.accountId,
    repositoryName: repository.name,
    imageDigest: manifest.digest,
    ...(imageTags.length === 0 ? {} : { imageTags }),
    imageSizeInBytes: manifest.imageSize,
    imagePushedAt: new Date(manifest.pushedAt),
    imageManifestMediaType: manifest.mediaType,
    ...(manifest.artifactType === undefined ? {} : { artifactMediaType: manifest.artifactType }),
    ...(manifest.subject === undefined ? {} : { subjectManifestDigest: manifest.subject }),
  };
}

function asImage(
  store: ImageStore,
  repository: Repository,
  { digest, mediaType }: Manifest,
  imageTag: string | undefined,
  { accountId }: Call,
): sdk.Image {
  return {
    registryId: accountId,
    repositoryName: repository.name,
    imageId: { imageDigest: digest, ...(imageTag === undefined ? {} : { imageTag }) },
    imageManifest: store.readBlob(digest).toString('utf8'),
    imageManifestMediaType: mediaType,
  };
}

function tagsOf({ tags }: Repository, { digest }: Manifest): string[] {
  return [...tags].flatMap(([tag, of]) => (of === digest ? [tag] : []));
}

function hasTagStatus(status: sdk.TagStatus | undefined, tags: readonly string[]): boolean {
  if (status === 'TAGGED') return tags.length > 0;
  if (status === 'UNTAGGED') return tags.length === 0;
  return true;
}

function isChild({ manifests }: Repository, { digest }: Manifest): boolean {
  return [...manifests.values()].some(({ children }) => children.some((child) => child.digest === digest));
}

function notFound(imageId: sdk.ImageIdentifier): sdk.ImageFailure {
  return { imageId, failureCode: 'ImageNotFound', failureReason: 'Requested image not found' };
}

function isReferenced(imageId: sdk.ImageIdentifier): sdk.ImageFailure {
  return {
    imageId,
    failureCode: 'ImageReferencedByManifestList',
    failureReason: 'Requested image referenced by manifest list',
  };
}
