import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Handler } from '../server.ts';
import { blobs } from './blobs.ts';
import { RegistryError, type Exchange } from './exchange.ts';
import { referrers, tags } from './listings.ts';
import { manifests } from './manifests.ts';
import type { ImageStore } from './store.ts';
import { signature, type RegistryTokens } from './tokens.ts';
import { beginUpload, upload } from './uploads.ts';

export interface RegistryOptions {
  readonly store: ImageStore;
  readonly tokens: RegistryTokens;
  readonly now: () => number;
}

const routes: readonly {
  readonly pattern: RegExp;
  readonly serve: (exchange: Exchange, reference: string) => void | Promise<void>;
}[] = [
  { pattern: /^\/v2\/(.+)\/manifests\/([^/]+)$/, serve: manifests },
  { pattern: /^\/v2\/(.+)\/blobs\/uploads\/?$/, serve: beginUpload },
  { pattern: /^\/v2\/(.+)\/blobs\/uploads\/([^/]+)$/, serve: upload },
  { pattern: /^\/v2\/(.+)\/blobs\/([^/]+)$/, serve: blobs },
  { pattern: /^\/v2\/(.+)\/tags\/list$/, serve: tags },
  { pattern: /^\/v2\/(.+)\/referrers\/([^/]+)$/, serve: referrers },
];

/**
 * A registry that speaks the OCI distribution protocol 1.1: push, pull, referrers, listing, deleting. As on ECR, a
 * repository must have been created before, and the user is `AWS` with a token's password.
 */
export function registryHandler(options: RegistryOptions): Handler {
  return async (request, response) => {
    response.setHeader('docker-distribution-api-version', 'registry/2.0');
    try {
      await route(options, request, response);
    } catch (error: unknown) {
      if (!(error instanceof RegistryError) || response.headersSent) throw error;
      if (error.statusCode === 401) {
        response.setHeader('www-authenticate', 'Basic realm="rehearsal",service="ecr.amazonaws.com"');
      }
      const body = { errors: [{ code: error.code, message: error.message, detail: error.detail }] };
      response.writeHead(error.statusCode, { 'content-type': 'application/json' });
      response.end(request.method === 'HEAD' ? undefined : JSON.stringify(body));
    }
  };
}

async function route(
  { store, tokens, now }: RegistryOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://registry');
  const signed = /^(GET|HEAD)$/.test(request.method ?? '') ? url.searchParams.get(signature) : undefined;
  if (!tokens.accepts(request.headers.authorization, signed)) {
    throw new RegistryError(
      401,
      'UNAUTHORIZED',
      'Your authorization token has expired or is wrong. GetAuthorizationToken of ECR gives another.',
    );
  }
  if (/^\/v2\/?$/.test(url.pathname)) {
    response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
    return;
  }
  for (const { pattern, serve } of routes) {
    // Names, tags and digests need no escapes but of the colon.
    const match = pattern.exec(url.pathname.replace(/%3a/gi, ':'));
    if (match === null) continue;
    const [, name = '', reference = ''] = match;
    const repository = store.repository(name);
    if (repository === undefined) {
      throw new RegistryError(
        404,
        'NAME_UNKNOWN',
        `The repository with name '${name}' does not exist in the registry`,
        { name },
      );
    }
    const method = request.method ?? 'GET';
    await serve({ store, repository, request, response, url, method, now }, reference);
    return;
  }
  throw new RegistryError(404, 'UNSUPPORTED', `The registry has no ${url.pathname}.`);
}
