import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { addressOf } from './routing.ts';

/** Headers that belong to one connection (RFC 9110, 7.6.1), and `Expect`, which the load balancer has answered. */
const ofTheConnection: ReadonlySet<string> = new Set([
  'connection',
  'expect',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** What an ALB says itself, in place of what the client said or after it. */
const ofTheLoadBalancer: ReadonlySet<string> = new Set([
  'x-amzn-trace-id',
  'x-forwarded-for',
  'x-forwarded-port',
  'x-forwarded-proto',
]);

/** Name and value in turn, as Node has raw headers. */
export type RawHeaders = string[];

/** A request's headers for its target: those of the connection are not passed on, and `X-Forwarded-*` are added. */
export function requestHeaders(
  request: IncomingMessage,
  { protocol, port }: { readonly protocol: 'http' | 'https'; readonly port: number },
): RawHeaders {
  const kept = without(request.rawHeaders, ofTheLoadBalancer);
  const before = request.headers['x-forwarded-for'];
  const trace = request.headers['x-amzn-trace-id'];
  const address = addressOf(request);
  // What a client said of these is kept before the load balancer's own word: an ALB's default.
  kept.push(
    'X-Forwarded-For',
    before === undefined ? address : `${String(before)}, ${address}`,
    'X-Forwarded-Proto',
    protocol,
    'X-Forwarded-Port',
    String(port),
    'X-Amzn-Trace-Id',
    typeof trace === 'string' ? trace : traceId(),
  );
  return kept;
}

export function responseHeaders(raw: readonly string[], cookies: readonly string[]): RawHeaders {
  const kept = without(raw);
  for (const cookie of cookies) kept.push('Set-Cookie', cookie);
  return kept;
}

function without(raw: readonly string[], also?: ReadonlySet<string>): RawHeaders {
  const kept: RawHeaders = [];
  for (let index = 0; index + 1 < raw.length; index += 2) {
    const name = raw[index] ?? '';
    const lower = name.toLowerCase();
    if (!ofTheConnection.has(lower) && also?.has(lower) !== true) kept.push(name, raw[index + 1] ?? '');
  }
  return kept;
}

// A number of this process and one that grows: unique without asking the system for randomness on each request.
const trail = randomBytes(8).toString('hex');
let traces = 0;

function traceId(): string {
  traces = (traces + 1) % 0x1_0000_0000;
  const seconds = Math.floor(Date.now() / 1000).toString(16);
  return `Root=1-${seconds}-${trail}${traces.toString(16).padStart(8, '0')}`;
}
