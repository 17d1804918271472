import path from 'node:path';
import type { FastifyInstance } from 'fastify';
import { readConfig, type Config } from '../config.ts';
import { openDatabase } from '../database/index.ts';
import { Knowledge } from '../knowledge/index.ts';
import { availableEngines } from '../testing/engines.ts';
import { createApp } from './app.ts';

interface Reply {
  conversationId: string;
  messageId: string;
  answer: string;
  known: boolean;
  sources: { title: string; url: string; checked: string }[];
  related: string[];
  handover?: { contact: string };
}

const knowledge = Knowledge.read(path.join(import.meta.dirname, '..', '..', 'knowledge'));
const open: FastifyInstance[] = [];
afterEach(() => Promise.all(open.splice(0).map((app) => app.close())));

interface StartOptions {
  readonly variables?: Record<string, string>;
  readonly database?: Config['database'];
  readonly lines?: string[];
}

async function start({ variables = {}, database, lines }: StartOptions = {}): Promise<FastifyInstance> {
  const config = readConfig(variables);
  const db = await openDatabase(database ?? config.database);
  const log = lines === undefined ? undefined : { write: (line: string) => void lines.push(line) };
  const app = await createApp({ config, db, knowledge, ...(log === undefined ? {} : { log }) });
  app.addHook('onClose', () => db.destroy());
  open.push(app);
  return app;
}

const chat = (app: FastifyInstance, payload: object, headers: Record<string, string> = {}) =>
  app.inject({ method: 'POST', url: '/api/chat', payload, headers });
const cookieOf = (response: { headers: object }): string => {
  const { 'set-cookie': cookie } = response.headers as { 'set-cookie'?: string };
  return cookie?.split(';')[0] ?? '';
};

