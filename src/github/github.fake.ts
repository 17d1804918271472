import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A request that a {@link withGitHub} was asked. */
export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly body: unknown;
}

/** What it answers; `drop` closes the connection without a word. */
export type Answer = { readonly status: number; readonly body: unknown } | 'drop';

/** A GitHub that answers as it is told, over a real socket. For tests alone. */
export async function withGitHub(
  answer: (asked: Asked, count: number) => Answer,
  work: (github: { readonly apiUrl: string; readonly asked: readonly Asked[] }) => Promise<void>,
): Promise<void> {
  const asked: Asked[] = [];
  const server = createServer((request, response) => {
    void readBody(request).then((body) => {
      const one = { method: request.method ?? '', path: request.url ?? '', body };
      asked.push(one);
      const given = answer(one, asked.length);
      if (given === 'drop') response.destroy();
      else
        response
          .writeHead(given.status, { 'content-type': 'application/json' })
          .end(JSON.stringify(given.body));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    await work({ apiUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked });
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}

async function readBody(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString();
  return text === '' ? undefined : (JSON.parse(text) as unknown);
}
