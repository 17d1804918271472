import path from 'node:path';
import type { FastifyInstance } from 'fastify';
import { readConfig } from '../config.ts';
import { openDatabase } from '../database/index.ts';
import { Knowledge } from '../knowledge/index.ts';
import { createApp } from './app.ts';

const knowledge = Knowledge.read(path.join(import.meta.dirname, '..', '..', 'knowledge'));

async function start(variables: Record<string, string> = {}, chatLimit = 1000): Promise<FastifyInstance> {
  const config = readConfig(variables);
  const db = await openDatabase(config.database);
  const app = await createApp({ config, db, knowledge, chatLimit });
  app.addHook('onClose', () => db.destroy());
  return app;
}

describe('the chatbot', () => {
  let app: FastifyInstance;
  afterEach(() => app.close());

  const chat = (payload: object, cookie?: string) =>
    app.inject({
      method: 'POST',
      url: '/api/chat',
      payload,
      headers: cookie === undefined ? {} : { cookie },
    });

  it('answers, with its sources, and remembers the conversation', async () => {
    app = await start();
    const first = await chat({ message: 'What is 3MTT?' });
    expect(first.statusCode).toBe(200);
    const { conversationId, answer, known, sources, messageId } = first.json<Record<string, string>>();
    expect({ known, answer }).toMatchObject({
      known: true,
      answer: expect.stringContaining('3 Million Technical Talent') as string,
    });
    expect(sources?.length).toBeGreaterThan(0);
    const cookie = String(first.headers['set-cookie']).split(';')[0] ?? '';
    const second = await chat({ message: 'Who can apply?', conversationId }, cookie);
    expect(second.json()).toMatchObject({ conversationId });
    const history = await app.inject({
      url: `/api/conversations/${conversationId ?? ''}`,
      headers: { cookie },
    });
    expect(history.json<{ messages: { role: string }[] }>().messages.map(({ role }) => role)).toEqual([
      'visitor',
      'assistant',
      'visitor',
      'assistant',
    ]);
    const feedback = await app.inject({
      method: 'POST',
      url: `/api/messages/${messageId ?? ''}/feedback`,
      headers: { cookie },
      payload: { helpful: true },
    });
    expect(feedback.statusCode).toBe(204);
    const metrics = await app.inject({ url: '/metrics' });
    expect(metrics.body).toContain('chatbot_answers_total{known="true"} 2');
    expect(metrics.body).toContain('chatbot_feedback_total{helpful="true"} 1');
  });

  it('shows a conversation to its own session alone', async () => {
    app = await start();
    const { conversationId } = (await chat({ message: 'What is 3MTT?' })).json<{ conversationId: string }>();
    expect((await app.inject({ url: `/api/conversations/${conversationId}` })).statusCode).toBe(404);
    expect((await chat({ message: 'Who can apply?', conversationId })).statusCode).toBe(404);
  });

  it('streams', async () => {
    app = await start();
    const response = await app.inject({
      method: 'POST',
      url: '/api/chat',
      payload: { message: 'What is 3MTT?', stream: true },
    });
    const events = [...response.body.matchAll(/^event: (.+)$/gm)].map(([, event]) => event);
    expect(events[0]).toBe('sources');
    expect(events.at(-1)).toBe('done');
    expect(events.filter((event) => event === 'delta').length).toBeGreaterThan(0);
    const cookie = String(response.headers['set-cookie']).split(';')[0] ?? '';
    const { conversationId } = JSON.parse(/^data: (.+)$/m.exec(response.body)?.[1] ?? '{}') as {
      conversationId: string;
    };
    expect((await chat({ message: 'Who can apply?', conversationId }, cookie)).statusCode).toBe(200);
  });

  it.each([
    [{}, 400],
    [{ message: '' }, 400],
    [{ message: 'x'.repeat(1001) }, 400],
    [{ message: 'hi', extra: 1 }, 400],
    [{ message: 'hi', conversationId: "x' or 1=1" }, 400],
    [{ message: 'x'.repeat(20_000) }, 413],
  ])('refuses %j', async (payload, status) => {
    app = await start();
    expect((await chat(payload)).statusCode).toBe(status);
  });

  it('limits how often is asked', async () => {
    app = await start({}, 2);
    await chat({ message: 'hello' });
    await chat({ message: 'hello' });
    expect((await chat({ message: 'hello' })).statusCode).toBe(429);
  });

  it('asks for the password where one is set, but not of probes', async () => {
    app = await start({ BASIC_AUTH: 'dev:secret' });
    expect((await chat({ message: 'hello' })).statusCode).toBe(401);
    expect((await app.inject({ url: '/health' })).statusCode).toBe(200);
    expect((await app.inject({ url: '/version' })).statusCode).toBe(200);
    const authorization = `Basic ${Buffer.from('dev:secret').toString('base64')}`;
    expect((await app.inject({ url: '/', headers: { authorization } })).statusCode).toBe(200);
  });

  it('tells its version, its health and whether it is ready', async () => {
    app = await start({
      SLUICE_VERSION: '1.2.3',
      SLUICE_COMMIT: 'abc',
      SLUICE_DIGEST: 'sha256:1',
      SLUICE_COLOUR: 'blue',
    });
    expect((await app.inject({ url: '/version' })).json()).toMatchObject({
      version: '1.2.3',
      commit: 'abc',
      digest: 'sha256:1',
      colour: 'blue',
    });
    expect((await app.inject({ url: '/ready' })).json()).toEqual({
      status: 'ready',
      checks: { database: true, knowledge: true },
    });
  });

  it('keeps scripts of elsewhere out', async () => {
    app = await start();
    const { headers } = await app.inject({ url: '/' });
    expect(headers['content-security-policy']).toContain("script-src 'self'");
    expect(headers['content-security-policy']).not.toContain('unsafe');
    expect(headers['x-content-type-options']).toBe('nosniff');
  });

  it('accepts the key before, and signs anew', async () => {
    const before = 'the-key-that-was-there-before';
    app = await start({ SECRET_KEY: before });
    const cookie =
      String((await chat({ message: 'What is 3MTT?' })).headers['set-cookie']).split(';')[0] ?? '';
    await app.close();
    app = await start({ SECRET_KEY: `the-key-that-is-there-now,${before}` });
    const renewed = await app.inject({ url: '/api/conversations', headers: { cookie } });
    expect(String(renewed.headers['set-cookie']).split('.')[0]).toBe(cookie.split('.')[0]);
    await app.close();
    app = await start({ SECRET_KEY: 'the-key-that-is-there-now' });
    const refused = await app.inject({ url: '/api/conversations', headers: { cookie } });
    expect(String(refused.headers['set-cookie']).split('.')[0]).not.toBe(cookie.split('.')[0]);
  });
});
