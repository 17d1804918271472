import { notSupported, RegistryError, type Exchange } from './exchange.ts';
import { digestPattern } from './store.ts';

/** `POST /v2/<name>/blobs/uploads/`: mounts a blob of another repository, takes a whole one, or begins an upload. */
export async function beginUpload(exchange: Exchange): Promise<void> {
  const { store, repository, request, response, method, url } = exchange;
  if (method !== 'POST') throw notSupported(method);
  const mount = url.searchParams.get('mount');
  if (mount !== null) {
    const from = store.repository(url.searchParams.get('from') ?? '');
    if (store.mount(from, repository, mount)) {
      created(exchange, mount);
      return;
    }
  }
  const id = store.beginUpload();
  const digest = url.searchParams.get('digest');
  if (digest !== null) {
    await store.append(id, request);
    return finish(exchange, id, digest);
  }
  response
    .writeHead(202, {
      location: `/v2/${repository.name}/blobs/uploads/${id}`,
      range: '0-0',
      'docker-upload-uuid': id,
    })
    .end();
}

/** `/v2/<name>/blobs/uploads/<id>`: chunks, the last one, how far it is, and giving up. */
export async function upload(exchange: Exchange, id: string): Promise<void> {
  const { store, request, response, method, url } = exchange;
  const size = store.uploadSize(id);
  if (size === undefined) throw new RegistryError(404, 'BLOB_UPLOAD_UNKNOWN', `There is no upload ${id}.`);
  const progress = (total: number): Record<string, string> => ({
    location: url.pathname,
    range: `0-${Math.max(0, total - 1)}`,
    'docker-upload-uuid': id,
  });
  switch (method) {
    case 'GET':
      response.writeHead(204, progress(size)).end();
      return;
    case 'PATCH':
      checkStart(request.headers['content-range'], size);
      response.writeHead(202, progress(await store.append(id, request))).end();
      return;
    case 'PUT':
      checkStart(request.headers['content-range'], size);
      await store.append(id, request);
      return finish(exchange, id, url.searchParams.get('digest') ?? '');
    case 'DELETE':
      store.cancelUpload(id);
      response.writeHead(204).end();
      return;
    default:
      throw notSupported(method);
  }
}

/** Chunks have to come in order. */
function checkStart(contentRange: string | undefined, size: number): void {
  const start = /^(?:bytes[= ])?(\d+)-/.exec(contentRange ?? '')?.[1];
  if (start === undefined || Number(start) === size) return;
  throw new RegistryError(
    416,
    'BLOB_UPLOAD_INVALID',
    `The upload has ${size} bytes, and the chunk starts at ${start}.`,
  );
}

async function finish(exchange: Exchange, id: string, wanted: string): Promise<void> {
  const { store, repository } = exchange;
  if (!digestPattern.test(wanted)) {
    store.cancelUpload(id);
    throw new RegistryError(400, 'DIGEST_INVALID', `'${wanted}' is not a sha256 digest.`);
  }
  const digest = await store.finishUpload(id, repository, wanted);
  if (digest !== wanted) {
    throw new RegistryError(400, 'DIGEST_INVALID', `The content's digest is ${digest}, not ${wanted}.`);
  }
  created(exchange, digest);
}

function created({ repository, response }: Exchange, digest: string): void {
  response
    .writeHead(201, {
      location: `/v2/${repository.name}/blobs/${digest}`,
      'docker-content-digest': digest,
    })
    .end();
}
