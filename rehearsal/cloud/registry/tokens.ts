import { randomBytes } from 'node:crypto';

interface Token {
  readonly password: string;
  readonly expiresAt: number;
}

/** The parameter of an address that is good by itself, as S3 names it: ECR answers such addresses for layers. */
export const signature = 'X-Amz-Signature';

/** As long as ECR's: 12 hours. */
const lifetimeMs = 12 * 3_600_000;

/** The passwords that the registry takes for the user `AWS`, given out by ECR's GetAuthorizationToken. */
export class RegistryTokens {
  readonly #now: () => number;
  #tokens: Token[] = [];

  constructor(now: () => number) {
    this.#now = now;
  }

  issue(): Token {
    const token = { password: randomBytes(24).toString('base64url'), expiresAt: this.#now() + lifetimeMs };
    this.#tokens = [...this.#valid(), token];
    return token;
  }

  /**
   * @param authorization the request's header: `Basic base64(AWS:password)`
   * @param signed what the request's address itself carries, in place of it
   */
  accepts(authorization: string | undefined, signed?: string | null): boolean {
    if (typeof signed === 'string') return this.#valid().some((token) => token.password === signed);
    const encoded = /^Basic (\S+)$/i.exec(authorization ?? '')?.[1] ?? '';
    const [user, password] = Buffer.from(encoded, 'base64').toString('utf8').split(':');
    return user === 'AWS' && this.#valid().some((token) => token.password === password);
  }

  save(): readonly Token[] {
    return this.#valid();
  }

  load(tokens: Token[]): void {
    this.#tokens = tokens;
  }

  #valid(): Token[] {
    return this.#tokens.filter(({ expiresAt }) => expiresAt > this.#now());
  }
}
