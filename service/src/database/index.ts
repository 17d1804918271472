import { Kysely, Migrator, PostgresDialect, sql } from 'kysely';
import pg from 'pg';
import type { Config } from '../config.ts';
import { migrationProvider } from './migrations.ts';
import type { Database } from './schema.ts';
import { nodeSqliteDialect } from './sqlite.ts';

export type { Database } from './schema.ts';

/**
 * Opens the database and brings its tables up to date. Kysely's migrator takes a lock, so that tasks that start at
 * the same time do it once.
 */
export async function openDatabase(config: Config['database']): Promise<Kysely<Database>> {
  const db = new Kysely<Database>({
    dialect:
      config.kind === 'sqlite'
        ? nodeSqliteDialect(config.file)
        : new PostgresDialect({
            pool: new pg.Pool({
              connectionString: config.url,
              max: 10,
              connectionTimeoutMillis: 5_000,
              idleTimeoutMillis: 30_000,
            }),
          }),
  });
  const { error } = await new Migrator({ db, provider: migrationProvider }).migrateToLatest();
  if (error !== undefined) {
    await db.destroy();
    throw new Error(`The database (${config.kind}) cannot be brought up to date.`, { cause: error });
  }
  return db;
}

/** Whether the database answers. */
export async function isAnswering(db: Kysely<Database>): Promise<boolean> {
  try {
    await sql`select 1`.execute(db);
    return true;
  } catch {
    return false;
  }
}
