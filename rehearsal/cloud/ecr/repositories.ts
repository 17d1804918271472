import type * as sdk from '@aws-sdk/client-ecr';
import type { ImageStore, Repository } from '../registry/store.ts';
import { pageOf } from '../wire/page.ts';
import { ServiceError, type Call } from '../wire/service.ts';
import { asTags, byKey } from '../wire/tags.ts';
import { invalidParameter, invalidToken, repositoryOf } from './errors.ts';

const namePattern = /^(?:[a-z0-9]+(?:[._-][a-z0-9]+)*\/)*[a-z0-9]+(?:[._-][a-z0-9]+)*$/;

/** Repositories: made, listed, tagged, deleted. */
export function repositoryOperations(store: ImageStore, registryHost: () => string, now: () => number) {
  const describe = (repository: Repository, call: Call): sdk.Repository => ({
    repositoryArn: arnOf(repository, call),
    registryId: call.accountId,
    repositoryName: repository.name,
    repositoryUri: `${registryHost()}/${repository.name}`,
    createdAt: new Date(repository.createdAt),
    imageTagMutability: repository.immutableTags ? 'IMMUTABLE' : 'MUTABLE',
    imageScanningConfiguration: { scanOnPush: false },
    encryptionConfiguration: { encryptionType: 'AES256' },
  });
  const byArn = (arn: string | undefined, call: Call): Repository =>
    repositoryOf(store, (arn ?? '').replace(/^.*:repository\//, ''), call);

  return {
    CreateRepository: (input: sdk.CreateRepositoryRequest, call: Call): sdk.CreateRepositoryResponse => {
      const name = input.repositoryName ?? '';
      if (name.length < 2 || name.length > 256 || !namePattern.test(name)) {
        throw invalidParameter(
          `Invalid parameter at 'repositoryName' failed to satisfy constraint: 'must satisfy regular expression '${namePattern.source}''`,
        );
      }
      if (store.repository(name) !== undefined) {
        throw new ServiceError(
          'RepositoryAlreadyExistsException',
          `The repository with name '${name}' already exists in the registry with id '${call.accountId}'`,
        );
      }
      const repository = store.create(name, {
        now: now(),
        immutableTags: isImmutable(input.imageTagMutability),
        resourceTags: byKey(input.tags),
      });
      return { repository: describe(repository, call) };
    },

    DescribeRepositories: (
      input: sdk.DescribeRepositoriesRequest,
      call: Call,
    ): sdk.DescribeRepositoriesResponse => {
      const wanted =
        input.repositoryNames?.map((name) => repositoryOf(store, name, call)) ?? store.repositories();
      const { items, token } = pageOf(wanted, input.maxResults ?? 100, input.nextToken, invalidToken);
      return { ...token, repositories: items.map((repository) => describe(repository, call)) };
    },

    DeleteRepository: (input: sdk.DeleteRepositoryRequest, call: Call): sdk.DeleteRepositoryResponse => {
      const repository = repositoryOf(store, input.repositoryName, call);
      if (repository.manifests.size > 0 && input.force !== true) {
        throw new ServiceError(
          'RepositoryNotEmptyException',
          `The repository with name '${repository.name}' in registry with id '${call.accountId}' cannot be deleted because it still contains images`,
        );
      }
      store.remove(repository.name);
      return { repository: describe(repository, call) };
    },

    PutImageTagMutability: (
      input: sdk.PutImageTagMutabilityRequest,
      call: Call,
    ): sdk.PutImageTagMutabilityResponse => {
      const repository = repositoryOf(store, input.repositoryName, call);
      repository.immutableTags = isImmutable(input.imageTagMutability);
      return {
        registryId: call.accountId,
        repositoryName: repository.name,
        imageTagMutability: repository.immutableTags ? 'IMMUTABLE' : 'MUTABLE',
      };
    },

    TagResource: ({ resourceArn, tags }: sdk.TagResourceRequest, call: Call): object => {
      Object.assign(byArn(resourceArn, call).resourceTags, byKey(tags));
      return {};
    },

    UntagResource: ({ resourceArn, tagKeys = [] }: sdk.UntagResourceRequest, call: Call): object => {
      const { resourceTags } = byArn(resourceArn, call);
      for (const key of tagKeys) Reflect.deleteProperty(resourceTags, key);
      return {};
    },

    ListTagsForResource: (
      { resourceArn }: sdk.ListTagsForResourceRequest,
      call: Call,
    ): sdk.ListTagsForResourceResponse => ({ tags: asTags(byArn(resourceArn, call).resourceTags) }),
  };
}

function arnOf({ name }: Repository, { region, accountId }: Call): string {
  return `arn:aws:ecr:${region}:${accountId}:repository/${name}`;
}

/** Exclusion filters (`…_WITH_EXCLUSION`) are not kept here, so they are not taken. */
function isImmutable(mutability: string | undefined): boolean {
  switch (mutability ?? 'MUTABLE') {
    case 'MUTABLE':
      return false;
    case 'IMMUTABLE':
      return true;
    default:
      throw invalidParameter(
        `Invalid parameter at 'imageTagMutability' failed to satisfy constraint: the rehearsal has 'MUTABLE' and 'IMMUTABLE', not '${String(mutability)}'`,
      );
  }
}
