import type { ServiceError } from './service.ts';

export interface Page<T> {
  readonly items: readonly T[];
  /** To be spread into the output: there is no token on the last page. */
  readonly token: { readonly nextToken?: string };
}

/**
 * One page of a list. A token is opaque, and says where the next page begins.
 *
 * @param invalidToken what the service answers to a token that it never gave
 */
export function pageOf<T>(
  items: readonly T[],
  limit: number,
  token: string | undefined,
  invalidToken: () => ServiceError,
): Page<T> {
  const from =
    token === undefined ? 0 : Number(/^at:(\d+)$/.exec(Buffer.from(token, 'base64url').toString())?.[1]);
  if (Number.isNaN(from)) throw invalidToken();
  const to = from + limit;
  const next = to < items.length ? { nextToken: Buffer.from(`at:${to}`).toString('base64url') } : {};
  return { items: items.slice(from, to), token: next };
}
