import * as sdk from '@aws-sdk/client-ecr';
import type { ImageStore } from '../registry/store.ts';
import { signature, type RegistryTokens } from '../registry/tokens.ts';
import type { Call, Service } from '../wire/service.ts';
import { invalidParameter, layerNotFound, repositoryOf } from './errors.ts';
import { imageOperations } from './images.ts';
import { repositoryOperations } from './repositories.ts';

export interface EcrOptions {
  readonly store: ImageStore;
  readonly tokens: RegistryTokens;
  /** `127.0.0.1:4482`, known once the registry listens. */
  readonly registryHost: () => string;
  readonly now: () => number;
}

/** ECR's API. The images themselves travel through the registry (`../registry`). */
export function createEcr({ store, tokens, registryHost, now }: EcrOptions): Service {
  return {
    id: 'ecr',
    protocol: { kind: 'awsJson', version: '1.1', targetPrefix: 'AmazonEC2ContainerRegistry_V20150921' },
    schemas: {
      BatchDeleteImage: sdk.BatchDeleteImage$,
      BatchGetImage: sdk.BatchGetImage$,
      CreateRepository: sdk.CreateRepository$,
      DeleteRepository: sdk.DeleteRepository$,
      DescribeImages: sdk.DescribeImages$,
      DescribeRepositories: sdk.DescribeRepositories$,
      GetAuthorizationToken: sdk.GetAuthorizationToken$,
      GetDownloadUrlForLayer: sdk.GetDownloadUrlForLayer$,
      ListImages: sdk.ListImages$,
      ListTagsForResource: sdk.ListTagsForResource$,
      PutImage: sdk.PutImage$,
      PutImageTagMutability: sdk.PutImageTagMutability$,
      TagResource: sdk.TagResource$,
      UntagResource: sdk.UntagResource$,
    },
    missingMember: (path) =>
      invalidParameter(
        `Invalid parameter at '${path}' failed to satisfy constraint: 'Member must not be null'`,
      ),
    operations: {
      ...repositoryOperations(store, registryHost, now),
      ...imageOperations(store, now),
      GetAuthorizationToken: (): sdk.GetAuthorizationTokenResponse => {
        const { password, expiresAt } = tokens.issue();
        return {
          authorizationData: [
            {
              authorizationToken: Buffer.from(`AWS:${password}`).toString('base64'),
              expiresAt: new Date(expiresAt),
              proxyEndpoint: `http://${registryHost()}`,
            },
          ],
        };
      },

      GetDownloadUrlForLayer: (
        input: sdk.GetDownloadUrlForLayerRequest,
        call: Call,
      ): sdk.GetDownloadUrlForLayerResponse => {
        const { layerDigest = '' } = input;
        const repository = repositoryOf(store, input.repositoryName, call);
        if (!store.hasBlob(repository, layerDigest)) throw layerNotFound(repository, layerDigest, call);
        const { password } = tokens.issue();
        return {
          layerDigest,
          downloadUrl: `http://${registryHost()}/v2/${repository.name}/blobs/${layerDigest}?${signature}=${password}`,
        };
      },
    },
  };
}
