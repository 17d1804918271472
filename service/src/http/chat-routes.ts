import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { answer, type Answer } from '../chat/answer.ts';
import type { Rephrase } from '../chat/rephrase.ts';
import type { Conversations } from '../database/conversations.ts';
import type { Knowledge } from '../knowledge/index.ts';
import type { Metrics } from './metrics.ts';
import type { Sessions } from './session.ts';

export interface ChatOptions {
  readonly knowledge: Knowledge;
  readonly conversations: Conversations;
  readonly sessions: Sessions;
  readonly metrics: Metrics;
  readonly rephrase: Rephrase;
  readonly contact: string;
}

export const messageLimit = 1000;

const question = z.strictObject({
  message: z
    .string()
    .trim()
    .min(1, { error: 'a question' })
    .max(messageLimit, { error: `at most ${messageLimit} characters` }),
  conversationId: z.uuid({ error: 'the id of a conversation' }).optional(),
  stream: z.boolean().optional(),
});
const feedback = z.strictObject({ helpful: z.boolean({ error: 'true or false' }) });

/** The chat, as JSON or as server-sent events, and the conversations of a session. */
export function chatRoutes(app: FastifyInstance, options: ChatOptions): void {
  const { conversations, sessions, metrics } = options;

  /** The conversation that is gone on with, or a new one; `undefined` where it is not the session's. */
  const conversationOf = async (id: string | undefined, session: string): Promise<string | undefined> => {
    if (id !== undefined) return (await conversations.belongsTo(id, session)) ? id : undefined;
    metrics.conversations.inc();
    return conversations.start(session);
  };

  const wholeText = async (message: string, found: Answer): Promise<string> => {
    let text = '';
    for await (const part of options.rephrase(message, found, AbortSignal.timeout(20_000))) text += part;
    return text.trim();
  };

  const store = async (
    conversationId: string,
    message: string,
    found: Answer,
    text: string,
  ): Promise<string> => {
    metrics.answers.inc({ known: String(found.known) });
    return conversations.add(conversationId, {
      question: message,
      answer: text,
      known: found.known,
      sources: found.sources,
    });
  };

  app.post('/api/chat', async (request, reply) => {
    const parsed = question.safeParse(request.body);
    if (!parsed.success) return refuse(reply, parsed.error);
    const { message, stream } = parsed.data;
    const session = sessions.of(request, reply);
    const conversationId = await conversationOf(parsed.data.conversationId, session);
    if (conversationId === undefined)
      return reply.code(404).send({ error: 'There is no such conversation.' });
    const found = answer(message, options.knowledge, options.contact);
    if (stream === true || request.headers.accept?.includes('text/event-stream') === true) {
      return streamAnswer(request, reply, conversationId, message, found);
    }
    const text = await wholeText(message, found);
    const messageId = await store(conversationId, message, found, text);
    return { conversationId, messageId, answer: text, ...factsOf(found) };
  });

  const streamAnswer = async (
    request: FastifyRequest,
    reply: FastifyReply,
    conversationId: string,
    message: string,
    found: Answer,
  ): Promise<FastifyReply> => {
    const gone = new AbortController();
    request.raw.socket.once('close', () => gone.abort());
    reply.hijack();
    reply.raw.writeHead(200, {
      ...(reply.getHeaders() as Record<string, string>),
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
    });
    const send = (event: string, data: unknown): void => {
      reply.raw.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
    };
    send('sources', { conversationId, ...factsOf(found) });
    try {
      let text = '';
      for await (const part of options.rephrase(message, found, gone.signal)) {
        text += part;
        send('delta', { text: part });
      }
      const messageId = await store(conversationId, message, found, text.trim());
      send('done', { conversationId, messageId });
    } catch (error: unknown) {
      request.log.error({ err: error }, 'The answer broke off.');
      send('error', { error: 'The answer broke off. Please ask again.' });
    }
    reply.raw.end();
    return reply;
  };

  app.get('/api/conversations', async (request, reply) => ({
    conversations: await conversations.list(sessions.of(request, reply)),
  }));

  app.get<{ Params: { id: string } }>('/api/conversations/:id', async (request, reply) => {
    const { id } = request.params;
    if (!(await conversations.belongsTo(id, sessions.of(request, reply))))
      return reply.code(404).send({ error: 'There is no such conversation.' });
    return { id, messages: await conversations.messages(id) };
  });

  app.delete<{ Params: { id: string } }>('/api/conversations/:id', async (request, reply) => {
    const { id } = request.params;
    if (!(await conversations.belongsTo(id, sessions.of(request, reply))))
      return reply.code(404).send({ error: 'There is no such conversation.' });
    await conversations.remove(id);
    return reply.code(204).send();
  });

  app.post<{ Params: { id: string } }>('/api/messages/:id/feedback', async (request, reply) => {
    const parsed = feedback.safeParse(request.body);
    if (!parsed.success) return refuse(reply, parsed.error);
    const { helpful } = parsed.data;
    if (!(await conversations.giveFeedback(request.params.id, sessions.of(request, reply), helpful))) {
      return reply.code(404).send({ error: 'There is no such answer.' });
    }
    metrics.feedback.inc({ helpful: String(helpful) });
    return reply.code(204).send();
  });
}

function factsOf({ known, sources, handover }: Answer) {
  return { known, sources, ...(handover === undefined ? {} : { handover }) };
}

function refuse(reply: FastifyReply, error: z.ZodError): FastifyReply {
  return reply.code(400).send({
    error: 'The request is not as it has to be.',
    problems: error.issues.map(({ path, message }) => ({ field: path.join('.'), expected: message })),
  });
}
