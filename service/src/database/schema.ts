/**
 * Times are ISO 8601 text in UTC, ids are UUIDs, truth is 1 or 0: the same on SQLite and PostgreSQL.
 * A conversation and its exchanges belong to one session.
 */
export interface Database {
  conversation: {
    id: string;
    session_id: string;
    /** Its first question, shortened. */
    title: string;
    started_at: string;
  };
  /** A question and its answer, stored together or not at all. */
  exchange: {
    id: string;
    conversation_id: string;
    asked_at: string;
    question: string;
    answer: string;
    /** Whether the knowledge base had an answer. */
    known: number;
    /** JSON: an array of sources. */
    sources: string;
    /** The visitor's last word on whether it helped. */
    helpful: number | null;
  };
}
