import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import {
  Agent,
  createServer,
  request,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { startService, type RunningService } from './testing/service.ts';

const chunk = (content: string) => `data: ${JSON.stringify({ choices: [{ delta: { content } }] })}\n\n`;
const question = JSON.stringify({ message: 'Who can apply?', stream: true });

describe('the process', () => {
  let folder: string;
  let file: string;
  let service: RunningService | undefined;

  beforeEach(() => {
    folder = mkdtempSync(path.join(os.tmpdir(), 'chatbot-'));
    file = path.join(folder, 'chatbot.sqlite');
  });
  afterEach(async () => {
    service?.kill('SIGKILL');
    await service?.exited;
    service = undefined;
    rmSync(folder, { recursive: true });
  });

  const stored = (): unknown[] => {
    const database = new DatabaseSync(file);
    const rows = database.prepare('select question, answer from exchange').all();
    database.close();
    return rows.map((row) => ({ ...row }));
  };

  it('finishes the stream that is in flight when it is told to stop, takes nothing new, and exits with 0', async () => {
    const model = await startModel();
    const agent = new Agent({ keepAlive: true });
    service = await startService({ SQLITE_FILE: file, LLM_URL: model.url });
    // An idle connection that is kept alive must not hold it back.
    const probe = await get(`${service.url}/health`, agent);
    expect(probe.statusCode).toBe(200);

    const answering = once(model.server, 'request');
    const asked = request(`${service.url}/api/chat`, {
      method: 'POST',
      agent,
      headers: { 'content-type': 'application/json' },
    });
    asked.end(question);
    const [response] = (await once(asked, 'response')) as [IncomingMessage];
    const [, generated] = (await answering) as [IncomingMessage, ServerResponse];
    const body = textOf(response);
    generated.write(chunk('Anybody '));
    await body.has('Anybody');

    service.kill('SIGTERM');
    await service.logged('no new connections');
    await expect(fetch(`${service.url}/health`)).rejects.toThrow('fetch failed');
    generated.end(chunk('above 18.') + 'data: [DONE]\n\n');

    expect(await service.exited).toBe(0);
    expect(await body.whole).toMatch(/event: delta\ndata: {"text":"above 18\."}\n\nevent: done\n/);
    expect(stored()).toEqual([{ question: 'Who can apply?', answer: 'Anybody above 18.' }]);
    expect(service.log.at(-1)).toContain('Stopped.');
    expect(service.log.join('\n')).not.toContain('was cut');
    agent.destroy();
    model.stop();
  }, 30_000);

  it('stops asking the language model when the visitor leaves', async () => {
    const model = await startModel();
    service = await startService({ SQLITE_FILE: file, LLM_URL: model.url });
    const answering = once(model.server, 'request');
    const asked = request(`${service.url}/api/chat`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
    });
    asked.on('error', () => {});
    asked.end(question);
    const [response] = (await once(asked, 'response')) as [IncomingMessage];
    const [, generated] = (await answering) as [IncomingMessage, ServerResponse];
    const abandoned = once(generated, 'close');
    const body = textOf(response.on('error', () => {}));
    generated.write(chunk('Anybody '));
    await body.has('Anybody');
    asked.destroy();
    await abandoned;
    service.kill('SIGTERM');
    expect(await service.exited).toBe(0);
    expect(stored()).toEqual([]);
    expect(service.log.join('\n')).not.toContain('broke off');
    model.stop();
    // Well before the model’s own deadline of 15 s, which would end it too.
  }, 12_000);

  it('loses no exchange that it has acknowledged, not even when it is killed', async () => {
    service = await startService({ SQLITE_FILE: file, RATE_LIMIT: '0' });
    const { url } = service;
    const answers = await Promise.all(
      Array.from({ length: 50 }, () =>
        fetch(`${url}/api/chat`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: question,
        }).then((response) => response.text()),
      ),
    );
    service.kill('SIGKILL');
    expect(await service.exited).toBe('SIGKILL');
    expect(answers.filter((text) => text.includes('event: done'))).toHaveLength(50);
    expect(stored()).toHaveLength(50);
  }, 30_000);

  it('stops at once where nothing is in flight', async () => {
    service = await startService();
    service.kill('SIGINT');
    expect(await service.exited).toBe(0);
  }, 30_000);

  it('does not start with a configuration that has mistakes, and names them without a stack trace', async () => {
    const failed: unknown = await startService({
      SLUICE_ENVIRONMENT: 'production',
      LOG_LEVEL: 'LOUD',
      DATABASE_URL: 'x',
    }).catch((error: unknown) => error);
    expect((failed as Error).message.split('\n').map((line) => line.trim())).toEqual([
      'The service ended (1):',
      'The environment has 3 mistakes; the README has the table of variables:',
      'LOG_LEVEL: "LOUD": expected DEBUG, INFO, WARNING, ERROR or SILENT',
      'DATABASE_URL: expected a postgres:// URL, or nothing for SQLite',
      'SECRET_KEY: expected a key, outside development',
    ]);
  }, 30_000);
});

/** A language model that says what the test makes it say. */
async function startModel(): Promise<{ server: Server; url: string; stop: () => void }> {
  const server = createServer((_request, response) => response.writeHead(200)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    server,
    url: `http://127.0.0.1:${port}/v1`,
    stop: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

async function get(url: string, agent: Agent): Promise<IncomingMessage> {
  const asked = request(url, { agent }).end();
  const [response] = (await once(asked, 'response')) as [IncomingMessage];
  response.resume();
  await once(response, 'end');
  return response;
}

function textOf(response: IncomingMessage): { whole: Promise<string>; has(text: string): Promise<void> } {
  let text = '';
  response.setEncoding('utf8').on('data', (part: string) => (text += part));
  return {
    whole: once(response, 'end').then(
      () => text,
      () => text,
    ),
    async has(wanted) {
      while (!text.includes(wanted)) await once(response, 'data');
    },
  };
}
