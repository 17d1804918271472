import { createHmac, randomUUID, timingSafeEqual } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';

const maxAgeSeconds = 30 * 24 * 3600;

export interface SessionOptions {
  /** Whether browsers reach us over TLS alone. */
  readonly secure: boolean;
}

/**
 * Anonymous sessions in a signed cookie. The first key signs; all keys are accepted, so that a key can be rotated
 * without anybody losing a conversation.
 */
export class Sessions {
  readonly #keys: readonly [string, ...string[]];
  readonly #secure: boolean;
  readonly #cookie: string;

  /** @throws Error where there is no key */
  constructor(keys: readonly string[], { secure }: SessionOptions) {
    const [signing, ...before] = keys;
    if (signing === undefined) throw new Error('Sessions need a key: set SECRET_KEY.');
    this.#keys = [signing, ...before];
    this.#secure = secure;
    // The prefix keeps other hosts of the domain from setting it (RFC 6265bis, 4.1.3.2); it requires Secure.
    this.#cookie = secure ? '__Host-session' : 'session';
  }

  /** The session of a request; a new one, which the answer sets, where it has none that is good. */
  of(request: FastifyRequest, reply: FastifyReply): string {
    const cookie = request.cookies[this.#cookie];
    const known = cookie === undefined ? undefined : this.read(cookie);
    if (known !== undefined && !known.stale) return known.id;
    const id = known?.id ?? randomUUID();
    void reply.setCookie(this.#cookie, this.write(id), {
      path: '/',
      httpOnly: true,
      sameSite: 'lax',
      secure: this.#secure,
      maxAge: maxAgeSeconds,
    });
    return id;
  }

  write(id: string): string {
    return `${id}.${signatureOf(id, this.#keys[0])}`;
  }

  /** `stale`: signed with a key that is on its way out. */
  read(cookie: string): { id: string; stale: boolean } | undefined {
    const [id = '', signature = ''] = cookie.split('.');
    const index = this.#keys.findIndex((key) => isEqual(signature, signatureOf(id, key)));
    return index < 0 ? undefined : { id, stale: index > 0 };
  }
}

function signatureOf(id: string, key: string): string {
  return createHmac('sha256', key).update(id).digest('base64url');
}

/** In a time that does not tell how much of it is right. */
export function isEqual(a: string, b: string): boolean {
  const left = Buffer.from(a);
  const right = Buffer.from(b);
  return left.length === right.length && timingSafeEqual(left, right);
}
