import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { startClient } from './client.ts';

type Answer = (request: IncomingMessage, response: ServerResponse, number: number) => void;

/** A server that gives the n-th request the n-th answer; the rest the last. */
async function serve(answer: Answer) {
  let number = 0;
  const sockets = new Set<string>();
  let reached: { at: number; resolve: () => void } | undefined;
  const server = createServer((request, response) => {
    number += 1;
    sockets.add(String(request.socket.remotePort));
    if (reached !== undefined && number >= reached.at) reached.resolve();
    answer(request, response, number);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/version`),
    connections: () => sockets.size,
    received: () => number,
    requests: (at: number) =>
      new Promise<void>((resolve) => {
        reached = { at, resolve };
      }),
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

const version = (response: ServerResponse, name: string): void =>
  void response.setHeader('content-type', 'application/json').end(JSON.stringify({ version: name }));

describe('the background client', () => {
  it('counts answers by version, and what failed, over connections that stay open', async () => {
    const server = await serve((_request, response, number) => {
      if (number === 10) response.writeHead(503).end();
      else if (number === 20) response.destroy();
      else version(response, number < 30 ? '1.0.0' : '1.0.1');
    });
    try {
      const client = startClient({ url: server.url, versionKey: 'version', requestsPerSecond: 500 });
      await server.requests(60);
      const figures = await client.stop();
      expect(figures.requests).toBe(server.received());
      expect(figures.failed).toBe(2);
      expect(figures.failures).toEqual([
        expect.stringMatching(/^HTTP 503, after \d+ ms$/),
        expect.stringMatching(/^ECONNRESET, after \d+ ms$/),
      ]);
      expect(figures.versions['1.0.0']).toBe(27);
      expect(figures.versions['1.0.1']).toBe(figures.requests - 29);
      expect(server.connections()).toBeLessThan(figures.requests);
    } finally {
      server.close();
    }
  });

  it('counts nothing before the first good answer', async () => {
    const server = await serve((_request, response, number) => {
      if (number <= 3) response.writeHead(503).end();
      else version(response, '1.0.0');
    });
    try {
      const client = startClient({ url: server.url, versionKey: 'version', requestsPerSecond: 200 });
      await server.requests(20);
      const figures = await client.stop();
      expect(figures).toMatchObject({ failed: 0, requests: server.received() - 3 });
    } finally {
      server.close();
    }
  });

  it('goes on sending while answers are slow, and waits for them at the end', async () => {
    const held: ServerResponse[] = [];
    let isSlow = true;
    const server = await serve((_request, response, number) => {
      if (number === 1 || !isSlow) version(response, '1.0.0');
      else held.push(response);
    });
    try {
      const client = startClient({ url: server.url, versionKey: 'version', requestsPerSecond: 200 });
      await server.requests(12);
      const stopped = client.stop();
      // What was sent last may be on its way yet.
      isSlow = false;
      expect(held.length).toBeGreaterThan(10);
      for (const response of held) version(response, '1.0.0');
      expect(await stopped).toMatchObject({ failed: 0, requests: server.received() });
    } finally {
      server.close();
    }
  });
});
