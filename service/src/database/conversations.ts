import { randomUUID } from 'node:crypto';
import type { Kysely } from 'kysely';
import type { Source } from '../knowledge/index.ts';
import type { Database } from './schema.ts';

export interface StoredMessage {
  readonly id: string;
  readonly role: 'visitor' | 'assistant';
  readonly text: string;
  readonly known: boolean | null;
  readonly sources: readonly Source[];
  readonly saidAt: string;
  readonly helpful: boolean | null;
}

export interface Exchange {
  readonly question: string;
  readonly answer: string;
  readonly known: boolean;
  readonly sources: readonly Source[];
}

/** Conversations and what was said in them. A session sees its own alone. */
export class Conversations {
  readonly #db: Kysely<Database>;
  readonly #now: () => Date;

  constructor(db: Kysely<Database>, now: () => Date = () => new Date()) {
    this.#db = db;
    this.#now = now;
  }

  async start(sessionId: string): Promise<string> {
    const id = randomUUID();
    await this.#db
      .insertInto('conversation')
      .values({ id, session_id: sessionId, started_at: this.#now().toISOString() })
      .execute();
    return id;
  }

  async belongsTo(id: string, sessionId: string): Promise<boolean> {
    const row = await this.#db
      .selectFrom('conversation')
      .select('id')
      .where('id', '=', id)
      .where('session_id', '=', sessionId)
      .executeTakeFirst();
    return row !== undefined;
  }

  /** Stores a question and its answer together. @returns the answer's id */
  async add(conversationId: string, exchange: Exchange): Promise<string> {
    const saidAt = this.#now().toISOString();
    const id = randomUUID();
    const common = { conversation_id: conversationId, said_at: saidAt };
    // Two exchanges of one conversation at once want the same positions: the later one takes the next.
    for (let attempt = 0; ; attempt += 1) {
      const { last } = await this.#db
        .selectFrom('message')
        .select((of) => of.fn.coalesce(of.fn.max('position'), of.lit(0)).as('last'))
        .where('conversation_id', '=', conversationId)
        .executeTakeFirstOrThrow();
      try {
        await this.#db
          .insertInto('message')
          .values([
            {
              ...common,
              id: randomUUID(),
              position: Number(last) + 1,
              role: 'visitor',
              text: exchange.question,
              known: null,
              sources: '[]',
            },
            {
              ...common,
              id,
              position: Number(last) + 2,
              role: 'assistant',
              text: exchange.answer,
              known: exchange.known ? 1 : 0,
              sources: JSON.stringify(exchange.sources),
            },
          ])
          .execute();
        return id;
      } catch (error: unknown) {
        if (attempt >= 5 || !isTaken(error)) throw error;
      }
    }
  }

  async list(sessionId: string, limit = 50): Promise<{ id: string; startedAt: string }[]> {
    const rows = await this.#db
      .selectFrom('conversation')
      .select(['id', 'started_at'])
      .where('session_id', '=', sessionId)
      .orderBy('started_at', 'desc')
      .limit(limit)
      .execute();
    return rows.map(({ id, started_at }) => ({ id, startedAt: started_at }));
  }

  async messages(conversationId: string): Promise<StoredMessage[]> {
    const rows = await this.#db
      .selectFrom('message')
      .leftJoin('feedback', 'feedback.message_id', 'message.id')
      .select(['message.id', 'role', 'text', 'known', 'sources', 'said_at', 'helpful'])
      .where('conversation_id', '=', conversationId)
      .orderBy('position')
      .execute();
    return rows.map((row) => ({
      id: row.id,
      role: row.role,
      text: row.text,
      known: row.known === null ? null : row.known === 1,
      sources: JSON.parse(row.sources) as Source[],
      saidAt: row.said_at,
      helpful: row.helpful === null ? null : row.helpful === 1,
    }));
  }

  async remove(conversationId: string): Promise<void> {
    await this.#db.deleteFrom('conversation').where('id', '=', conversationId).execute();
  }

  /** The last word counts. @returns false where the session has no such answer */
  async giveFeedback(messageId: string, sessionId: string, helpful: boolean): Promise<boolean> {
    const row = await this.#db
      .selectFrom('message')
      .innerJoin('conversation', 'conversation.id', 'message.conversation_id')
      .select('message.id')
      .where('message.id', '=', messageId)
      .where('message.role', '=', 'assistant')
      .where('conversation.session_id', '=', sessionId)
      .executeTakeFirst();
    if (row === undefined) return false;
    const value = { helpful: helpful ? 1 : 0, given_at: this.#now().toISOString() };
    await this.#db
      .insertInto('feedback')
      .values({ message_id: messageId, ...value })
      .onConflict((conflict) => conflict.column('message_id').doUpdateSet(value))
      .execute();
    return true;
  }
}

/** A unique constraint: PostgreSQL's 23505, SQLite's 2067. */
function isTaken(error: unknown): boolean {
  if (typeof error !== 'object' || error === null) return false;
  const { code, errcode } = error as { code?: unknown; errcode?: unknown };
  return code === '23505' || errcode === 2067 || errcode === 1555;
}
