import { createHmac, randomUUID, timingSafeEqual } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';

const name = 'session';
const maxAgeSeconds = 30 * 24 * 3600;

/**
 * Anonymous sessions in a signed cookie. The first key signs; all keys are accepted, so that a key can be rotated
 * without anybody losing a conversation.
 */
export class Sessions {
  readonly #keys: readonly string[];
  readonly #secure: boolean;

  constructor(keys: readonly string[], options: { secure: boolean }) {
    this.#keys = keys;
    this.#secure = options.secure;
  }

  /** The session of a request; a new one, which the answer sets, where it has none that is good. */
  of(request: FastifyRequest, reply: FastifyReply): string {
    const given = request.cookies[name];
    const known = given === undefined ? undefined : this.read(given);
    if (known !== undefined && !known.stale) return known.id;
    const id = known?.id ?? randomUUID();
    // Set at once, and not by the cookie plugin's hook: a streamed answer writes its headers itself.
    const attributes = [
      'Path=/',
      'HttpOnly',
      'SameSite=Lax',
      `Max-Age=${maxAgeSeconds}`,
      ...(this.#secure ? ['Secure'] : []),
    ];
    void reply.header('set-cookie', [`${name}=${this.write(id)}`, ...attributes].join('; '));
    return id;
  }

  write(id: string): string {
    return `${id}.${sign(id, this.#keys[0] ?? '')}`;
  }

  /** `stale`: signed with a key that is on its way out. */
  read(cookie: string): { id: string; stale: boolean } | undefined {
    const [id = '', signature = ''] = cookie.split('.');
    const index = this.#keys.findIndex((key) => equal(signature, sign(id, key)));
    return index < 0 ? undefined : { id, stale: index > 0 };
  }
}

function sign(id: string, key: string): string {
  return createHmac('sha256', key).update(id).digest('base64url');
}

function equal(a: string, b: string): boolean {
  const left = Buffer.from(a);
  const right = Buffer.from(b);
  return left.length === right.length && timingSafeEqual(left, right);
}
