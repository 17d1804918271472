import { errorMessage, Failure, retry, type RetryPolicy, sleep } from '../../github/index.ts';
import { type Blob, type Descriptor, mediaTypes, type Package, sha256 } from '../oci.ts';
import { isLoopback, type Repository } from '../reference.ts';
import { RegistryError } from './error.ts';

export interface Credentials {
  readonly username: string;
  readonly password: string;
}

export interface RegistryOptions {
  readonly repository: Repository;
  /** Asked again when the registry no longer accepts what it was given. */
  readonly credentials?: () => Promise<Credentials>;
  readonly fetch?: typeof fetch;
  readonly retry?: RetryPolicy;
  readonly signal?: AbortSignal;
}

/** A repository of a registry, over the OCI distribution protocol 1.1. */
export interface Registry {
  /** What a tag or digest names, or `undefined` where it names nothing. */
  resolve(reference: string): Promise<Descriptor | undefined>;
  manifest(reference: string): Promise<Uint8Array<ArrayBuffer>>;
  blob(digest: string): Promise<Uint8Array<ArrayBuffer>>;
  /** Uploads what the registry does not have, then the manifest under its digest or under a tag. */
  push(content: Package, tag?: string): Promise<void>;
  /** Lets a tag name a manifest that the registry has; does nothing where it does already. */
  tag(digest: string, tag: string): Promise<void>;
  /** The artefacts about a digest, however many pages the registry makes of them. */
  referrers(digest: string, artifactType: string): Promise<readonly Descriptor[]>;
}

const accepted = [
  mediaTypes.manifest,
  mediaTypes.index,
  mediaTypes.dockerManifest,
  mediaTypes.dockerIndex,
].join(', ');

/** Every call of the protocol is safe to repeat: content goes by its digest. */
const defaultRetry: RetryPolicy = {
  attempts: 4,
  baseMs: 300,
  isTransient: (error) => !(error instanceof RegistryError) || error.status >= 500 || error.status === 429,
  sleep,
  random: Math.random,
};

const requestTimeoutMs = 120_000;

export function openRegistry(options: RegistryOptions): Registry {
  const { repository, retry: policy = defaultRetry } = options;
  const request = requester(options);
  const attempt = <T>(operation: () => Promise<T>): Promise<T> =>
    retry(operation, { ...policy, ...(options.signal === undefined ? {} : { signal: options.signal }) });

  const resolve = (reference: string): Promise<Descriptor | undefined> =>
    attempt(async () => {
      const response = await request(`manifests/${reference}`, {
        method: 'HEAD',
        headers: { accept: accepted },
        missing: true,
      });
      if (response.status === 404) return undefined;
      const digest = response.headers.get('docker-content-digest');
      if (digest === null) throw new RegistryError(response.status, 'no Docker-Content-Digest in the answer');
      return {
        digest,
        mediaType: response.headers.get('content-type') ?? mediaTypes.manifest,
        size: Number(response.headers.get('content-length') ?? 0),
      };
    });

  const read = (path: string, accept: string): Promise<Uint8Array<ArrayBuffer>> =>
    attempt(async () => new Uint8Array(await (await request(path, { headers: { accept } })).arrayBuffer()));

  const hasBlob = async (digest: string): Promise<boolean> =>
    (await request(`blobs/${digest}`, { method: 'HEAD', missing: true })).status === 200;

  const upload = async (blob: Blob): Promise<void> => {
    if (await hasBlob(blob.digest)) return;
    const started = await request('blobs/uploads/', { method: 'POST', headers: { 'content-length': '0' } });
    const content = await blob.read();
    const patched = await request(locationOf(started), {
      method: 'PATCH',
      headers: {
        'content-type': 'application/octet-stream',
        'content-length': String(blob.size),
        'content-range': `0-${blob.size - 1}`,
      },
      body: content,
    });
    const end = new URL(locationOf(patched));
    end.searchParams.set('digest', blob.digest);
    await request(end.href, { method: 'PUT', headers: { 'content-length': '0' } });
  };

  const putManifest = (
    reference: string,
    manifest: Uint8Array<ArrayBuffer>,
    mediaType: string,
  ): Promise<void> =>
    attempt(async () => {
      await request(`manifests/${reference}`, {
        method: 'PUT',
        headers: { 'content-type': mediaType },
        body: manifest,
      });
    });

  return {
    resolve,
    manifest: async (reference) => {
      const content = await read(`manifests/${reference}`, accepted);
      return verified(content, reference);
    },
    blob: async (digest) => verified(await read(`blobs/${digest}`, '*/*'), digest),
    push: async (content, tag) => {
      await Promise.all(content.blobs.map((blob) => attempt(() => upload(blob))));
      await putManifest(tag ?? content.digest, content.manifest, content.mediaType);
    },
    tag: async (digest, tag) => {
      // A registry with immutable tags refuses even to repeat one.
      if ((await resolve(tag))?.digest === digest) return;
      const manifest = verified(await read(`manifests/${digest}`, accepted), digest);
      const { mediaType = mediaTypes.manifest } = JSON.parse(Buffer.from(manifest).toString()) as {
        mediaType?: string;
      };
      await putManifest(tag, manifest, mediaType);
    },
    referrers: (digest, artifactType) =>
      attempt(async () => {
        const found: Descriptor[] = [];
        let page: string | undefined = `referrers/${digest}?artifactType=${encodeURIComponent(artifactType)}`;
        while (page !== undefined) {
          const response = await request(page, { missing: true });
          if (response.status === 404) break;
          const { manifests = [] } = (await response.json()) as { manifests?: readonly Descriptor[] };
          found.push(...manifests.filter((each) => each.artifactType === artifactType));
          page = nextPage(response, repository);
        }
        return found;
      }),
  };

  function locationOf(response: Response): string {
    const location = response.headers.get('location');
    if (location === null) throw new RegistryError(response.status, 'no Location in the answer to an upload');
    // Absolute, or relative to the registry.
    return new URL(location, baseOf(repository)).href;
  }

  function verified(content: Uint8Array<ArrayBuffer>, reference: string): Uint8Array<ArrayBuffer> {
    if (reference.startsWith('sha256:') && sha256(content) !== reference) {
      throw new Failure('The registry gave other content than what was asked for', {
        where: `${repository.registry}/${repository.name}@${reference}`,
        why: `it has the digest ${sha256(content)}`,
      });
    }
    return content;
  }
}

