import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';

export type Handler = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

export interface Listening {
  readonly port: number;
  close(): Promise<void>;
}

const localNames: ReadonlySet<string> = new Set(['127.0.0.1', 'localhost', '[::1]']);

/**
 * Serves `handler` on 127.0.0.1 and nowhere else.
 *
 * @param port 0 for any free one
 * @param what named in errors
 * @throws where the port is taken: what wanted it, and what to do
 */
export async function listen(
  handler: Handler,
  port: number,
  what: string,
  log: (message: string) => void,
): Promise<Listening> {
  const server = createServer((request, response) => {
    if (isForeign(request)) {
      response.writeHead(403, { 'content-type': 'text/plain' });
      response.end(`The ${what} answers on this machine only.\n`);
      return;
    }
    handler(request, response).catch((error: unknown) => {
      // A client that goes away in the middle of a request is no failure of ours.
      if (request.destroyed && !request.complete) return;
      log(`${what}: ${request.method ?? ''} ${request.url ?? ''} failed: ${describe(error)}`);
      if (response.headersSent) response.destroy();
      else response.writeHead(500, { 'content-type': 'text/plain' }).end('The rehearsal itself failed.\n');
    });
  });
  // Longer than the AWS SDKs keep a connection, so that none is closed under a request.
  server.keepAliveTimeout = 65_000;
  const bound = await bind(server, port, what);
  return {
    port: bound,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/**
 * Whether a web page of elsewhere may be behind the request: another `Host` (DNS rebinding), or an `Origin`, which
 * clients of AWS and of registries do not send.
 */
function isForeign(request: IncomingMessage): boolean {
  const host = (request.headers.host ?? '').replace(/:\d+$/, '').toLowerCase();
  const origin = request.headers.origin;
  return !localNames.has(host) || (origin !== undefined && origin !== `http://${request.headers.host ?? ''}`);
}

function bind(server: Server, port: number, what: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(
        error.code === 'EADDRINUSE'
          ? new Error(
              `Port ${port} of 127.0.0.1, wanted by the ${what}, is taken. Choose another one, or 0 for any.`,
              {
                cause: error,
              },
            )
          : error,
      );
    });
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => {
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : port);
    });
  });
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
