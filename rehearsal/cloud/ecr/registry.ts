import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Handler } from '../server.ts';
import { digestPattern, type ImageStore, type Repository } from './store.ts';

/** An error of the OCI distribution specification, section "Error codes". */
class RegistryError extends Error {
  readonly statusCode: number;
  readonly code: string;
  readonly detail: unknown;
  constructor(statusCode: number, code: string, message: string, detail: unknown = null) {
    super(message);
    this.statusCode = statusCode;
    this.code = code;
    this.detail = detail;
  }
}

export interface RegistryOptions {
  readonly store: ImageStore;
  readonly password: string;
  readonly now: () => number;
  readonly log: (message: string) => void;
}

const manifestLimitBytes = 4 * 1024 * 1024;
const indexType = 'application/vnd.oci.image.index.v1+json';

/**
 * A registry that speaks the OCI distribution protocol 1.1, as far as pushing, pulling, referrers and deleting go.
 * As on ECR, a repository must have been created before, and the user is `AWS` with the token's password.
 */
export function registryHandler(options: RegistryOptions): Handler {
  return async (request, response) => {
    try {
      await serve(options, request, response);
    } catch (error: unknown) {
      if (!(error instanceof RegistryError) || response.headersSent) throw error;
      if (error.statusCode === 401) response.setHeader('www-authenticate', 'Basic realm="rehearsal"');
      const body = { errors: [{ code: error.code, message: error.message, detail: error.detail }] };
      response.writeHead(error.statusCode, { 'content-type': 'application/json' });
      response.end(request.method === 'HEAD' ? undefined : JSON.stringify(body));
    }
  };
}

const routes: readonly {
  readonly pattern: RegExp;
  readonly serve: (exchange: Exchange, ...captures: string[]) => void | Promise<void>;
}[] = [
  { pattern: /^\/v2\/(.+)\/manifests\/([^/]+)$/, serve: manifests },
  { pattern: /^\/v2\/(.+)\/blobs\/uploads\/$/, serve: beginUpload },
  { pattern: /^\/v2\/(.+)\/blobs\/uploads\/([^/]+)$/, serve: upload },
  { pattern: /^\/v2\/(.+)\/blobs\/([^/]+)$/, serve: blobs },
  { pattern: /^\/v2\/(.+)\/tags\/list$/, serve: tags },
  { pattern: /^\/v2\/(.+)\/referrers\/([^/]+)$/, serve: referrers },
];

interface Exchange {
  readonly options: RegistryOptions;
  readonly store: ImageStore;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly url: URL;
  readonly method: string;
}

async function serve(
  options: RegistryOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  response.setHeader('docker-distribution-api-version', 'registry/2.0');
  const url = new URL(request.url ?? '/', 'http://registry');
  const expected = `Basic ${Buffer.from(`AWS:${options.password}`).toString('base64')}`;
  if (request.headers.authorization !== expected) {
    throw new RegistryError(
      401,
      'UNAUTHORIZED',
      "Your authorization token has expired or is missing. Please run 'aws ecr get-login-password'.",
    );
  }
  const exchange: Exchange = {
    options,
    store: options.store,
    request,
    response,
    url,
    method: request.method ?? 'GET',
  };
  if (url.pathname === '/v2/' || url.pathname === '/v2') {
    response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
    return;
  }
  for (const route of routes) {
    const match = route.pattern.exec(decodeURIComponent(url.pathname));
    if (match !== null) return route.serve(exchange, ...match.slice(1));
  }
  throw new RegistryError(404, 'UNSUPPORTED', `The registry has no ${url.pathname}.`);
}

function repositoryOf(exchange: Exchange, name: string): Repository {
  const repository = exchange.store.repository(name);
  if (repository === undefined) {
    throw new RegistryError(
      404,
      'NAME_UNKNOWN',
      `The repository with name '${name}' does not exist in the registry`,
    );
  }
  return repository;
}

