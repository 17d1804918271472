import { pipeline } from 'node:stream/promises';
import { notSupported, RegistryError, type Exchange } from './exchange.ts';

/** `/v2/<name>/blobs/<digest>` */
export async function blobs(exchange: Exchange, digest: string): Promise<void> {
  const { store, repository, request, response, method } = exchange;
  if (!store.hasBlob(repository, digest)) {
    throw new RegistryError(404, 'BLOB_UNKNOWN', `The blob ${digest} is not in the repository.`, { digest });
  }
  if (method === 'DELETE') {
    repository.blobs.delete(digest);
    response.writeHead(202).end();
    return;
  }
  if (method !== 'GET' && method !== 'HEAD') throw notSupported(method);
  const size = store.blobSize(digest);
  const headers = {
    'content-type': 'application/octet-stream',
    'docker-content-digest': digest,
    'accept-ranges': 'bytes',
  };
  const range = method === 'GET' ? rangeOf(request.headers.range, size) : undefined;
  if (range === undefined) response.writeHead(200, { ...headers, 'content-length': size });
  else {
    response.writeHead(206, {
      ...headers,
      'content-length': range.end - range.start + 1,
      'content-range': `bytes ${range.start}-${range.end}/${size}`,
    });
  }
  if (method === 'HEAD') response.end();
  else await pipeline(store.openBlob(digest, range), response);
}

/** One range: from a byte on, between two, or the last so many. Other forms are answered with the whole. */
function rangeOf(header: string | undefined, size: number): { start: number; end: number } | undefined {
  const [, first, last] = /^bytes=(\d*)-(\d*)$/.exec(header ?? '') ?? [];
  if (first === undefined || last === undefined || `${first}${last}` === '') return undefined;
  const start = first === '' ? Math.max(0, size - Number(last)) : Number(first);
  const end = first === '' || last === '' ? size - 1 : Math.min(Number(last), size - 1);
  if (start <= end) return { start, end };
  throw new RegistryError(416, 'SIZE_INVALID', `The blob has ${size} bytes.`);
}
