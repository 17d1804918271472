import { request as send, type IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { rawAnswer } from './answers.ts';

/** Joins a client that asks for another protocol (a WebSocket) with a target. @returns the status it came to */
export function upgrade(
  client: IncomingMessage,
  socket: Duplex,
  head: Buffer,
  options: {
    readonly port: number;
    readonly headers: readonly (readonly [name: string, value: string])[];
    readonly signal: AbortSignal;
  },
): Promise<number> {
  return new Promise((resolve) => {
    const headers: Record<string, string | string[] | undefined> = { ...client.headers };
    for (const [name, value] of options.headers) headers[name] = value;
    const upstream = send({
      host: '127.0.0.1',
      port: options.port,
      agent: false,
      method: client.method,
      path: client.url,
      headers,
    });
    const fail = (): void => {
      socket.end(rawAnswer(502));
      resolve(502);
    };
    socket.once('error', () => upstream.destroy());
    upstream.once('error', fail);
    upstream.once('response', (answer) => {
      // The target does not upgrade: its answer is passed on as it is.
      const lines = [`HTTP/1.1 ${answer.statusCode ?? 502} ${answer.statusMessage ?? ''}`];
      for (let index = 0; index + 1 < answer.rawHeaders.length; index += 2) {
        lines.push(`${answer.rawHeaders[index] ?? ''}: ${answer.rawHeaders[index + 1] ?? ''}`);
      }
      socket.write(`${lines.join('\r\n')}\r\n\r\n`);
      answer.pipe(socket);
      resolve(answer.statusCode ?? 502);
    });
    upstream.once('upgrade', (answer, target, targetHead) => {
      const lines = ['HTTP/1.1 101 Switching Protocols'];
      for (let index = 0; index + 1 < answer.rawHeaders.length; index += 2) {
        lines.push(`${answer.rawHeaders[index] ?? ''}: ${answer.rawHeaders[index + 1] ?? ''}`);
      }
      socket.write(`${lines.join('\r\n')}\r\n\r\n`);
      if (targetHead.length > 0) socket.write(targetHead);
      if (head.length > 0) target.write(head);
      const end = (): void => {
        socket.destroy();
        target.destroy();
      };
      for (const side of [socket, target]) side.once('error', end).once('close', end);
      options.signal.addEventListener('abort', end, { once: true });
      socket.pipe(target).pipe(socket);
      resolve(101);
    });
    upstream.end();
  });
}