describe.each(await availableEngines())('a conversation, kept on %s', (_name, engine) => {
  let app: FastifyInstance;
  beforeAll(() => engine.start(), 60_000);
  afterAll(() => engine.stop());
  beforeEach(async () => {
    app = await start({ database: await engine.database() });
  });

  it('is answered with sources, gone on with, read again, judged, and forgotten', async () => {
    const first = await chat(app, { message: 'What is 3MTT?' });
    expect(first.statusCode).toBe(200);
    const { conversationId, messageId, answer, known, sources } = first.json<Reply>();
    expect(answer).toContain('3 Million Technical Talent');
    expect(known).toBe(true);
    expect(sources[0]).toMatchObject({
      url: expect.stringMatching(/^https:/) as string,
      checked: expect.stringMatching(/^\d{4}-\d\d-\d\d$/) as string,
    });
    const headers = { cookie: cookieOf(first) };

    const second = await chat(app, { message: 'Who can apply?', conversationId }, headers);
    expect(second.json<Reply>().conversationId).toBe(conversationId);
    const feedback = await app.inject({
      method: 'POST',
      url: `/api/messages/${messageId}/feedback`,
      headers,
      payload: { helpful: true },
    });
    expect(feedback.statusCode).toBe(204);

    const listed = await app.inject({ url: '/api/conversations', headers });
    expect(listed.json()).toMatchObject({ conversations: [{ id: conversationId, title: 'What is 3MTT?' }] });
    const read = await app.inject({ url: `/api/conversations/${conversationId}`, headers });
    expect(read.json()).toMatchObject({
      id: conversationId,
      messages: [
        { role: 'visitor', text: 'What is 3MTT?' },
        { role: 'assistant', text: answer, known: true, helpful: true, sources },
        { role: 'visitor', text: 'Who can apply?' },
        { role: 'assistant', known: true },
      ],
    });
    const { body: metrics } = await app.inject({ url: '/metrics' });
    expect(metrics).toContain('chatbot_conversations_total 1\n');
    expect(metrics).toContain('chatbot_answers_total{known="true"} 2\n');
    expect(metrics).toContain('chatbot_feedback_total{helpful="true"} 1\n');
    expect(metrics).toMatch(
      /http_request_duration_seconds_count\{route="\/api\/chat",method="POST",status="200"\} 2/,
    );

    const removed = await app.inject({
      method: 'DELETE',
      url: `/api/conversations/${conversationId}`,
      headers,
    });
    expect(removed.statusCode).toBe(204);
    expect((await app.inject({ url: `/api/conversations/${conversationId}`, headers })).statusCode).toBe(404);
  });

  it('is its own session’s alone', async () => {
    const { conversationId, messageId } = (await chat(app, { message: 'What is 3MTT?' })).json<Reply>();
    const others = { cookie: cookieOf(await chat(app, { message: 'Hello' })) };
    for (const headers of [{}, others]) {
      const url = `/api/conversations/${conversationId}`;
      const refused = [
        await app.inject({ url, headers }),
        await app.inject({ method: 'DELETE', url, headers }),
        await chat(app, { message: 'Who can apply?', conversationId }, headers),
        await app.inject({
          method: 'POST',
          url: `/api/messages/${messageId}/feedback`,
          headers,
          payload: { helpful: false },
        }),
      ];
      expect(refused.map(({ statusCode }) => statusCode)).toEqual([404, 404, 404, 404]);
    }
  });

  it('is streamed: its sources, its text in parts, and where it is kept', async () => {
    const response = await chat(app, { message: 'What is 3MTT?' }, { accept: 'text/event-stream' });
    expect(response.headers).toMatchObject({
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
    });
    const events = [...response.body.matchAll(/^event: (.+)\ndata: (.+)\n\n/gm)].map(([, event, data]) => ({
      event,
      data: JSON.parse(data ?? '') as Partial<Reply> & { text?: string },
    }));
    const deltas = events.filter(({ event }) => event === 'delta');
    expect(events.map(({ event }) => event)).toEqual(['sources', ...deltas.map(() => 'delta'), 'done']);
    expect(deltas.length).toBeGreaterThan(1);
    const conversationId = events[0]?.data.conversationId ?? '';
    expect(events.at(-1)?.data.conversationId).toBe(conversationId);
    const read = await app.inject({
      url: `/api/conversations/${conversationId}`,
      headers: { cookie: cookieOf(response) },
    });
    expect(read.json<{ messages: { text: string }[] }>().messages[1]?.text).toBe(
      deltas.map(({ data }) => data.text).join(''),
    );
  });
});

