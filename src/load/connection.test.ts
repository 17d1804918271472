import { createServer, type RequestListener } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleepFor } from 'node:timers/promises';
import { openConnection, type Target } from './connection.ts';
import { judge } from './judge.ts';
import { runLoad, type Load, type Run } from './run.ts';

const servers: ReturnType<typeof createServer>[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.close();
    server.closeAllConnections();
  }
});

async function serving(answer: RequestListener): Promise<URL> {
  const server = createServer(answer).listen(0, '127.0.0.1');
  servers.push(server);
  await once(server, 'listening');
  return new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
}

const targetOf = (url: URL, more: Partial<Target> = {}): Target => ({
  url,
  method: 'GET',
  headers: {},
  body: undefined,
  expect: { statuses: undefined, contains: undefined },
  timeoutMs: 20_000,
  ...more,
});

const load = (target: Target, of: Load): Promise<Run> =>
  runLoad({
    load: of,
    warmUpMs: 0,
    connect: () => openConnection(target),
    now: () => performance.now(),
    sleep: (ms, signal) => sleepFor(ms, undefined, { signal }),
    signal: AbortSignal.timeout(50_000),
    report: () => undefined,
  });

const closed = (requests: number, concurrency: number): Load => ({ kind: 'closed', requests, concurrency });

describe('one exchange', () => {
  const exchange = async (target: Target) => {
    const connection = openConnection(target);
    try {
      return await connection.send();
    } finally {
      await connection.close();
    }
  };

  it.each<[string, RequestListener, Partial<Target>, unknown]>([
    ['any 2xx with a body is right', (_, response) => response.writeHead(203).end('yes'), {}, undefined],
    ['204 has no body by itself', (_, response) => response.writeHead(204).end(), {}, undefined],
    ['HEAD has none either', (_, response) => response.end('yes'), { method: 'HEAD' }, undefined],
    ['an empty 200 is wrong', (_, response) => response.end(), {}, { kind: 'empty' }],
    [
      'a redirect is no answer',
      (_, response) => response.writeHead(302, { location: '/' }).end('elsewhere'),
      {},
      { kind: 'status', status: 302 },
    ],
    [
      'an expected status is right',
      (_, response) => response.writeHead(404).end('none'),
      { expect: { statuses: [404], contains: undefined } },
      undefined,
    ],
    [
      'text may come in pieces',
      (_, response) => {
        response.write('an ans');
        setImmediate(() => response.end('wer'));
      },
      { expect: { statuses: undefined, contains: 'answer' } },
      undefined,
    ],
    [
      'another text is wrong',
      (_, response) => response.end('a question'),
      { expect: { statuses: undefined, contains: 'answer' } },
      { kind: 'content' },
    ],
    ['silence has an end', () => undefined, { timeoutMs: 50 }, { kind: 'timeout' }],
    [
      'a connection may break',
      (request) => request.socket.destroy(),
      {},
      { kind: 'connection', reason: 'connection closed', mayBeOurs: false },
    ],
    [
      'an answer may break off',
      (request, response) => {
        response.writeHead(200, { 'content-length': 10 });
        response.write('half', () => request.socket.destroy());
      },
      {},
      { kind: 'connection', reason: 'connection closed', mayBeOurs: false },
    ],
  ])('%s', async (_what, answer, more, trouble) => {
    const url = await serving(answer);
    expect((await exchange(targetOf(url, more))).trouble).toEqual(trouble);
  });

  it('is refused where nobody listens', async () => {
    const url = await serving(() => undefined);
    servers.splice(0).forEach((server) => server.close());
    expect((await exchange(targetOf(url))).trouble).toEqual({
      kind: 'connection',
      reason: 'connection refused',
      mayBeOurs: false,
    });
  });

  it('after one that had no answer in time is asked over a new connection', async () => {
    let asked = 0;
    const url = await serving((_, response) => {
      asked += 1;
      if (asked > 1) response.end('second');
    });
    const connection = openConnection(targetOf(url, { timeoutMs: 300 }));
    try {
      expect((await connection.send()).trouble).toEqual({ kind: 'timeout' });
      expect((await connection.send()).trouble).toBeUndefined();
    } finally {
      await connection.close();
    }
  });
});

describe('load on a real server', () => {
  it('is measured within 2 % of what the server itself says', async () => {
    const served: number[] = [];
    let asked = 0;
    const url = await serving((_, response) => {
      const arrived = performance.now();
      setTimeout(
        () => {
          response.end('ok', () => served.push(performance.now() - arrived));
        },
        1000 + 3000 * ((asked++ * 0.618) % 1),
      );
    });

    const { measured } = await load(targetOf(url), { kind: 'open', ratePerSecond: 40, durationMs: 5000 });

    const sorted = served.toSorted((a, b) => a - b);
    for (const [found, share] of [
      [measured.latency.p50, 0.5],
      [measured.latency.p90, 0.9],
      [measured.latency.p95, 0.95],
    ] as const) {
      const truth = sorted[Math.ceil(share * sorted.length) - 1] ?? NaN;
      expect(Math.abs(found / truth - 1)).toBeLessThan(0.02);
    }
  });

  it('shows a stall of a second as users felt it', async () => {
    const begun = performance.now();
    const stall = { from: 1000, to: 2000 };
    const url = await serving((_, response) => {
      const at = performance.now() - begun;
      const held = at > stall.from && at < stall.to ? stall.to - at : 0;
      setTimeout(() => response.end('ok'), held);
    });

    const { measured } = await load(targetOf(url), { kind: 'open', ratePerSecond: 220, durationMs: 5000 });

    expect(measured.requests).toBe(1100);
    expect(measured.latency.p99).toBeGreaterThan(900);
    expect(measured.latency.p99).toBeLessThan(1500);
  });

  it.each([
    ['in the closed model', closed(500, 25)],
    ['in the open model', { kind: 'open', ratePerSecond: 200, durationMs: 1000 } as const],
  ])('fails where all is answered with 500, and where nobody answers, %s', async (_model, of) => {
    const wrong = await serving((_, response) => response.writeHead(500).end('error'));
    const answered = await load(targetOf(wrong), of);
    servers.splice(0).forEach((server) => {
      server.close();
      server.closeAllConnections();
    });
    const refused = await load(targetOf(wrong), of);

    expect(answered.measured.troubles).toEqual({ 'status 500': answered.planned });
    expect(judge(answered, {}).outcome).toBe('failed');
    expect(refused.measured.troubles).toEqual({ 'connection refused': refused.planned });
    expect(judge(refused, {}).outcome).toBe('failed');
  });
});
