import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import type { Answer } from './answer.ts';
import { rephraser, sentencesOf } from './rephrase.ts';

const passage = { id: 'a-1', topic: '', question: '', askedAs: '', text: '', sources: [] };
const found: Answer = {
  text: 'It is free of charge. Transport is not.',
  known: true,
  sources: [],
  passages: [{ passage, score: 10, coverage: 1 }],
  related: [],
  handover: undefined,
};
const chunk = (content: string) => `data: ${JSON.stringify({ choices: [{ delta: { content } }] })}\n\n`;

describe('rephrasing by a language model', () => {
  let server: Server;
  let answerWith: (request: IncomingMessage, response: ServerResponse, body: string) => void;
  const failures: unknown[] = [];

  beforeAll(async () => {
    server = createServer((request, response) => {
      let body = '';
      request.setEncoding('utf8').on('data', (part: string) => (body += part));
      request.on('end', () => answerWith(request, response, body));
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  beforeEach(() => failures.splice(0));
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  async function say(signal = new AbortController().signal, timeoutMs = 5_000): Promise<string[]> {
    const { port } = server.address() as AddressInfo;
    const llm = { url: `http://127.0.0.1:${port}/v1`, model: 'small', apiKey: 'key' };
    const rephrase = rephraser(
      { llm, mockExternalApis: false },
      { onFailure: (error) => failures.push(error), timeoutMs },
    );
    const parts: string[] = [];
    for await (const part of rephrase('Is it free?', found, signal)) parts.push(part);
    return parts;
  }

  it('asks with the passages and the question alone, and yields the words as they come', async () => {
    let asked: unknown;
    answerWith = (request, response, body) => {
      asked = {
        url: request.url,
        authorization: request.headers.authorization,
        body: JSON.parse(body) as unknown,
      };
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      const whole = Buffer.from(`${chunk('It’s ')}: a comment\n\n${chunk('free.')}data: [DONE]\n\n`);
      // In the middle of a character, and of a line.
      response.write(whole.subarray(0, 45));
      setImmediate(() => response.end(whole.subarray(45)));
    };
    expect(await say()).toEqual(['It’s ', 'free.']);
    expect(asked).toMatchObject({
      url: '/v1/chat/completions',
      authorization: 'Bearer key',
      body: {
        model: 'small',
        stream: true,
        messages: [
          { role: 'system' },
          { role: 'user', content: `Passages:\n${found.text}\n\nQuestion: Is it free?` },
        ],
      },
    });
  });

  it.each<[string, (response: ServerResponse) => void, RegExp]>([
    ['refuses', (response) => response.writeHead(503).end(), /HTTP 503/],
    ['says nothing', (response) => response.end('data: [DONE]\n\n'), /said nothing/],
    ['talks nonsense', (response) => response.end('data: {"choices":\n\n'), /JSON/],
    ['hangs up', (response) => response.destroy(), /fetch failed/],
  ])('tells the passages where it %s', async (_what, respond, reason) => {
    answerWith = (_request, response) => respond(response);
    expect(await say()).toEqual([found.text]);
    expect(String(failures[0])).toMatch(reason);
  });

  it('tells the passages where it is too slow', async () => {
    answerWith = () => {};
    expect(await say(undefined, 50)).toEqual([found.text]);
    expect(failures[0]).toMatchObject({ name: 'TimeoutError' });
  });

  it('fails where it breaks off in the middle: half an answer cannot be taken back', async () => {
    answerWith = (_request, response) => {
      response.write(chunk('It is fr'), () => response.destroy());
    };
    await expect(say()).rejects.toThrow('broke off');
  });

  it('stops where nobody listens any more', async () => {
    const left = new AbortController();
    const closed = Promise.withResolvers<undefined>();
    answerWith = (_request, response) => {
      response.on('close', () => closed.resolve(undefined));
      left.abort(new Error('left'));
    };
    await expect(say(left.signal)).rejects.toThrow('left');
    await closed.promise;
    expect(failures).toEqual([]);
  });
});

describe('sentences', () => {
  it.each([
    ['One. Two! Three?', ['One. ', 'Two! ', 'Three?']],
    [
      'See 3mtt.nitda.gov.ng, or 1.5 billion.\n\nNext',
      ['See 3mtt.nitda.gov.ng, or 1.5 billion.\n\n', 'Next'],
    ],
    ['No end', ['No end']],
    ['', ['']],
  ])('of %j', (text, sentences) => {
    expect(sentencesOf(text)).toEqual(sentences);
    expect(sentencesOf(text).join('')).toBe(text);
  });
});
