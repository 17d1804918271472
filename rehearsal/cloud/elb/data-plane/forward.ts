import type { Agent } from 'node:http';
import { request as send, type IncomingMessage, type ServerResponse } from 'node:http';
import { answer } from './answers.ts';

/** What became of a request that was sent on. */
export interface Forwarded {
  readonly status: number;
  readonly by: 'target' | 'elb';
  readonly targetMs: number | undefined;
  readonly connectionFailed: boolean;
}

export interface ForwardOptions {
  readonly port: number;
  readonly agent: Agent;
  /** For so long a connection may be silent, in milliseconds of real time. */
  readonly idleTimeoutMs: number;
  /** Added to the client's, as an ALB adds them. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** Set-Cookie values to add to the answer. */
  readonly cookies: readonly string[];
  /** Aborted: what is still on its way to the target is broken off. */
  readonly signal: AbortSignal;
}

/** Headers that belong to one connection (RFC 9110, 7.6.1), and those that the load balancer sets itself. */
const ofTheConnection: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** A body up to this size is read whole first, so that the request can be sent again. */
const bufferedBytes = 64 * 1024;

/**
 * Sends a request on to a target, and its answer back as it comes. A kept connection that the target had closed just
 * then is no failure of anybody's: the request, which nobody has seen, goes out once more on a new one.
 */
export async function forward(
  client: IncomingMessage,
  response: ServerResponse,
  options: ForwardOptions,
): Promise<Forwarded> {
  const body = await smallBody(client).catch(() => 'gone' as const);
  // The client left before it had said what it wants: 460, as the access logs of an ALB have it.
  if (body === 'gone') return { status: 460, by: 'elb', targetMs: undefined, connectionFailed: false };
  const first = await attempt(client, response, body, options, options.agent);
  if (first !== 'stale') return first;
  const second = await attempt(client, response, body, options, false);
  return second === 'stale' ? broken(response, 502, true) : second;
}

function attempt(
  client: IncomingMessage,
  response: ServerResponse,
  body: Buffer | undefined,
  { port, idleTimeoutMs, headers, cookies, signal }: ForwardOptions,
  agent: Agent | false,
): Promise<Forwarded | 'stale'> {
  return new Promise((resolve) => {
    const sentAt = performance.now();
    let targetMs: number | undefined;
    let status = 0;
    const upstream = send({
      host: '127.0.0.1',
      port,
      agent,
      method: client.method,
      path: client.url,
      headers: headersOf(client.rawHeaders, headers),
      setHost: false,
      timeout: idleTimeoutMs,
    });
    const done = (outcome: Forwarded | 'stale'): void => {
      signal.removeEventListener('abort', cut);
      response.off('close', leave);
      resolve(outcome);
    };
    const cut = (): void => void upstream.destroy(new Error('The target was deregistered.'));
    const leave = (): void => {
      // The client has gone: its target need not go on.
      if (!response.writableFinished) upstream.destroy();
    };
    signal.addEventListener('abort', cut, { once: true });
    response.once('close', leave);
    upstream.once('timeout', () => upstream.destroy(Object.assign(new Error('idle'), { code: 'ETIMEDOUT' })));
    upstream.once('error', (error: NodeJS.ErrnoException) => {
      if (status !== 0) return;
      if (response.destroyed) return done({ status: 460, by: 'elb', targetMs, connectionFailed: false });
      const isStale = upstream.reusedSocket && (error.code === 'ECONNRESET' || error.code === 'EPIPE');
      if (isStale && body !== undefined) return done('stale');
      const isRefused = error.code === 'ECONNREFUSED';
      done(broken(response, error.code === 'ETIMEDOUT' ? 504 : 502, isRefused));
    });
    upstream.once('response', (answered) => {
      targetMs = performance.now() - sentAt;
      status = answered.statusCode ?? 502;
      const outcome: Forwarded = { status, by: 'target', targetMs, connectionFailed: false };
      const own = headersOf(answered.rawHeaders, []);
      for (const cookie of cookies) own.push('Set-Cookie', cookie);
      response.writeHead(status, answered.statusMessage, own);
      answered.pipe(response);
      // Half an answer must not look like a whole one.
      answered.once('error', () => response.destroy());
      answered.once('aborted', () => response.destroy());
      response.once('close', () => done(outcome));
    });
    if (body === undefined) client.pipe(upstream);
    else upstream.end(body);
  });
}

function broken(response: ServerResponse, status: 502 | 504, connectionFailed: boolean): Forwarded {
  answer(response, status);
  return { status, by: 'elb', targetMs: undefined, connectionFailed };
}

/** Header pairs as they came, without those of the connection. */
function headersOf(
  raw: readonly string[],
  added: readonly (readonly [name: string, value: string])[],
): string[] {
  const replaced = new Set(added.map(([name]) => name.toLowerCase()));
  const kept: string[] = [];
  for (let index = 0; index + 1 < raw.length; index += 2) {
    const name = raw[index] ?? '';
    const lower = name.toLowerCase();
    if (!ofTheConnection.has(lower) && !replaced.has(lower)) kept.push(name, raw[index + 1] ?? '');
  }
  for (const [name, value] of added) kept.push(name, value);
  return kept;
}

/** The whole body where it is small and its length is known; `undefined`: it has to be streamed. */
async function smallBody(client: IncomingMessage): Promise<Buffer | undefined> {
  const { 'content-length': length, 'transfer-encoding': encoding } = client.headers;
  if (length === undefined && encoding === undefined) return Buffer.alloc(0);
  if (length === undefined || Number(length) > bufferedBytes) return undefined;
  const parts: Buffer[] = [];
  for await (const part of client) parts.push(part as Buffer);
  return Buffer.concat(parts);
}
