import type { components } from '@octokit/openapi-types';
import type { Repository } from '../../model.ts';

export type Schemas = components['schemas'];

/** Where things are: as API resources and as pages. */
export interface Addresses {
  readonly repository: Repository;
  /** `http://127.0.0.1:4480` */
  readonly serverUrl: string;
  /** `rehearsal/shop` */
  readonly fullName: string;
  /** The repository as an API resource: `…/api/v3/repos/rehearsal/shop` */
  readonly api: string;
  /** The repository's page: `…/rehearsal/shop` */
  readonly page: string;
}

export function addresses(repository: Repository, serverUrl: string): Addresses {
  const fullName = `${repository.owner}/${repository.name}`;
  return {
    repository,
    serverUrl,
    fullName,
    api: `${serverUrl}/api/v3/repos/${fullName}`,
    page: `${serverUrl}/${fullName}`,
  };
}

/** An opaque id of GitHub's GraphQL API. There is none here; clients only hand it on. */
export function nodeId(kind: string, id: number | string): string {
  return Buffer.from(`${kind}:${id}`).toString('base64');
}
