import { Agent, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

export interface LoadResult {
  readonly perSecond: number;
  readonly failed: number;
  /** Of the requests that were answered with 200. */
  readonly latenciesMs: readonly number[];
}

const questions = [
  'What is 3MTT?',
  'Which skills can I learn?',
  'Who can apply?',
  'Does it cost anything, and is there a stipend?',
  'How long does the training take?',
  'Do I get a certificate?',
  'Can I learn cybersecurity?',
  'Do fellows get help with finding a job?',
  'How many people have applied?',
  'Who won the football world cup?',
];
const questionsAConversation = 5;

/** A visitor who asks some questions in a conversation, then begins another. */
class Visitor {
  readonly #url: URL;
  readonly #agent: Agent;
  #asked = 0;
  #cookie = '';
  #conversationId: string | undefined;

  constructor(url: string, agent: Agent) {
    this.#url = new URL('/api/chat', url);
    this.#agent = agent;
  }

  /** @returns whether it was answered */
  async ask(): Promise<boolean> {
    const message = questions[this.#asked % questions.length];
    if (this.#asked % questionsAConversation === 0) this.#conversationId = undefined;
    this.#asked += 1;
    const { status, cookie, body } = await post(this.#url, this.#agent, this.#cookie, {
      message,
      conversationId: this.#conversationId,
    });
    if (cookie !== undefined) this.#cookie = cookie;
    if (status !== 200) return false;
    this.#conversationId = (JSON.parse(body) as { conversationId: string }).conversationId;
    return true;
  }
}

/** Closed model: each connection asks as soon as it was answered. The rate is what the service can do. */
export async function closedLoad(
  url: string,
  { connections, durationMs }: { connections: number; durationMs: number },
): Promise<LoadResult> {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const latenciesMs: number[] = [];
  let failed = 0;
  const begun = performance.now();
  await Promise.all(
    Array.from({ length: connections }, async () => {
      const visitor = new Visitor(url, agent);
      while (performance.now() - begun < durationMs) {
        const sent = performance.now();
        if (await visitor.ask()) latenciesMs.push(performance.now() - sent);
        else failed += 1;
      }
    }),
  );
  const seconds = (performance.now() - begun) / 1000;
  agent.destroy();
  return { perSecond: latenciesMs.length / seconds, failed, latenciesMs };
}

/**
 * Open model: visitors come whether or not the service keeps up, and a latency counts from the moment at which the
 * question should have been asked, so that a stall is felt by all who came during it.
 */
export async function openLoad(
  url: string,
  { perSecond, durationMs }: { perSecond: number; durationMs: number },
): Promise<LoadResult> {
  const agent = new Agent({ keepAlive: true });
  const idle: Visitor[] = [];
  const latenciesMs: number[] = [];
  const underWay: Promise<void>[] = [];
  let failed = 0;
  const begun = performance.now();
  const total = Math.round((perSecond * durationMs) / 1000);
  for (let index = 0; index < total; index += 1) {
    const due = begun + (index * 1000) / perSecond;
    const early = due - performance.now();
    if (early > 0) await sleep(early);
    const visitor = idle.pop() ?? new Visitor(url, agent);
    underWay.push(
      visitor.ask().then((answered) => {
        if (answered) latenciesMs.push(performance.now() - due);
        else failed += 1;
        idle.push(visitor);
      }),
    );
  }
  await Promise.all(underWay);
  const seconds = (performance.now() - begun) / 1000;
  agent.destroy();
  return { perSecond: latenciesMs.length / seconds, failed, latenciesMs };
}

function post(
  url: URL,
  agent: Agent,
  cookie: string,
  payload: unknown,
): Promise<{ status: number; cookie: string | undefined; body: string }> {
  const { promise, resolve, reject } = Promise.withResolvers<{
    status: number;
    cookie: string | undefined;
    body: string;
  }>();
  const body = JSON.stringify(payload);
  const asked = request(
    url,
    {
      agent,
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(body),
        ...(cookie === '' ? {} : { cookie }),
      },
    },
    (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (part: string) => (text += part));
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          cookie: response.headers['set-cookie']?.[0]?.split(';')[0],
          body: text,
        }),
      );
      response.on('error', reject);
    },
  );
  asked.on('error', reject);
  asked.end(body);
  return promise;
}
