import type { IncomingMessage } from 'node:http';
import { notSupported, RegistryError, type Exchange } from './exchange.ts';
import { readManifest, type Manifest } from './manifest.ts';
import { digestPattern } from './store.ts';

/** As the distribution specification asks of registries at least, and ECR takes at most. */
const limitBytes = 4 * 1024 * 1024;
const tagPattern = /^\w[\w.-]{0,127}$/;

/** `/v2/<name>/manifests/<tag or digest>` */
export async function manifests(exchange: Exchange, reference: string): Promise<void> {
  const { store, repository, response, method } = exchange;
  switch (method) {
    case 'GET':
    case 'HEAD': {
      const manifest = store.manifest(repository, reference);
      if (manifest === undefined) throw unknown(reference);
      response.writeHead(200, {
        'content-type': manifest.mediaType,
        'content-length': manifest.size,
        'docker-content-digest': manifest.digest,
      });
      response.end(method === 'HEAD' ? undefined : store.readBlob(manifest.digest));
      return;
    }
    case 'PUT':
      return put(exchange, reference);
    case 'DELETE':
      if (!store.removeManifest(repository, reference)) throw unknown(reference);
      response.writeHead(202).end();
      return;
    default:
      throw notSupported(method);
  }
}

async function put(exchange: Exchange, reference: string): Promise<void> {
  const { store, repository, request, response, now } = exchange;
  const content = await readAll(request);
  const manifest = readManifest(content, request.headers['content-type'], now());
  if (typeof manifest === 'string') throw new RegistryError(400, 'MANIFEST_INVALID', manifest);
  const tag = digestPattern.test(reference) ? undefined : reference;
  checkReference(exchange, reference, tag, manifest);
  checkComplete(exchange, manifest);
  store.putManifest(repository, manifest, content, tag);
  response.writeHead(201, {
    location: `/v2/${repository.name}/manifests/${manifest.digest}`,
    'docker-content-digest': manifest.digest,
    ...(manifest.subject === undefined ? {} : { 'oci-subject': manifest.subject }),
  });
  response.end();
}

function checkReference(
  { repository }: Exchange,
  reference: string,
  tag: string | undefined,
  { digest }: Manifest,
): void {
  if (tag === undefined) {
    if (digest === reference) return;
    throw new RegistryError(400, 'DIGEST_INVALID', `The manifest's digest is ${digest}, not ${reference}.`);
  }
  if (!tagPattern.test(tag)) {
    throw new RegistryError(400, 'TAG_INVALID', `'${tag}' is neither a tag nor a sha256 digest.`);
  }
  const present = repository.tags.get(tag);
  if (repository.immutableTags && present !== undefined && present !== digest) {
    throw new RegistryError(
      400,
      'TAG_INVALID',
      `The image tag '${tag}' already exists in the '${repository.name}' repository and cannot be overwritten because the repository is immutable.`,
    );
  }
}

/** A manifest is only taken when everything that it names is there. */
function checkComplete({ store, repository }: Exchange, { blobs, children }: Manifest): void {
  const missing =
    blobs.find((digest) => !store.hasBlob(repository, digest)) ??
    children.find(({ digest }) => !repository.manifests.has(digest))?.digest;
  if (missing === undefined) return;
  throw new RegistryError(
    404,
    'MANIFEST_BLOB_UNKNOWN',
    `The manifest names ${missing}, which is not in the repository.`,
    { digest: missing },
  );
}

function unknown(reference: string): RegistryError {
  return new RegistryError(404, 'MANIFEST_UNKNOWN', 'Requested image not found', { reference });
}

async function readAll(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > limitBytes) {
      throw new RegistryError(413, 'SIZE_INVALID', `A manifest has at most ${limitBytes} bytes.`);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
