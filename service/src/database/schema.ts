import type { ColumnType } from 'kysely';

/** Times are ISO 8601 text, ids UUIDs: the same on SQLite and PostgreSQL. */
export interface Database {
  conversation: { id: string; session_id: string; started_at: string };
  message: {
    id: string;
    conversation_id: string;
    /** In the order in which they were said, from 1. */
    position: number;
    role: 'visitor' | 'assistant';
    text: string;
    /** Assistant only: whether it knew the answer. 1 or 0. */
    known: ColumnType<number | null, number | null, never>;
    /** JSON array. */
    sources: string;
    said_at: string;
  };
  feedback: { message_id: string; helpful: number; given_at: string };
}
