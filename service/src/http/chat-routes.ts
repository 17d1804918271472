import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { z } from 'zod';
import { answer, type Answer } from '../chat/answer.ts';
import type { Rephrase } from '../chat/rephrase.ts';
import type { Conversations } from '../database/conversations.ts';
import type { Knowledge } from '../knowledge/index.ts';
import type { BusinessMetrics } from './business-metrics.ts';
import type { Metrics } from './metrics.ts';
import type { Sessions } from './session.ts';

export interface ChatOptions {
  readonly knowledge: Knowledge;
  readonly conversations: Conversations;
  readonly sessions: Sessions;
  readonly metrics: Metrics;
  readonly business: BusinessMetrics;
  readonly rephrase: Rephrase;
  /** Where a question that has no answer here can be asked: a URL. */
  readonly contact: string;
}

export const longestMessage = 1000;

const questionSchema = z.strictObject({
  message: z
    .string({ error: 'a text' })
    // PostgreSQL stores neither NUL nor half a surrogate pair, and nobody means them.
    .transform((text) => text.toWellFormed().replaceAll('\0', '').trim())
    .pipe(
      z
        .string()
        .min(1, { error: 'a question' })
        .max(longestMessage, { error: `at most ${longestMessage} characters` }),
    ),
  conversationId: z.uuid({ error: 'the id of a conversation' }).optional(),
  stream: z.boolean({ error: 'true or false' }).optional(),
});
const feedbackSchema = z.strictObject({ helpful: z.boolean({ error: 'true or false' }) });

/** A question under way: what it asks, and where its answer is to be kept. */
interface Turn {
  readonly question: string;
  readonly found: Answer;
  readonly conversationId: string;
  readonly sessionId: string;
  readonly first: boolean;
}

interface Identified {
  Params: { id: string };
}

/** The chat, as JSON or as server-sent events, and the conversations of a session. */
export function chatRoutes(app: FastifyInstance, options: ChatOptions): void {
  const { knowledge, conversations, sessions, metrics, business, rephrase, contact } = options;

  const store = async (turn: Turn, text: string): Promise<string> => {
    const { question, found, conversationId, sessionId, first } = turn;
    const { known, sources } = found;
    const id = await conversations.add({
      conversationId,
      sessionId,
      first,
      question,
      answer: text,
      known,
      sources,
    });
    if (first) {
      metrics.conversations.inc();
      business.count('Conversations');
    }
    metrics.answers.inc({ known: String(known) });
    business.count(known ? 'Answered' : 'NotAnswered');
    return id;
  };

  app.post('/api/chat', async (request, reply) => {
    const parsed = questionSchema.safeParse(request.body);
    if (!parsed.success) return refuse(reply, parsed.error);
    const { message, conversationId, stream } = parsed.data;
    const sessionId = sessions.of(request, reply);
    if (conversationId !== undefined && !(await conversations.belongsTo(conversationId, sessionId)))
      return notFound(reply, 'conversation');
    const turn: Turn = {
      question: message,
      found: answer(message, knowledge, contact),
      conversationId: conversationId ?? randomUUID(),
      sessionId,
      first: conversationId === undefined,
    };
    if (stream ?? request.headers.accept?.includes('text/event-stream') ?? false) {
      const left = new AbortController();
      reply.raw.once('close', () => left.abort());
      const events = streamed(turn, left.signal, (error) =>
        request.log.error({ err: error }, 'An answer broke off.'),
      );
      return (
        reply
          .type('text/event-stream; charset=utf-8')
          .header('cache-control', 'no-store')
          // A proxy that gathers the events (nginx does) would take the streaming away.
          .header('x-accel-buffering', 'no')
          .send(Readable.from(events))
      );
    }
    let text = '';
    for await (const part of rephrase(message, turn.found, new AbortController().signal)) text += part;
    text = text.trim();
    const messageId = await store(turn, text);
    return { conversationId: turn.conversationId, messageId, answer: text, ...factsOf(turn.found) };
  });

  /** The events of an answer, until it is told or the visitor has `left`. */
  async function* streamed(
    turn: Turn,
    left: AbortSignal,
    onFailure: (error: unknown) => void,
  ): AsyncGenerator<string> {
    const { conversationId, found } = turn;
    try {
      yield event('sources', { conversationId, ...factsOf(found) });
      let text = '';
      for await (const part of rephrase(turn.question, found, left)) {
        text += part;
        yield event('delta', { text: part });
      }
      const messageId = await store(turn, text.trim());
      yield event('done', { conversationId, messageId });
    } catch (error: unknown) {
      if (left.aborted) return;
      onFailure(error);
      yield event('error', { error: 'The answer broke off. Please ask again.' });
    }
  }

  app.get('/api/conversations', async (request, reply) => ({
    conversations: await conversations.list(sessions.of(request, reply)),
  }));

  app.get<Identified>('/api/conversations/:id', async (request, reply) => {
    const { id } = request.params;
    if (!(await conversations.belongsTo(id, sessions.of(request, reply))))
      return notFound(reply, 'conversation');
    return { id, messages: await conversations.messages(id) };
  });

  app.delete<Identified>('/api/conversations/:id', async (request, reply) => {
    const { id } = request.params;
    if (!(await conversations.belongsTo(id, sessions.of(request, reply))))
      return notFound(reply, 'conversation');
    await conversations.remove(id);
    return reply.code(204).send();
  });

  app.post<Identified>('/api/messages/:id/feedback', async (request, reply) => {
    const parsed = feedbackSchema.safeParse(request.body);
    if (!parsed.success) return refuse(reply, parsed.error);
    const { helpful } = parsed.data;
    if (!(await conversations.giveFeedback(request.params.id, sessions.of(request, reply), helpful)))
      return notFound(reply, 'answer');
    metrics.feedback.inc({ helpful: String(helpful) });
    business.count(helpful ? 'FeedbackUp' : 'FeedbackDown');
    return reply.code(204).send();
  });
}

/** What is known of an answer before it is told. */
function factsOf({ known, sources, related, handover }: Answer) {
  return { known, sources, related, ...(handover === undefined ? {} : { handover }) };
}

function event(name: 'sources' | 'delta' | 'done' | 'error', data: unknown): string {
  return `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
}

function notFound(reply: FastifyReply, what: string): FastifyReply {
  return reply.code(404).send({ error: `There is no such ${what}.` });
}

function refuse(reply: FastifyReply, error: z.ZodError): FastifyReply {
  return reply.code(400).send({
    error: 'The request is not as it has to be.',
    problems: error.issues.map(({ path, message }) => ({ field: path.join('.'), expected: message })),
  });
}
