import { notSupported, RegistryError, type Exchange } from './exchange.ts';
import { indexType } from './manifest.ts';
import { digestPattern } from './store.ts';

/** `GET /v2/<name>/tags/list?n=&last=` */
export function tags({ repository, response, method, url }: Exchange): void {
  if (method !== 'GET') throw notSupported(method);
  const last = url.searchParams.get('last') ?? '';
  const rest = [...repository.tags.keys()].sort().filter((tag) => tag > last);
  const limit = Number(url.searchParams.get('n') ?? rest.length);
  if (!Number.isInteger(limit) || limit < 0) {
    throw new RegistryError(400, 'PAGINATION_NUMBER_INVALID', `n is not a number of tags: ${url.search}`);
  }
  const page = rest.slice(0, limit);
  const more = rest.length > page.length && page.length > 0;
  const next = `</v2/${repository.name}/tags/list?n=${limit}&last=${page.at(-1) ?? ''}>; rel="next"`;
  response.writeHead(200, { 'content-type': 'application/json', ...(more ? { link: next } : {}) });
  response.end(JSON.stringify({ name: repository.name, tags: page }));
}

/** `GET /v2/<name>/referrers/<digest>?artifactType=`: the manifests that are about another, as an index. */
export function referrers({ repository, response, method, url }: Exchange, subject: string): void {
  if (method !== 'GET') throw notSupported(method);
  if (!digestPattern.test(subject)) {
    throw new RegistryError(400, 'DIGEST_INVALID', `'${subject}' is not a sha256 digest.`);
  }
  const type = url.searchParams.get('artifactType');
  const manifests = [...repository.manifests.values()]
    .filter((manifest) => manifest.subject === subject)
    .filter(({ artifactType }) => type === null || artifactType === type)
    .map(({ mediaType, digest, size, artifactType, annotations }) => ({
      mediaType,
      digest,
      size,
      artifactType,
      annotations,
    }));
  response.writeHead(200, {
    'content-type': indexType,
    ...(type === null ? {} : { 'oci-filters-applied': 'artifactType' }),
  });
  response.end(JSON.stringify({ schemaVersion: 2, mediaType: indexType, manifests }));
}
