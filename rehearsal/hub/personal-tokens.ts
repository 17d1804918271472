import { randomBytes } from 'node:crypto';
import { isSameLogin } from './accounts.ts';
import type { Hub } from './hub.ts';

/** The people's own tokens. They live as long as the server, and are never written. */
export class PersonalTokens {
  readonly #hub: Hub;
  readonly #logins = new Map<string, string>();

  constructor(hub: Hub) {
    this.#hub = hub;
  }

  /** The person's token; whoever is not known yet is from then on. */
  tokenOf(login: string): string {
    const known = [...this.#logins].find(([, one]) => isSameLogin(one, login));
    if (known !== undefined) return known[0];
    const token = `ghp_${randomBytes(27).toString('base64url')}`;
    this.#logins.set(token, login);
    this.#hub.meet(login);
    return token;
  }

  loginOf(token: string): string | undefined {
    return this.#logins.get(token);
  }
}
