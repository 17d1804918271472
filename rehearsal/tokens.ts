import type { Interface } from 'node:readline';

export interface TokensOptions {
  /** A person's own token, as the hub's server has it. */
  readonly tokenOf: (login: string) => string;
  readonly serverUrl: string;
  readonly say: (line: string) => void;
  /** Lines that the user types, where there is a terminal. */
  readonly typed: Interface | undefined;
}

/**
 * Hands out a person's token where `token NAME` is typed: what is asked of the REST API with it is done in that
 * person's name, such as an approval. It lives as long as the rehearsal.
 * @returns how to stop that
 */
export function tokensOnTerminal({ tokenOf, serverUrl, say, typed }: TokensOptions): () => void {
  const onLine = (line: string): void => {
    const [, login] = /^\s*token\s+([a-z\d](?:-?[a-z\d]){0,38})\s*$/i.exec(line) ?? [];
    if (login !== undefined) {
      say(`  export GITHUB_API_URL=${serverUrl}/api/v3 GITHUB_TOKEN=${tokenOf(login)}`);
    } else if (/^\s*token\b/i.test(line)) {
      say('  token NAME: whose token? A name as GitHub has them, such as reviewer.');
    }
  };
  typed?.on('line', onLine);
  return () => typed?.off('line', onLine);
}
