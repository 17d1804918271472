import { request as send, type IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { clientLeft, type Handled } from './accounts.ts';
import { rawAnswer } from './answers.ts';
import { responseHeaders, type RawHeaders } from './headers.ts';
import type { InFlight } from './in-flight.ts';

export interface UpgradeOptions {
  readonly port: number;
  readonly headers: RawHeaders;
  /** For so long neither side may say anything, in milliseconds of real time. */
  readonly idleTimeoutMs: number;
  readonly inFlight: InFlight;
}

/**
 * Joins a client that asks for another protocol (a WebSocket) with a target.
 *
 * @param head what the client had said already beyond its request
 * @param done called once, when the target has answered, or cannot
 */
export function upgrade(
  client: IncomingMessage,
  socket: Duplex,
  head: Buffer,
  { port, headers, idleTimeoutMs, inFlight }: UpgradeOptions,
  done: (handled: Handled) => void,
): void {
  const sentAt = performance.now();
  let brokenOff: 502 | 504 | undefined;
  const upstream = send({
    host: '127.0.0.1',
    port,
    agent: false,
    ...(client.method === undefined ? {} : { method: client.method }),
    path: client.url ?? '/',
    headers: [...headers, 'Connection', 'Upgrade', 'Upgrade', client.headers.upgrade ?? ''],
    setHost: false,
    timeout: idleTimeoutMs,
  });
  const breakOff = (status: 502 | 504): void => {
    brokenOff = status;
    upstream.destroy();
  };
  const cut = (): void => breakOff(502);
  let isAnswered = false;
  const answered = (answer: IncomingMessage): void => {
    isAnswered = true;
    inFlight.leave(cut);
    done({ status: answer.statusCode ?? 502, by: 'target', targetMs: performance.now() - sentAt });
  };
  inFlight.join(cut);
  socket.once('close', () => upstream.destroy());
  upstream.once('timeout', () => breakOff(504));
  upstream.on('error', (error: NodeJS.ErrnoException) => {
    if (isAnswered) return;
    isAnswered = true;
    inFlight.leave(cut);
    if (socket.destroyed) return done(clientLeft);
    const status = brokenOff ?? 502;
    socket.end(rawAnswer(status));
    done({ status, by: 'elb', targetMs: undefined, connectionFailed: error.code === 'ECONNREFUSED' });
  });
  upstream.once('response', (answer) => {
    // The target does not upgrade: its answer is passed on, and ends with the connection, whatever framed it before.
    answered(answer);
    socket.write(headOf(answer, [...responseHeaders(answer.rawHeaders, []), 'Connection', 'close']));
    answer.once('error', () => socket.destroy());
    answer.once('end', () => upstream.destroy());
    answer.pipe(socket);
  });
  upstream.once('upgrade', (answer, target, targetHead) => {
    answered(answer);
    target.on('error', () => target.destroy());
    if (socket.destroyed) return void target.destroy();
    socket.write(headOf(answer, answer.rawHeaders));
    socket.write(targetHead);
    target.write(head);
    const end = (): void => {
      inFlight.leave(end);
      socket.destroy();
      target.destroy();
    };
    inFlight.join(end);
    for (const side of [socket, target]) side.once('error', end).once('close', end);
    target.setTimeout(idleTimeoutMs, end);
    socket.pipe(target).pipe(socket);
  });
  upstream.end();
}

function headOf(
  { statusCode = 502, statusMessage = '' }: IncomingMessage,
  rawHeaders: readonly string[],
): string {
  const lines = [`HTTP/1.1 ${statusCode} ${statusMessage}`];
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    lines.push(`${rawHeaders[index] ?? ''}: ${rawHeaders[index + 1] ?? ''}`);
  }
  return `${lines.join('\r\n')}\r\n\r\n`;
}