describe('the API', () => {
  it('says that it does not know, and where to ask', async () => {
    const app = await start({ variables: { HANDOVER_CONTACT: 'mailto:help@example.org' } });
    expect((await chat(app, { message: 'Who won the football world cup?' })).json()).toMatchObject({
      known: false,
      sources: [],
      answer: expect.stringMatching(/ help@example\.org$/) as string,
      handover: { contact: 'mailto:help@example.org' },
    });
    expect((await app.inject({ url: '/metrics' })).body).toContain(
      'chatbot_answers_total{known="false"} 1\n',
    );
  });

  it.each([
    ['nothing', {}, 400, 'message'],
    ['an empty message', { message: ' \n ' }, 400, 'message'],
    ['a message that is no text', { message: 1 }, 400, 'message'],
    ['a message too long', { message: 'x'.repeat(1001) }, 400, 'message'],
    ['a field that it does not know', { message: 'hi', extra: 1 }, 400, ''],
    ['an id that is none', { message: 'hi', conversationId: "x' or 1=1" }, 400, 'conversationId'],
  ])('refuses %s', async (_what, payload, status, field) => {
    const response = await chat(await start(), payload);
    expect(response.statusCode).toBe(status);
    expect(response.json()).toMatchObject({
      error: expect.any(String) as string,
      problems: [{ field, expected: expect.any(String) as string }],
    });
  });

  it.each([
    ['a body too large', 'application/json', JSON.stringify({ message: 'x'.repeat(20_000) }), 413],
    ['JSON that is none', 'application/json', '{"message":', 400],
    ['a form, which another site could send', 'application/x-www-form-urlencoded', 'message=hi', 415],
    ['plain text, which another site could send', 'text/plain', '{"message":"hi"}', 400],
  ])('refuses %s', async (_what, type, payload, status) => {
    const app = await start();
    const response = await app.inject({
      method: 'POST',
      url: '/api/chat',
      payload,
      headers: { 'content-type': type },
    });
    expect(response.statusCode).toBe(status);
    expect(response.json()).toMatchObject({ error: expect.any(String) as string });
  });

  it('takes out of a message what no database stores', async () => {
    const app = await start();
    const response = await chat(app, { message: 'Who can\u0000 apply? \ud800' });
    const { conversationId } = response.json<Reply>();
    const read = await app.inject({
      url: `/api/conversations/${conversationId}`,
      headers: { cookie: cookieOf(response) },
    });
    expect(read.json()).toMatchObject({ messages: [{ text: 'Who can apply? \ufffd' }, { known: true }] });
  });

  it('limits how often an address asks, and not how often it is probed', async () => {
    const app = await start({ variables: { RATE_LIMIT: '2' } });
    await chat(app, { message: 'hello' });
    await chat(app, { message: 'hello' });
    const limited = await chat(app, { message: 'hello' });
    expect(limited.statusCode).toBe(429);
    expect(limited.headers['retry-after']).toBe('60');
    expect(limited.json()).toEqual({ error: expect.stringContaining('1 minute') as string });
    expect((await app.inject({ url: '/health' })).statusCode).toBe(200);
  });

  it('takes an address from a proxy’s header only as far as proxies are trusted', async () => {
    const from = (app: FastifyInstance, addresses: string) =>
      chat(app, { message: 'hello' }, { 'x-forwarded-for': addresses });
    const direct = await start({ variables: { RATE_LIMIT: '1' } });
    await from(direct, '203.0.113.1');
    expect((await from(direct, '203.0.113.2')).statusCode).toBe(429);
    const behindOne = await start({ variables: { RATE_LIMIT: '1', TRUSTED_PROXIES: '1' } });
    await from(behindOne, '203.0.113.1');
    expect((await from(behindOne, '203.0.113.2')).statusCode).toBe(200);
    expect((await from(behindOne, '198.51.100.9, 203.0.113.2')).statusCode).toBe(429);
  });

  it('answers what is not there, and what fails here, without telling how', async () => {
    const app = await start();
    app.get('/breaks', () => {
      throw new Error('canary');
    });
    const missing = await app.inject({ url: '/.env' });
    expect([missing.statusCode, missing.json<unknown>()]).toEqual([404, { error: 'There is nothing here.' }]);
    const broken = await app.inject({ url: '/breaks' });
    expect([broken.statusCode, broken.body]).toEqual([500, expect.not.stringContaining('canary')]);
  });
});

describe('a language model', () => {
  it('that does not answer is replaced by the passages', async () => {
    const lines: string[] = [];
    const app = await start({ variables: { LLM_URL: 'http://127.0.0.1:1/v1' }, lines });
    const response = await chat(app, { message: 'Do fellows get a stipend?' });
    expect(response.json<Reply>().answer).toContain('no stipend');
    expect((await app.inject({ url: '/metrics' })).body).toContain(
      'chatbot_language_model_failures_total 1\n',
    );
    expect(lines.join('')).toContain('The language model did not answer');
  });

  it('is not asked where external APIs are mocked', async () => {
    const app = await start({ variables: { LLM_URL: 'http://127.0.0.1:1/v1', MOCK_EXTERNAL_APIS: 'true' } });
    await chat(app, { message: 'Do fellows get a stipend?' });
    expect((await app.inject({ url: '/metrics' })).body).toContain(
      'chatbot_language_model_failures_total 0\n',
    );
  });
});

