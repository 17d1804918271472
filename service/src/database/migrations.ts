import type { Kysely, Migration, MigrationProvider } from 'kysely';

/** One set for both engines: only what SQLite and PostgreSQL write alike. */
const migrations: Record<string, Migration> = {
  '2026-11-24-conversations': {
    async up(db: Kysely<unknown>): Promise<void> {
      await db.schema
        .createTable('conversation')
        .addColumn('id', 'varchar(36)', (column) => column.primaryKey())
        .addColumn('session_id', 'varchar(36)', (column) => column.notNull())
        .addColumn('started_at', 'varchar(30)', (column) => column.notNull())
        .execute();
      await db.schema.createIndex('conversation_session').on('conversation').column('session_id').execute();
      await db.schema
        .createTable('message')
        .addColumn('id', 'varchar(36)', (column) => column.primaryKey())
        .addColumn('conversation_id', 'varchar(36)', (column) =>
          column.notNull().references('conversation.id').onDelete('cascade'),
        )
        .addColumn('position', 'integer', (column) => column.notNull())
        .addColumn('role', 'varchar(10)', (column) => column.notNull())
        .addColumn('text', 'text', (column) => column.notNull())
        .addColumn('known', 'integer')
        .addColumn('sources', 'text', (column) => column.notNull())
        .addColumn('said_at', 'varchar(30)', (column) => column.notNull())
        .addUniqueConstraint('message_position', ['conversation_id', 'position'])
        .execute();
      await db.schema
        .createTable('feedback')
        .addColumn('message_id', 'varchar(36)', (column) =>
          column.primaryKey().references('message.id').onDelete('cascade'),
        )
        .addColumn('helpful', 'integer', (column) => column.notNull())
        .addColumn('given_at', 'varchar(30)', (column) => column.notNull())
        .execute();
    },
  },
};

export const migrationProvider: MigrationProvider = { getMigrations: () => Promise.resolve(migrations) };
