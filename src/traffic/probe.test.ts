import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { addAnswer, noStreak, probe, prove, type Answer } from './probe.ts';

describe('asking once', () => {
  let server: Server;
  let url: URL;
  let listener: RequestListener;
  beforeAll(async () => {
    server = createServer((request, response) => listener(request, response));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/version`);
  });
  afterAll(() => {
    server.close();
    server.closeAllConnections();
  });
  const ask = (answer: RequestListener, headers: Readonly<Record<string, string>> = {}): Promise<Answer> => {
    listener = answer;
    return probe({ url, versionKey: 'version', headers });
  };
  const json =
    (body: string): RequestListener =>
    (_request, response) =>
      void response.end(body);

  it('learns the version', async () => {
    expect(await ask(json('{"version":"1.2.3"}'))).toMatchObject({
      status: 200,
      version: '1.2.3',
      problem: undefined,
    });
  });

  it('sends what it is given, asks for fresh JSON, and takes a connection of its own', async () => {
    const seen = Promise.withResolvers<Record<string, unknown>>();
    await ask(
      (request, response) => {
        seen.resolve({ method: request.method, ...request.headers });
        response.end('{}');
      },
      { authorization: 'Basic x' },
    );
    expect(await seen.promise).toMatchObject({
      method: 'GET',
      authorization: 'Basic x',
      accept: 'application/json',
      'cache-control': 'no-cache',
      connection: 'close',
    });
  });

  it.each([
    ['no JSON', json('<html>'), 'the answer has no "version" in its JSON'],
    ['no version', json('{"name":"shop"}'), 'the answer has no "version" in its JSON'],
    ['a version that is no text', json('{"version":3}'), 'the answer has no "version" in its JSON'],
    ['null', json('null'), 'the answer has no "version" in its JSON'],
  ])('an answer with %s has a problem, and a status', async (_name, answer, problem) => {
    expect(await ask(answer)).toMatchObject({ status: 200, version: undefined, problem });
  });

  it('a status that is not good is a problem', async () => {
    expect(
      await ask((_request, response) => void response.writeHead(503).end('{"version":"1.2.3"}')),
    ).toMatchObject({
      status: 503,
      version: undefined,
      problem: 'HTTP 503',
    });
  });

  it('a redirect is not followed, and says where to', async () => {
    const elsewhere: RequestListener = (_request, response) =>
      void response.writeHead(302, { location: 'https://elsewhere.example/' }).end();
    expect(await ask(elsewhere)).toMatchObject({
      status: 302,
      problem: 'HTTP 302 to https://elsewhere.example/; redirects are not followed',
    });
  });

  it('a connection that breaks is an answer with a reason', async () => {
    const { status, problem } = await ask((request) => void request.socket.destroy());
    expect(status).toBe(0);
    expect(problem).toMatch(/UND_ERR_SOCKET|ECONNRESET/);
  });

  it('nobody listening is an answer with a reason', async () => {
    const closed = createServer();
    await new Promise<void>((resolve) => closed.listen(0, '127.0.0.1', resolve));
    const nobody = new URL(`http://127.0.0.1:${(closed.address() as AddressInfo).port}/version`);
    await new Promise((resolve) => closed.close(resolve));
    const { status, problem } = await probe({ url: nobody, versionKey: 'version' });
    expect(status).toBe(0);
    expect(problem).toContain('ECONNREFUSED');
  });

  it('TLS that is not there, or not right, is named', async () => {
    const secure = new URL(url);
    secure.protocol = 'https:';
    listener = json('{}');
    const { problem } = await probe({ url: secure, versionKey: 'version' });
    expect(problem).toMatch(/SSL/);
  });

  it('ends with the job: a cancelled one is no answer', async () => {
    const job = new AbortController();
    listener = () => job.abort(new Error('The job was cancelled.'));
    await expect(probe({ url, versionKey: 'version' }, fetch, job.signal)).rejects.toThrow(
      'The job was cancelled.',
    );
  });
});

describe('counting answers', () => {
  const answer = (version: string | undefined, changes: Partial<Answer> = {}): Answer => ({
    status: 200,
    version,
    ms: 1,
    problem: undefined,
    ...changes,
  });
  const count = (answers: readonly Answer[], expected: string | undefined) =>
    answers.reduce((streak, one) => addAnswer(streak, one, expected), noStreak);

  it('counts good answers in a row', () => {
    expect(count([answer('2'), answer('2')], '2')).toMatchObject({ good: 2, asked: 2 });
  });

  it('begins anew after another version, and after none', () => {
    expect(count([answer('2'), answer('1'), answer('2')], '2')).toMatchObject({ good: 1, asked: 3 });
    const failed = answer(undefined, { status: 0, problem: 'ECONNREFUSED' });
    expect(count([answer('2'), failed], '2')).toMatchObject({ good: 0, seen: { 2: 1, '(none)': 1 } });
  });

  it('takes any good status where no version is expected', () => {
    const silent = answer(undefined, { problem: 'the answer has no "version" in its JSON' });
    expect(count([silent, silent], undefined).good).toBe(2);
    expect(count([answer('2', { status: 503, problem: 'HTTP 503' })], undefined).good).toBe(0);
  });
});

describe('asking until it is proven', () => {
  const run = async (versions: readonly string[], { deadlineMs = 10_000, answers = 2 } = {}) => {
    let time = 0;
    let asked = 0;
    const waits: number[] = [];
    const states: string[] = [];
    const result = await prove({
      target: { url: new URL('http://dev.example.org/version'), versionKey: 'version' },
      expected: '2',
      answers,
      deadlineMs,
      now: () => time,
      sleep: (ms) => {
        waits.push(ms);
        time += ms;
        return Promise.resolve();
      },
      random: () => 0.5,
      report: (state) => states.push(state),
      fetch: () => {
        const version = versions[Math.min(asked, versions.length - 1)];
        asked += 1;
        return Promise.resolve(Response.json({ version }));
      },
    });
    return { ...result, waits, states };
  };

  it('is slow while another version answers, and quick as soon as the right one does', async () => {
    const { proven, waits, states } = await run(['1', '1', '2', '2']);
    expect(proven).toBe(true);
    expect(waits).toEqual([1_000, 1_000, 100]);
    expect(states).toEqual([
      'http://dev.example.org/version: version 1 answers',
      'http://dev.example.org/version: version 1 answers',
      'http://dev.example.org/version: 1 of 2 answers of the new version in a row',
    ]);
  });

  it('gives up when the next answer would come too late', async () => {
    const { proven, streak, waits } = await run(['1'], { deadlineMs: 3_500 });
    expect(proven).toBe(false);
    expect(waits).toEqual([1_000, 1_000, 1_000]);
    expect(streak).toMatchObject({ asked: 4, seen: { 1: 4 } });
  });

  it('is not proven by answers that take turns', async () => {
    const { proven } = await run(
      Array.from({ length: 100 }, (_, index) => String(1 + (index % 2))),
      {
        deadlineMs: 5_000,
      },
    );
    expect(proven).toBe(false);
  });
});
