import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { readScenarios, runScenario, type ScenarioResult } from './index.ts';

type Handler = (request: IncomingMessage, response: ServerResponse, count: number) => void;

/** Runs the one scenario of a text against a server that answers as it is told, over a real socket. */
async function runAgainst(
  handler: Handler,
  steps: string,
  changes: {
    readonly path?: string;
    readonly headers?: Record<string, string>;
    readonly signal?: AbortSignal;
  } = {},
): Promise<{ readonly result: ScenarioResult; readonly waits: number[] }> {
  let count = 0;
  const server = createServer((request, response) => handler(request, response, ++count));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const read = readScenarios(`scenarios:\n  - name: one\n    steps:\n${steps}`, 'x.yml');
  if (!read.ok) throw new Error(JSON.stringify(read.problems));
  const waits: number[] = [];
  try {
    const result = await runScenario(read.file.scenarios[0]!, {
      url: new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}${changes.path ?? ''}`),
      bindings: { version: '1.2.3' },
      headers: changes.headers ?? {},
      fetch,
      now: () => performance.now(),
      sleep: (ms) => {
        waits.push(ms);
        return Promise.resolve();
      },
      signal: changes.signal ?? new AbortController().signal,
    });
    return { result, waits };
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}

const failuresOf = ({ steps }: ScenarioResult) => steps.flatMap(({ failures }) => failures);

describe('running a scenario', () => {
  it('hands captured values, cookies and headers on from step to step', async () => {
    const seen: unknown[] = [];
    const { result } = await runAgainst(
      (request, response) => {
        seen.push([request.method, request.url, request.headers.cookie, request.headers.authorization]);
        response.setHeader('set-cookie', ['session=s1; HttpOnly; Path=/', 'old=; Max-Age=0']);
        response.end(JSON.stringify({ id: 'a/b', version: '1.2.3' }));
      },
      `      - request: { method: POST, path: /make, json: { a: 1 } }
        expect: { json: { version: '\${version}' } }
        capture: { id: id }
      - request: GET /made/\${id}
`,
      { path: '/base/', headers: { authorization: 'Basic x' } },
    );
    expect(failuresOf(result)).toEqual([]);
    expect(result.passed).toBe(true);
    expect(seen).toEqual([
      ['POST', '/base/make', undefined, 'Basic x'],
      ['GET', '/base/made/a%2Fb', 'session=s1', 'Basic x'],
    ]);
  });

  it('stops at the first step that fails, and keeps what came', async () => {
    const { result } = await runAgainst((_request, response) => {
      response.statusCode = 500;
      response.end('broken');
    }, '      - request: GET /a\n      - request: GET /b\n');
    expect(result).toMatchObject({ passed: false, steps: [{ status: 500, body: 'broken', attempts: 1 }] });
    expect(failuresOf(result)).toEqual(['status 500, expected 2xx']);
  });

  it('tries again only where the scenario asks for it, and says how often it tried', async () => {
    const handler: Handler = (_request, response, count) => {
      response.statusCode = count < 3 ? 503 : 200;
      response.end();
    };
    const once = await runAgainst(handler, '      - request: GET /\n');
    expect(once.result.passed).toBe(false);
    const patient = await runAgainst(
      handler,
      '      - request: GET /\n        retry: { attempts: 5, every: 2s }\n',
    );
    expect(patient.result).toMatchObject({ passed: true, steps: [{ attempts: 3 }] });
    expect(patient.waits).toEqual([2000, 2000]);
  });

  it('follows no redirect by itself', async () => {
    const { result } = await runAgainst(
      (_request, response) => response.writeHead(302, { location: '/elsewhere' }).end(),
      '      - request: GET /\n        expect: { status: 302, headers: { location: /elsewhere } }\n',
    );
    expect(failuresOf(result)).toEqual([]);
  });

  it('says that nothing answered, within its time', async () => {
    const { result } = await runAgainst(() => undefined, '      - request: { path: /, timeout: 50ms }\n');
    expect(failuresOf(result)).toEqual(['no answer within 50 ms']);
    const dropped = await runAgainst((request) => request.destroy(), '      - request: GET /\n');
    expect(failuresOf(dropped.result)[0]).toMatch(/^no answer: .*fetch failed/);
  });

  it('reports a name that nothing gave a value to, and a capture that found nothing', async () => {
    const unbound = await runAgainst(
      (_request, response) => response.end('{}'),
      '      - request: GET /${nope}\n',
    );
    expect(failuresOf(unbound.result)).toEqual(['no answer: ${nope} has no value; known here: version']);
    const empty = await runAgainst(
      (_request, response) => response.end('{}'),
      '      - request: GET /\n        capture: { id: a.b }\n',
    );
    expect(failuresOf(empty.result)).toEqual(['there is no a.b to capture as id']);
  });

  it('reads a stream of events', async () => {
    const { result } = await runAgainst((_request, response) => {
      response.setHeader('content-type', 'text/event-stream');
      response.write('event: delta\ndata: He');
      response.end('llo\n\nevent: done\ndata: {}\n\n');
    }, '      - request: GET /\n        expect: { events: [{ event: delta, text: Hello }, { event: done }] }\n');
    expect(failuresOf(result)).toEqual([]);
  });

  it('ends when the job is cancelled', async () => {
    await expect(
      runAgainst(() => undefined, '      - request: GET /\n', {
        signal: AbortSignal.abort(new Error('cancelled')),
      }),
    ).rejects.toThrow('cancelled');
  });
});