async function manifests(exchange: Exchange, name: string, reference: string): Promise<void> {
  const { store, request, response, method, options } = exchange;
  const repository = repositoryOf(exchange, name);
  switch (method) {
    case 'GET':
    case 'HEAD': {
      const manifest = store.manifest(repository, reference);
      if (manifest === undefined)
        throw new RegistryError(404, 'MANIFEST_UNKNOWN', 'Requested image not found');
      response.writeHead(200, {
        'content-type': manifest.mediaType,
        'content-length': manifest.size,
        'docker-content-digest': manifest.digest,
      });
      response.end(method === 'HEAD' ? undefined : store.readBlob(manifest.digest));
      return;
    }
    case 'PUT': {
      const content = await readAll(request, manifestLimitBytes);
      const isDigest = digestPattern.test(reference);
      if (!isDigest && !/^\w[\w.-]{0,127}$/.test(reference)) {
        throw new RegistryError(400, 'TAG_INVALID', `'${reference}' is not a valid tag.`);
      }
      const mediaType = request.headers['content-type'] ?? 'application/vnd.oci.image.manifest.v1+json';
      checkManifest(store, repository, content);
      const existing = repository.tags[reference];
      const manifest = store.putManifest(repository, content, mediaType, undefined, options.now());
      if (isDigest && manifest.digest !== reference) {
        store.removeManifest(repository, manifest.digest);
        throw new RegistryError(
          400,
          'DIGEST_INVALID',
          `The manifest's digest is ${manifest.digest}, not ${reference}.`,
        );
      }
      if (!isDigest && existing !== undefined && existing !== manifest.digest && repository.immutableTags) {
        throw new RegistryError(
          400,
          'TAG_INVALID',
          `The image tag '${reference}' already exists in the '${name}' repository and cannot be overwritten because the repository is immutable.`,
        );
      }
      if (!isDigest) store.putManifest(repository, content, mediaType, reference, options.now());
      response.writeHead(201, {
        location: `/v2/${name}/manifests/${manifest.digest}`,
        'docker-content-digest': manifest.digest,
        ...(manifest.subject === undefined ? {} : { 'oci-subject': manifest.subject }),
      });
      response.end();
      return;
    }
    case 'DELETE':
      if (!store.removeManifest(repository, reference)) {
        throw new RegistryError(404, 'MANIFEST_UNKNOWN', 'Requested image not found');
      }
      response.writeHead(202).end();
      return;
    default:
      throw new RegistryError(405, 'UNSUPPORTED', `${method} is not supported here.`);
  }
}

/** A manifest is only taken when everything that it names is there. */
function checkManifest(store: ImageStore, repository: Repository, content: Buffer): void {
  let manifest: {
    config?: { digest?: string };
    layers?: { digest?: string }[];
    manifests?: { digest?: string }[];
  };
  try {
    manifest = JSON.parse(content.toString('utf8')) as typeof manifest;
  } catch {
    throw new RegistryError(400, 'MANIFEST_INVALID', 'The manifest is not JSON.');
  }
  for (const digest of [manifest.config?.digest, ...(manifest.layers ?? []).map((layer) => layer.digest)]) {
    if (digest !== undefined && !store.hasBlob(digest)) {
      throw new RegistryError(404, 'MANIFEST_BLOB_UNKNOWN', `The blob ${digest} is not in the registry.`, {
        digest,
      });
    }
  }
  for (const { digest } of manifest.manifests ?? []) {
    if (digest !== undefined && repository.manifests[digest] === undefined) {
      throw new RegistryError(
        404,
        'MANIFEST_BLOB_UNKNOWN',
        `The manifest ${digest} is not in the repository.`,
        { digest },
      );
    }
  }
}

function blobs(exchange: Exchange, name: string, digest: string): void {
  const { store, request, response, method } = exchange;
  repositoryOf(exchange, name);
  if (!digestPattern.test(digest))
    throw new RegistryError(400, 'DIGEST_INVALID', `${digest} is not a digest.`);
  if (!store.hasBlob(digest))
    throw new RegistryError(404, 'BLOB_UNKNOWN', `The blob ${digest} is not in the registry.`);
  if (method !== 'GET' && method !== 'HEAD')
    throw new RegistryError(405, 'UNSUPPORTED', `${method} is not supported here.`);
  const size = store.blobSize(digest);
  const headers = {
    'content-type': 'application/octet-stream',
    'docker-content-digest': digest,
    'accept-ranges': 'bytes',
  };
  const range = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '');
  if (range !== null && method === 'GET') {
    const start = Number(range[1]);
    const end = range[2] === '' ? size - 1 : Math.min(Number(range[2]), size - 1);
    if (start > end) throw new RegistryError(416, 'SIZE_INVALID', `The blob has ${size} bytes.`);
    response.writeHead(206, {
      ...headers,
      'content-length': end - start + 1,
      'content-range': `bytes ${start}-${end}/${size}`,
    });
    store.openBlob(digest, { start, end }).pipe(response);
    return;
  }
  response.writeHead(200, { ...headers, 'content-length': size });
  if (method === 'HEAD') response.end();
  else store.openBlob(digest).pipe(response);
}