describe('the probes', () => {
  it('tell the version, the health, and whether it is ready', async () => {
    const app = await start({
      variables: {
        SLUICE_VERSION: '1.2.3',
        SLUICE_COMMIT: 'abc',
        SLUICE_DIGEST: 'sha256:1',
        SLUICE_COLOUR: 'blue',
      },
    });
    expect((await app.inject({ url: '/version' })).json()).toEqual({
      version: '1.2.3',
      commit: 'abc',
      digest: 'sha256:1',
      colour: 'blue',
      environment: 'development',
      node: process.version,
      uptime: expect.any(Number) as number,
    });
    expect((await app.inject({ url: '/health' })).json()).toEqual({ status: 'ok' });
    expect((await app.inject({ url: '/ready' })).json()).toEqual({
      status: 'ready',
      checks: { database: true, knowledge: true },
    });
  });

  it('live on without the database, but are not ready', async () => {
    const config = readConfig({});
    const db = await openDatabase(config.database);
    const app = await createApp({ config, db, knowledge });
    open.push(app);
    await db.destroy();
    expect((await app.inject({ url: '/health' })).statusCode).toBe(200);
    const ready = await app.inject({ url: '/ready' });
    expect(ready.statusCode).toBe(503);
    expect(ready.json()).toMatchObject({ status: 'not ready', checks: { database: false } });
  });
});

it('writes its business metrics when it stops, whatever the level of the log, and nothing of what was said', async () => {
  const lines: string[] = [];
  const variables = { METRICS_NAMESPACE: 'Shop/Chat', METRICS_INTERVAL: '3600', LOG_LEVEL: 'ERROR' };
  const app = await start({ variables, lines });
  const answered = await chat(app, { message: 'What is 3MTT?' });
  const headers = { cookie: cookieOf(answered) };
  const { conversationId, messageId } = answered.json<Reply>();
  await chat(app, { message: 'How do I bake a cake with bananas?', conversationId }, headers);
  await app.inject({
    method: 'POST',
    url: `/api/messages/${messageId}/feedback`,
    headers,
    payload: { helpful: false },
  });
  expect(lines).toEqual([]);
  await app.close();
  expect(lines.map((line) => JSON.parse(line) as unknown)).toMatchObject([
    {
      Environment: 'development',
      Conversations: 1,
      Answered: 1,
      NotAnswered: 1,
      FeedbackUp: 0,
      FeedbackDown: 1,
    },
  ]);
  expect(lines.join('')).not.toMatch(/bake|3MTT/);
});

