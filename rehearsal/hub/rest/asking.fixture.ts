import { operation, responseProblems, type OperationId } from './description.ts';

export interface Answered {
  readonly status: number;
  readonly headers: Headers;
  readonly body: unknown;
}

export type Ask = (
  id: OperationId,
  params?: Readonly<Record<string, string | number>>,
  how?: { readonly body?: unknown; readonly query?: string; readonly token?: string },
) => Promise<Answered>;

/** Asks the hub's REST API as a client would, and checks that a success is what GitHub describes. */
export function asking(server: () => { readonly url: string; readonly adminToken: string }): Ask {
  const here: Readonly<Record<string, string>> = { owner: 'rehearsal', repo: 'shop' };
  return async (id, params = {}, { body, query = '', token = server().adminToken } = {}) => {
    const { method, path: template } = operation(id);
    const filled = template.replaceAll(/\{(\w+)\}/g, (_, name: string) => String(params[name] ?? here[name]));
    const response = await fetch(`${server().url}/api/v3${filled}${query}`, {
      method,
      headers: { authorization: `token ${token}` },
      redirect: 'manual',
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    const answer = text === '' ? undefined : (JSON.parse(text) as unknown);
    if (response.ok) expect(responseProblems(id, response.status, answer)).toEqual([]);
    return { status: response.status, headers: response.headers, body: answer };
  };
}