/**
 * The next page of a list, where there is one; registries cut theirs where they like.
 * https://github.com/opencontainers/distribution-spec/blob/main/spec.md#listing-referrers
 */
function nextPage(response: Response, repository: Repository): string | undefined {
  const next = /<([^>]+)>\s*;\s*rel="?next"?/.exec(response.headers.get('link') ?? '')?.[1];
  return next === undefined ? undefined : new URL(next, baseOf(repository)).href;
}

interface RequestOptions extends RequestInit {
  /** 404 is an answer, not an error. */
  readonly missing?: boolean;
}

const baseOf = ({ registry }: Repository): string =>
  `${isLoopback(registry) ? 'http' : 'https'}://${registry}`;

/** Sends a request, with the credentials; an answer that is not a success becomes a {@link RegistryError}. */
function requester({ repository, credentials, fetch: send = fetch, signal }: RegistryOptions) {
  let authorization: string | undefined;
  const authorize = async (): Promise<string | undefined> => {
    if (credentials === undefined) return undefined;
    const { username, password } = await credentials();
    return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
  };
  return async (
    path: string,
    { missing = false, headers, ...init }: RequestOptions = {},
  ): Promise<Response> => {
    const url = new URL(path, `${baseOf(repository)}/v2/${repository.name}/`);
    const ask = async (): Promise<Response> => {
      const all = new Headers(headers);
      // Blobs of ECR are redirected to S3, and an upload's location may be elsewhere: credentials stay at home.
      if (authorization !== undefined && url.host === repository.registry)
        all.set('authorization', authorization);
      const limit = AbortSignal.timeout(requestTimeoutMs);
      return send(url, {
        ...init,
        headers: all,
        signal: signal === undefined ? limit : AbortSignal.any([signal, limit]),
      });
    };
    authorization ??= await authorize();
    let response = await ask();
    if (response.status === 401 && credentials !== undefined) {
      await response.body?.cancel();
      authorization = await authorize();
      response = await ask();
    }
    if (response.ok || (missing && response.status === 404)) return response;
    const text = await response.text().catch((error: unknown) => errorMessage(error));
    throw RegistryError.of(response.status, text, `${init.method ?? 'GET'} ${url.pathname}`);
  };
}