describe('security', () => {
  const key = 'the-key-that-is-there-now';

  it('asks for the password where one is set, but not of probes', async () => {
    const app = await start({ variables: { BASIC_AUTH: 'dev:secret' } });
    const authorization = (pair: string) => `Basic ${Buffer.from(pair).toString('base64')}`;
    const page = (headers: Record<string, string>) => app.inject({ url: '/', headers });
    expect((await page({})).headers['www-authenticate']).toContain('Basic realm');
    for (const pair of ['dev:wrong', 'dev:secre', 'dev:secret2', ':'])
      expect((await page({ authorization: authorization(pair) })).statusCode).toBe(401);
    expect((await page({ authorization: authorization('dev:secret') })).statusCode).toBe(200);
    expect((await chat(app, { message: 'hello' })).statusCode).toBe(401);
    for (const url of ['/health', '/ready', '/version', '/metrics'])
      expect((await app.inject({ url })).statusCode).toBe(200);
    for (const url of ['/health/', '/health/../', '/nothing'])
      expect((await app.inject({ url })).statusCode).toBe(401);
  });

  it('lets nothing of elsewhere into the page', async () => {
    const app = await start();
    const { headers } = await app.inject({ url: '/' });
    const policy = String(headers['content-security-policy']);
    expect(policy.split(';')).toEqual(
      expect.arrayContaining(["default-src 'none'", "script-src 'self'", "frame-ancestors 'none'"]),
    );
    expect(policy).not.toContain('unsafe');
    expect(headers).toMatchObject({ 'x-content-type-options': 'nosniff', 'x-frame-options': 'SAMEORIGIN' });
    expect(headers).not.toHaveProperty('strict-transport-security');
  });

  it('keeps its cookie from scripts, from other sites, and outside development from plain HTTP', async () => {
    const inDevelopment = await chat(await start(), { message: 'hello' });
    expect(inDevelopment.headers['set-cookie']).toMatch(/^session=.*; HttpOnly; SameSite=Lax$/);
    const app = await start({ variables: { SLUICE_ENVIRONMENT: 'production', SECRET_KEY: key } });
    const inProduction = await chat(app, { message: 'hello' });
    expect(inProduction.headers['set-cookie']).toMatch(
      /^__Host-session=.*Path=\/; HttpOnly; Secure; SameSite=Lax$/,
    );
    expect(inProduction.headers['strict-transport-security']).toContain('max-age=31536000');
  });

  it('accepts the key before, and signs anew with the key of now', async () => {
    const before = 'the-key-that-was-there-before';
    const sessions = (app: FastifyInstance, cookie: string) =>
      app.inject({ url: '/api/conversations', headers: { cookie } });
    const cookie = cookieOf(
      await chat(await start({ variables: { SECRET_KEY: before } }), { message: 'hello' }),
    );
    const id = cookie.split('.')[0];

    const renewed = cookieOf(
      await sessions(await start({ variables: { SECRET_KEY: `${key},${before}` } }), cookie),
    );
    expect(renewed).not.toBe(cookie);
    expect(renewed.split('.')[0]).toBe(id);

    const rotated = await start({ variables: { SECRET_KEY: key } });
    expect((await sessions(rotated, renewed)).headers).not.toHaveProperty('set-cookie');
    expect(cookieOf(await sessions(rotated, cookie)).split('.')[0]).not.toBe(id);
  });

  it('accepts no session that it has not signed', async () => {
    const app = await start();
    const cookie = cookieOf(await chat(app, { message: 'hello' }));
    for (const forged of [
      `session=${'0'.repeat(36)}.${cookie.split('.')[1] ?? ''}`,
      'session=x',
      'session=.',
    ])
      expect(
        (await app.inject({ url: '/api/conversations', headers: { cookie: forged } })).headers,
      ).toHaveProperty('set-cookie');
  });

  it('logs a line a request, and nothing of what was said, not even at DEBUG', async () => {
    const lines: string[] = [];
    const app = await start({ variables: { LOG_LEVEL: 'DEBUG', BASIC_AUTH: 'dev:canary-1' }, lines });
    const authorization = `Basic ${Buffer.from('dev:canary-1').toString('base64')}`;
    await chat(app, { message: 'canary-2' }, { authorization, cookie: 'session=canary-3' });
    const log = lines.join('');
    expect(JSON.parse(lines.at(-1) ?? '')).toMatchObject({ method: 'POST', route: '/api/chat', status: 200 });
    for (const canary of ['canary-', Buffer.from('dev:canary-1').toString('base64')])
      expect(log).not.toContain(canary);
  });
});

describe('the page', () => {
  it.each(['/', '/chat.css', '/chat.js', '/markdown.js', '/event-stream.js', '/icon.svg'])(
    'serves %s, and says when it has not changed',
    async (url) => {
      const app = await start();
      const first = await app.inject({ url });
      expect(first.statusCode).toBe(200);
      expect(first.body.length).toBeGreaterThan(100);
      const again = await app.inject({ url, headers: { 'if-none-match': String(first.headers.etag) } });
      expect([again.statusCode, again.body]).toEqual([304, '']);
    },
  );
});
