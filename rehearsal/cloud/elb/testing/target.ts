import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/**
 * A target: answers its name; `/health` as it is told; `/held` when it is released; `/stream` with a first event at
 * once and a last one when it is released; `/echo` with what it was sent. It echoes what comes over an upgrade.
 */
export class Target {
  readonly name: string;
  readonly server: Server;
  healthStatus = 200;
  /** How many requests are held. */
  held = 0;
  readonly #releases: (() => void)[] = [];
  #arrived = Promise.withResolvers<IncomingMessage>();

  constructor(name: string) {
    this.name = name;
    this.server = createServer((incoming, response) => {
      switch (incoming.url) {
        case '/health':
          return void response.writeHead(this.healthStatus).end();
        case '/held':
          return this.#hold(incoming, () => response.end(name));
        case '/stream':
          response.writeHead(200, { 'content-type': 'text/event-stream' });
          response.write('data: first\n\n');
          return this.#hold(incoming, () => response.end('data: last\n\n'));
        case '/headers':
          return void response.end(JSON.stringify(incoming.headers));
        case '/echo':
          return void incoming.pipe(response);
        case '/error':
          return void response.writeHead(500).end();
        case '/reset':
          return void incoming.socket.destroy();
        default:
          incoming.resume();
          response.end(name);
      }
    });
    this.server.on('upgrade', (_incoming, socket) => {
      socket.on('error', () => socket.destroy());
      socket.write('HTTP/1.1 101 Switching Protocols\r\nupgrade: echo\r\nconnection: Upgrade\r\n\r\n');
      socket.pipe(socket);
    });
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  async listen(): Promise<this> {
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
    return this;
  }

  /** The next request that is held from now on. */
  arrival(): Promise<IncomingMessage> {
    this.#arrived = Promise.withResolvers();
    return this.#arrived.promise;
  }

  release(): void {
    this.#releases.splice(0).forEach((answer) => answer());
  }

  close(): void {
    this.server.closeAllConnections();
    this.server.close();
  }

  #hold(incoming: IncomingMessage, answer: () => void): void {
    this.held += 1;
    this.#releases.push(answer);
    this.#arrived.resolve(incoming);
  }
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
