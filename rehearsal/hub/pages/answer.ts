import type { Exchange } from '../http.ts';

/** Scripts, styles, images and requests: of this server alone, and none inside of a page. */
const pagePolicy =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

export function sendPage(exchange: Exchange, body: string, status = 200): void {
  send(exchange, status, 'text/html; charset=utf-8', body, {
    'cache-control': 'no-store',
    'content-security-policy': pagePolicy,
    'x-frame-options': 'DENY',
    // Nobody else needs to know where a link was followed from. `no-referrer` would take the origin off our own forms.
    'referrer-policy': 'same-origin',
  });
}

export function send(
  { response }: Exchange,
  status: number,
  type: string,
  body: string | Uint8Array,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, { 'content-type': type, 'x-content-type-options': 'nosniff', ...headers });
  response.end(body);
}

export function redirect({ response }: Exchange, to: string): void {
  response.writeHead(303, { location: to }).end();
}
