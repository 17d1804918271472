import { request as send, type Agent, type IncomingMessage, type ServerResponse } from 'node:http';
import { clientLeft, type Handled } from './accounts.ts';
import { answer } from './answers.ts';
import { responseHeaders, type RawHeaders } from './headers.ts';
import type { InFlight } from './in-flight.ts';

export interface ForwardOptions {
  readonly port: number;
  readonly agent: Agent;
  /** For so long a connection may be silent, in milliseconds of real time. */
  readonly idleTimeoutMs: number;
  readonly headers: RawHeaders;
  /** Set-Cookie values to add to the answer. */
  readonly cookies: readonly string[];
  readonly inFlight: InFlight;
}

/** What is sent as a request's body: nothing, what was read already, or what still comes. */
type Body = { readonly kind: 'none' | 'streamed' } | { readonly kind: 'whole'; readonly bytes: Buffer };

/** A body up to this size is read whole first: a target is not kept waiting for a slow client's few bytes. */
const bufferedBytes = 64 * 1024;

/** Those that may be sent again without harm (RFC 9110, 9.2.2). */
const idempotent: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE', 'PUT', 'DELETE']);

/**
 * Sends a request on to a target, and its answer back as it comes. A kept connection that the target had closed just
 * then is no failure of anybody's: where it does no harm, the request goes out once more, on a new one.
 *
 * @param done called once, when the answer is over
 */
export function forward(
  client: IncomingMessage,
  response: ServerResponse,
  options: ForwardOptions,
  done: (handled: Handled) => void,
): void {
  const { 'content-length': length, 'transfer-encoding': encoding } = client.headers;
  const go = (body: Body): void => {
    if (response.destroyed) return done(clientLeft);
    attempt(client, response, body, options, options.agent, (first) => {
      if (first !== 'stale') done(first);
      else attempt(client, response, body, options, false, (second) => done(second as Handled));
    });
  };
  if (length === undefined && encoding === undefined) go({ kind: 'none' });
  else if (length === undefined || Number(length) > bufferedBytes) go({ kind: 'streamed' });
  else readWhole(client, (bytes) => (bytes === undefined ? done(clientLeft) : go({ kind: 'whole', bytes })));
}

/** @param done told `stale` on a kept connection alone, and where the request may be sent again */
function attempt(
  client: IncomingMessage,
  response: ServerResponse,
  body: Body,
  { port, idleTimeoutMs, headers, cookies, inFlight }: ForwardOptions,
  agent: Agent | false,
  done: (handled: Handled | 'stale') => void,
): void {
  const sentAt = performance.now();
  let answered: Handled | undefined;
  let brokenOff: 502 | 504 | undefined;
  const isFramed = body.kind !== 'streamed' || client.headers['content-length'] !== undefined;
  const upstream = send({
    host: '127.0.0.1',
    port,
    agent,
    ...(client.method === undefined ? {} : { method: client.method }),
    path: client.url ?? '/',
    headers: isFramed ? headers : [...headers, 'Transfer-Encoding', 'chunked'],
    setHost: false,
    timeout: idleTimeoutMs,
  });
  const end = (handled: Handled | 'stale'): void => {
    inFlight.leave(cut);
    response.off('close', onClose);
    done(handled);
  };
  const breakOff = (status: 502 | 504): void => {
    brokenOff = status;
    upstream.destroy();
  };
  // Its target's deregistration delay is over: 502, as the troubleshooting page of ALBs has it.
  const cut = (): void => breakOff(502);
  const onClose = (): void => {
    // The client has gone: its target need not go on.
    if (!response.writableFinished) upstream.destroy();
    if (answered !== undefined) end(answered);
  };
  inFlight.join(cut);
  response.once('close', onClose);
  upstream.once('timeout', () => breakOff(504));
  upstream.on('error', (error: NodeJS.ErrnoException) => {
    if (answered !== undefined) return;
    if (response.destroyed) return end(clientLeft);
    const isStale =
      upstream.reusedSocket &&
      brokenOff === undefined &&
      (error.code === 'ECONNRESET' || error.code === 'EPIPE');
    if (isStale && body.kind !== 'streamed' && idempotent.has(client.method ?? 'GET')) return end('stale');
    const status = brokenOff ?? 502;
    answer(response, status);
    end({ status, by: 'elb', targetMs: undefined, connectionFailed: error.code === 'ECONNREFUSED' });
  });
  upstream.once('response', (incoming) => {
    const status = incoming.statusCode ?? 502;
    answered = { status, by: 'target', targetMs: performance.now() - sentAt };
    response.writeHead(status, incoming.statusMessage, responseHeaders(incoming.rawHeaders, cookies));
    response.once('error', () => response.destroy());
    // Half an answer must not look like a whole one.
    incoming.once('error', () => response.destroy());
    incoming.pipe(response);
  });
  if (body.kind === 'streamed') client.pipe(upstream);
  else if (body.kind === 'whole') upstream.end(body.bytes);
  else upstream.end();
}

function readWhole(client: IncomingMessage, done: (bytes: Buffer | undefined) => void): void {
  const parts: Buffer[] = [];
  client.on('data', (part: Buffer) => parts.push(part));
  client.once('end', () => done(Buffer.concat(parts)));
  client.once('error', () => done(undefined));
}
