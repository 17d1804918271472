import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { chatProfile, formatProblem } from '../config/index.ts';
import { readUat } from './read.ts';
import { failuresOf, type UatResult } from './result.ts';
import { runUat } from './run.ts';

/** A chat that says the question again, and keeps what was said for who has the cookie. */
async function answer(
  request: IncomingMessage,
  kept: Map<string, string[]>,
): Promise<{ status: number; body: unknown; cookie?: string }> {
  const { method, url = '', headers } = request;
  if (method === 'POST' && url === '/api/chat') {
    const { message, conversationId } = JSON.parse(await text(request)) as Record<string, string | undefined>;
    if (message === 'break') return { status: 500, body: { error: 'broken' } };
    const id = conversationId ?? `c${kept.size + 1}`;
    kept.set(id, [...(kept.get(id) ?? []), message ?? '']);
    const said = `${message} in ${id}, ${headers['accept-language'] ?? 'any language'}`;
    return { status: 200, body: { answer: said, conversationId: id, messageId: `m-${id}` }, cookie: 'a=1' };
  }
  const id = /^\/api\/conversations\/(\w+)$/.exec(url)?.[1] ?? '';
  if (headers.cookie !== 'a=1' || !kept.has(id)) return { status: 404, body: { error: 'none' } };
  return { status: 200, body: { messages: kept.get(id) } };
}

describe('playing a scenario', () => {
  let server: Server;
  beforeAll(async () => {
    const kept = new Map<string, string[]>();
    server = createServer((request, response) => {
      void answer(request, kept).then(({ status, body, cookie }) => {
        response.statusCode = status;
        if (cookie !== undefined) response.setHeader('set-cookie', `${cookie}; Path=/`);
        response.end(JSON.stringify(body));
      });
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  async function play(scenario: string): Promise<UatResult> {
    const read = readUat(`scenarios:\n  - name: One\n${scenario.replace(/^/gm, '    ')}`, 'uat/a.yml');
    if (!read.ok) throw new Error(read.problems.map(formatProblem).join('\n'));
    return runUat(read.file.scenarios[0]!, {
      url: new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`),
      bindings: { version: '1.0.0' },
      headers: {},
      fetch,
      now: () => performance.now(),
      sleep: () => Promise.resolve(),
      signal: new AbortController().signal,
      chat: chatProfile(undefined),
      browser: 'no browser is here',
    });
  }
  const found = (result: UatResult): string[] => failuresOf(result).map((failing) => failing.found);

  it('stays in her conversation, in her language, until she starts another', async () => {
    const result = await play(`given: { a visitor who speaks: ha }
when: { she asks: 'Version \${version}' }
then: { the answer mentions: [Version 1.0.0, ha] }
next:
  - when: [{ she asks: Two }, she reads her conversation again]
    then: { the conversation shows: [Version 1.0.0, Two] }
  - when: [she starts a new conversation, { she asks: Three }, she reads her conversation again]
    then: { the conversation shows: Two }`);
    expect(found(result)).toEqual(['the conversation does not show “Two”']);
    expect(result.exchanges).toHaveLength(3);
  });

  it('lets nobody else in', async () => {
    const result = await play(`when: [{ she asks: Mine }, another visitor opens her conversation]
then: it is refused`);
    expect(found(result)).toEqual([]);
    expect(result.outcome).toEqual({ kind: 'passed' });
  });

  it('fails where what she does fails, and looks no further', async () => {
    const result = await play(`when: { she asks: break }
then: { the answer does not mention: anything }
next: [{ when: { she asks: More }, then: { the answer mentions: More } }]`);
    expect(found(result)).toEqual(['the service answered with status 500']);
    expect(result.exchanges).toMatchObject([
      { done: [{ said: { kind: 'response', status: 500, body: '{"error":"broken"}' } }], checks: [] },
    ]);
  });

  it.each([
    ['the last thing that she does', '[{ she requests: GET /nothing }]', []],
    [
      'nothing before it',
      '[{ she asks: break }, { she requests: GET /nothing }]',
      ['the service answered with status 500'],
    ],
    ['and a failure of the service is none', '[{ she asks: break }]', ['it was not refused: status 500']],
  ])('takes a refusal as expected of %s', async (_, when, failures) => {
    expect(found(await play(`when: ${when}\nthen: it is refused`))).toEqual(failures);
  });

  it('says what has no value yet', async () => {
    const result = await play(`when: { she requests: 'GET /api/conversations/\${conversation}' }
then: { the status is: 200 }`);
    expect(found(result)).toEqual(['no answer: ${conversation} has no value; known here: version']);
  });

  it('skips what wants a browser, and says why there is none', async () => {
    const result = await play(`when: { she opens the page: / }
then: { the title is: A }`);
    expect(result.outcome).toEqual({ kind: 'skipped', why: 'no browser is here' });
  });
});
