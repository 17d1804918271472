import { Migrator, sql, type Kysely, type Migration } from 'kysely';
import type { Config } from '../config.ts';
import type { Database } from './schema.ts';

/** One set for both engines: only what SQLite and PostgreSQL write alike. Never change one that has been released. */
const migrations: Readonly<Record<string, Migration>> = {
  '2026-11-24-conversations': {
    async up(db: Kysely<unknown>): Promise<void> {
      await db.schema
        .createTable('conversation')
        .addColumn('id', 'varchar(36)', (column) => column.primaryKey())
        .addColumn('session_id', 'varchar(36)', (column) => column.notNull())
        .addColumn('title', 'varchar(100)', (column) => column.notNull())
        .addColumn('started_at', 'varchar(30)', (column) => column.notNull())
        .execute();
      await db.schema
        .createIndex('conversation_of_session')
        .on('conversation')
        .columns(['session_id', 'started_at'])
        .execute();
      await db.schema
        .createTable('exchange')
        .addColumn('id', 'varchar(36)', (column) => column.primaryKey())
        .addColumn('conversation_id', 'varchar(36)', (column) =>
          column.notNull().references('conversation.id').onDelete('cascade'),
        )
        .addColumn('asked_at', 'varchar(30)', (column) => column.notNull())
        .addColumn('question', 'text', (column) => column.notNull())
        .addColumn('answer', 'text', (column) => column.notNull())
        .addColumn('known', 'integer', (column) => column.notNull())
        .addColumn('sources', 'text', (column) => column.notNull())
        .addColumn('helpful', 'integer')
        .execute();
      await db.schema
        .createIndex('exchange_of_conversation')
        .on('exchange')
        .columns(['conversation_id', 'asked_at'])
        .execute();
    },
  },
};

/**
 * Brings the tables up to date, once, however many tasks start at the same time.
 * @throws Error naming the migration that failed
 */
export async function migrate(db: Kysely<Database>, engine: Config['database']['kind']): Promise<void> {
  switch (engine) {
    case 'postgres':
      // The migrator holds an advisory lock, and runs in a transaction.
      return migrateToLatest(db);
    case 'sqlite':
      // Here it does neither, as it expects to be alone: so all of it is one transaction that has the write lock from
      // its begin on, for which a second process waits, to find that nothing is left to do.
      return db.connection().execute(async (connection) => {
        await sql`begin immediate`.execute(connection);
        try {
          await migrateToLatest(connection);
          await sql`commit`.execute(connection);
        } catch (error: unknown) {
          await sql`rollback`.execute(connection);
          throw error;
        }
      });
  }
}

async function migrateToLatest(db: Kysely<Database>): Promise<void> {
  const migrator = new Migrator({ db, provider: { getMigrations: () => Promise.resolve(migrations) } });
  const { error, results } = await migrator.migrateToLatest();
  if (error === undefined) return;
  const failed = results?.find(({ status }) => status === 'Error')?.migrationName ?? 'preparing them';
  throw new Error(`The tables cannot be brought up to date: ${failed} failed.`, { cause: error });
}