async function beginUpload(exchange: Exchange, name: string): Promise<void> {
  const { store, request, response, method, url } = exchange;
  repositoryOf(exchange, name);
  if (method !== 'POST') throw new RegistryError(405, 'UNSUPPORTED', `${method} is not supported here.`);
  const mount = url.searchParams.get('mount');
  if (mount !== null && store.hasBlob(mount)) {
    response.writeHead(201, { location: `/v2/${name}/blobs/${mount}`, 'docker-content-digest': mount }).end();
    return;
  }
  const id = store.beginUpload();
  const digest = url.searchParams.get('digest');
  if (digest !== null) {
    await store.append(id, request);
    return finishUpload(exchange, name, id, digest);
  }
  response
    .writeHead(202, { location: `/v2/${name}/blobs/uploads/${id}`, range: '0-0', 'docker-upload-uuid': id })
    .end();
}

async function upload(exchange: Exchange, name: string, id: string): Promise<void> {
  const { store, request, response, method, url } = exchange;
  repositoryOf(exchange, name);
  const size = store.uploadSize(id);
  if (size === undefined) throw new RegistryError(404, 'BLOB_UPLOAD_UNKNOWN', `There is no upload ${id}.`);
  switch (method) {
    case 'GET':
      response
        .writeHead(204, {
          location: url.pathname,
          range: `0-${Math.max(0, size - 1)}`,
          'docker-upload-uuid': id,
        })
        .end();
      return;
    case 'PATCH': {
      const start = /^(?:bytes[= ])?(\d+)-/.exec(request.headers['content-range'] ?? '')?.[1];
      if (start !== undefined && Number(start) !== size) {
        throw new RegistryError(
          416,
          'BLOB_UPLOAD_INVALID',
          `The upload has ${size} bytes, and the chunk starts at ${start}.`,
        );
      }
      const total = await store.append(id, request);
      response
        .writeHead(202, {
          location: url.pathname,
          range: `0-${Math.max(0, total - 1)}`,
          'docker-upload-uuid': id,
        })
        .end();
      return;
    }
    case 'PUT': {
      await store.append(id, request);
      return finishUpload(exchange, name, id, url.searchParams.get('digest') ?? '');
    }
    case 'DELETE':
      store.cancelUpload(id);
      response.writeHead(204).end();
      return;
    default:
      throw new RegistryError(405, 'UNSUPPORTED', `${method} is not supported here.`);
  }
}

async function finishUpload(
  { store, response }: Exchange,
  name: string,
  id: string,
  wanted: string,
): Promise<void> {
  if (!digestPattern.test(wanted)) {
    store.cancelUpload(id);
    throw new RegistryError(400, 'DIGEST_INVALID', `'${wanted}' is not a digest.`);
  }
  const digest = await store.finishUpload(id, wanted);
  if (digest !== wanted) {
    throw new RegistryError(400, 'DIGEST_INVALID', `The content's digest is ${digest}, not ${wanted}.`);
  }
  response.writeHead(201, { location: `/v2/${name}/blobs/${digest}`, 'docker-content-digest': digest }).end();
}

function tags(exchange: Exchange, name: string): void {
  const { response, url } = exchange;
  const all = Object.keys(repositoryOf(exchange, name).tags).sort();
  const last = url.searchParams.get('last');
  const from = last === null ? all : all.filter((tag) => tag > last);
  const limit = Number(url.searchParams.get('n') ?? from.length);
  const page = from.slice(0, limit);
  const next =
    from.length > page.length
      ? { link: `</v2/${name}/tags/list?n=${limit}&last=${page.at(-1) ?? ''}>; rel="next"` }
      : {};
  response
    .writeHead(200, { 'content-type': 'application/json', ...next })
    .end(JSON.stringify({ name, tags: page }));
}

function referrers(exchange: Exchange, name: string, digest: string): void {
  const { response, url } = exchange;
  const repository = repositoryOf(exchange, name);
  if (!digestPattern.test(digest))
    throw new RegistryError(400, 'DIGEST_INVALID', `${digest} is not a digest.`);
  const type = url.searchParams.get('artifactType');
  const found = Object.values(repository.manifests)
    .filter((manifest) => manifest.subject === digest)
    .filter((manifest) => type === null || manifest.artifactType === type)
    .map(({ mediaType, digest: own, size, artifactType, annotations }) => ({
      mediaType,
      digest: own,
      size,
      artifactType,
      annotations,
    }));
  response.writeHead(200, {
    'content-type': indexType,
    ...(type === null ? {} : { 'oci-filters-applied': 'artifactType' }),
  });
  response.end(JSON.stringify({ schemaVersion: 2, mediaType: indexType, manifests: found }));
}

async function readAll(request: IncomingMessage, limit: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > limit) throw new RegistryError(413, 'SIZE_INVALID', `A manifest has at most ${limit} bytes.`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
