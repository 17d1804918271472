import { DEFAULT_MIGRATION_TABLE, Migrator, sql, type Kysely, type Migration } from 'kysely';
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

/** What was done, by the names of the migrations. */
export interface Migrated {
  readonly applied: readonly string[];
  /** Those that a newer release has applied, and this one does not know: it adds nothing, and takes nothing away. */
  readonly newer: readonly string[];
}

/**
 * Brings the tables up to date, once, however many tasks start at the same time. Where a newer release has been here,
 * there is nothing to do: tables only grow from release to release, so that this one can go on with them.
 * @throws Error naming the migration that failed
 */
export async function migrate(db: Kysely<Database>, engine: Config['database']['kind']): Promise<Migrated> {
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
          const migrated = await migrateToLatest(connection);
          await sql`commit`.execute(connection);
          return migrated;
        } catch (error: unknown) {
          await sql`rollback`.execute(connection);
          throw error;
        }
      });
  }
}

/** @throws Error naming the migrations that the tables lack, and how to run them */
export async function checkTables(db: Kysely<Database>): Promise<void> {
  const { pending } = await compare(db);
  if (pending.length === 0) return;
  throw new Error(
    `The tables lack ${pending.join(', ')}. Run \`node src/migrate.ts\` first, as database.migrate in sluice.yml does.`,
  );
}

async function migrateToLatest(db: Kysely<Database>): Promise<Migrated> {
  const { pending, newer } = await compare(db);
  // The migrator refuses tables that it does not know all about.
  if (pending.length === 0 && newer.length > 0) return { applied: [], newer };
  const migrator = new Migrator({ db, provider: { getMigrations: () => Promise.resolve(migrations) } });
  const { error, results = [] } = await migrator.migrateToLatest();
  if (error === undefined) return { applied: results.map(({ migrationName }) => migrationName), newer: [] };
  const failed = results.find(({ status }) => status === 'Error')?.migrationName ?? 'preparing them';
  throw new Error(`The tables cannot be brought up to date: ${failed} failed.`, { cause: error });
}

/** The migrations that this release has and the database has not, and the other way round. */
async function compare(
  db: Kysely<Database>,
): Promise<{ readonly pending: readonly string[]; readonly newer: readonly string[] }> {
  const own = Object.keys(migrations);
  const tables = await db.introspection.getTables({ withInternalKyselyTables: true });
  if (!tables.some(({ name }) => name === DEFAULT_MIGRATION_TABLE)) return { pending: own, newer: [] };
  const { rows } = await sql<{
    name: string;
  }>`select name from ${sql.table(DEFAULT_MIGRATION_TABLE)}`.execute(db);
  const applied = rows.map(({ name }) => name);
  return {
    pending: own.filter((name) => !applied.includes(name)),
    newer: applied.filter((name) => !own.includes(name)),
  };
}
