import * as sdk from '@aws-sdk/client-ecr';
import type { ImageStore } from '../registry/store.ts';
import type { RegistryTokens } from '../registry/tokens.ts';
import type { Service } from '../wire/service.ts';
import { invalidParameter } from './errors.ts';
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
    },
  };
}
