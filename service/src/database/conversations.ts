import { randomUUID } from 'node:crypto';
import type { Kysely } from 'kysely';
import type { Source } from '../knowledge/index.ts';
import { GroupCommit } from './group-commit.ts';
import type { Database } from './schema.ts';

export interface ConversationSummary {
  readonly id: string;
  readonly title: string;
  readonly startedAt: string;
}

/** What was said, in its order. A visitor's message has no `known`, no `helpful` and no sources. */
export interface StoredMessage {
  /** The exchange's: a question and its answer have the same. */
  readonly id: string;
  readonly role: 'visitor' | 'assistant';
  readonly text: string;
  readonly saidAt: string;
  readonly known?: boolean;
  readonly sources?: readonly Source[];
  readonly helpful?: boolean;
}

export interface Exchange {
  readonly conversationId: string;
  readonly sessionId: string;
  /** Whether the exchange begins the conversation, which is then stored with it. */
  readonly first: boolean;
  readonly question: string;
  readonly answer: string;
  readonly known: boolean;
  readonly sources: readonly Source[];
}

interface Row {
  readonly conversation: Database['conversation'] | undefined;
  readonly exchange: Database['exchange'];
}

const titleLength = 100;
const mostListed = 50;

/** Conversations and what was said in them. A session sees its own alone. */
export class Conversations {
  readonly #db: Kysely<Database>;
  readonly #now: () => Date;
  readonly #log: GroupCommit<Row>;

  constructor(db: Kysely<Database>, now: () => Date = () => new Date()) {
    this.#db = db;
    this.#now = now;
    this.#log = new GroupCommit((rows) => this.#insert(rows));
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

  /** Stores a question and its answer. @returns the exchange's id, once it is committed */
  async add({ conversationId, sessionId, first, ...said }: Exchange): Promise<string> {
    const id = randomUUID();
    const now = this.#now().toISOString();
    await this.#log.add({
      conversation: first
        ? { id: conversationId, session_id: sessionId, title: shortened(said.question), started_at: now }
        : undefined,
      exchange: {
        id,
        conversation_id: conversationId,
        asked_at: now,
        question: said.question,
        answer: said.answer,
        known: said.known ? 1 : 0,
        sources: JSON.stringify(said.sources),
        helpful: null,
      },
    });
    return id;
  }

  async #insert(rows: readonly Row[]): Promise<void> {
    const conversations = rows.flatMap(({ conversation }) => conversation ?? []);
    await this.#db.transaction().execute(async (transaction) => {
      if (conversations.length > 0)
        await transaction.insertInto('conversation').values(conversations).execute();
      await transaction
        .insertInto('exchange')
        .values(rows.map(({ exchange }) => exchange))
        .execute();
    });
  }

  /** The latest first. */
  async list(sessionId: string): Promise<ConversationSummary[]> {
    const rows = await this.#db
      .selectFrom('conversation')
      .select(['id', 'title', 'started_at'])
      .where('session_id', '=', sessionId)
      .orderBy('started_at', 'desc')
      .limit(mostListed)
      .execute();
    return rows.map(({ id, title, started_at }) => ({ id, title, startedAt: started_at }));
  }

  async messages(conversationId: string): Promise<StoredMessage[]> {
    const rows = await this.#db
      .selectFrom('exchange')
      .selectAll()
      .where('conversation_id', '=', conversationId)
      .orderBy('asked_at')
      .execute();
    return rows.flatMap((row): StoredMessage[] => [
      { id: row.id, role: 'visitor', text: row.question, saidAt: row.asked_at },
      {
        id: row.id,
        role: 'assistant',
        text: row.answer,
        saidAt: row.asked_at,
        known: row.known === 1,
        sources: JSON.parse(row.sources) as Source[],
        ...(row.helpful === null ? {} : { helpful: row.helpful === 1 }),
      },
    ]);
  }

  /** With all that was said in it. */
  async remove(conversationId: string): Promise<void> {
    await this.#db.deleteFrom('conversation').where('id', '=', conversationId).execute();
  }

  /** The last word counts. @returns false where the session has no such answer */
  async giveFeedback(exchangeId: string, sessionId: string, helpful: boolean): Promise<boolean> {
    const { numUpdatedRows } = await this.#db
      .updateTable('exchange')
      .set({ helpful: helpful ? 1 : 0 })
      .where('id', '=', exchangeId)
      .where('conversation_id', 'in', (of) =>
        of.selectFrom('conversation').select('conversation.id').where('session_id', '=', sessionId),
      )
      .executeTakeFirstOrThrow();
    return numUpdatedRows > 0n;
  }
}

function shortened(question: string): string {
  const line = question.replaceAll(/\s+/g, ' ');
  return line.length <= titleLength ? line : `${line.slice(0, titleLength - 1)}…`;
}
