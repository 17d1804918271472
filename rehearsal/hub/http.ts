import type { IncomingMessage, ServerResponse } from 'node:http';

/** One request and its answer, with what every handler wants to know of it. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly url: URL;
  readonly method: string;
}

export type Handler = (exchange: Exchange, ...captures: string[]) => void | Promise<void>;

export interface Route {
  readonly method: string;
  readonly pattern: RegExp;
  readonly handler: Handler;
}

/** A route of a path with `:name` for one segment; the segments are handed over in their order. */
export function route(method: string, path: string, handler: Handler): Route {
  const source = path.replace(/[.]/g, '\\.').replace(/:[a-z]+/g, '([^/]+)');
  return { method, pattern: new RegExp(`^${source}$`), handler };
}

/** Runs the first route that fits. @returns false where none does */
export async function dispatch(routes: readonly Route[], exchange: Exchange, path: string): Promise<boolean> {
  for (const { method, pattern, handler } of routes) {
    const match = method === exchange.method ? pattern.exec(path) : null;
    if (match === null) continue;
    await handler(exchange, ...match.slice(1).map(decodeURIComponent));
    return true;
  }
  return false;
}

export function sendJson(
  { response }: Exchange,
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8', ...headers });
  response.end(body === undefined ? undefined : JSON.stringify(body));
}

const bodyLimitBytes = 1024 * 1024;

/** The request's body as text. @throws RangeError where it is too large */
export async function readText({ request }: Exchange, limitBytes = bodyLimitBytes): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > limitBytes) throw new RangeError('The body is too large.');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
