import type { Release } from '../../model.ts';
import { nodeId, type Addresses, type Schemas } from './addresses.ts';
import { user } from './user.ts';

export function release(at: Addresses, record: Release): Schemas['release'] {
  const url = `${at.api}/releases/${record.id}`;
  const tag = encodeURIComponent(record.tag);
  return {
    url,
    id: record.id,
    node_id: nodeId('Release', record.id),
    html_url: `${at.page}/releases/tag/${tag}`,
    assets_url: `${url}/assets`,
    upload_url: `${url}/assets{?name,label}`,
    tarball_url: record.draft ? null : `${at.api}/tarball/${tag}`,
    zipball_url: record.draft ? null : `${at.api}/zipball/${tag}`,
    tag_name: record.tag,
    target_commitish: record.target,
    name: record.name,
    body: record.body,
    draft: record.draft,
    prerelease: record.prerelease,
    created_at: record.createdAt,
    updated_at: record.updatedAt,
    published_at: record.publishedAt ?? null,
    author: user(at, record.author),
    assets: [],
  };
}
