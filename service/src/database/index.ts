import { Kysely, PostgresDialect, sql } from 'kysely';
import pg from 'pg';
import type { Config } from '../config.ts';
import { checkTables, migrate, type Migrated } from './migrations.ts';
import type { Database } from './schema.ts';
import { nodeSqliteDialect } from './sqlite.ts';

export type { Database } from './schema.ts';

export interface DatabaseOptions {
  /** Told of a connection that was lost while nobody used it; the pool replaces it. */
  readonly onConnectionLost?: (error: Error) => void;
  /** `check`: only look whether the tables are up to date. `migrate` where it is left out. */
  readonly tables?: 'migrate' | 'check';
}

const connectTimeoutMs = 5_000;
const queryTimeoutMs = 10_000;
const idleTimeoutMs = 30_000;
const answerTimeoutMs = 2_000;

/**
 * Opens the database, and brings its tables up to date or sees that they are.
 * @throws Error saying which database could not be opened, and why; no password is in it
 */
export async function openDatabase(
  config: Config['database'],
  { onConnectionLost = () => {}, tables = 'migrate' }: DatabaseOptions = {},
): Promise<Kysely<Database>> {
  return opened(config, { onConnectionLost, queryTimeoutMs }, async (db) => {
    if (tables === 'check') await checkTables(db);
    else await migrate(db, config.kind);
    return db;
  });
}

/**
 * Brings the tables up to date and closes the database again: what runs before a release comes. A statement may take
 * its time; whoever runs it has a limit for the whole.
 * @throws Error as {@link openDatabase}
 */
export async function migrateDatabase(config: Config['database']): Promise<Migrated> {
  const onConnectionLost = (): void => {};
  return opened(config, { onConnectionLost, queryTimeoutMs: 0 }, async (db) => {
    const migrated = await migrate(db, config.kind);
    await db.destroy();
    return migrated;
  });
}

interface Connecting {
  readonly onConnectionLost: (error: Error) => void;
  /** 0: none. */
  readonly queryTimeoutMs: number;
}

async function opened<T>(
  config: Config['database'],
  connecting: Connecting,
  use: (db: Kysely<Database>) => Promise<T>,
): Promise<T> {
  const place =
    config.kind === 'sqlite' ? `SQLite, ${config.file}` : `PostgreSQL at ${new URL(config.url).host}`;
  let db: Kysely<Database> | undefined;
  try {
    db = new Kysely<Database>({
      dialect:
        config.kind === 'sqlite' ? nodeSqliteDialect(config.file) : postgresDialect(config, connecting),
    });
    return await use(db);
  } catch (error: unknown) {
    await db?.destroy();
    throw new Error(`The database (${place}) cannot be opened.`, { cause: error });
  }
}

function postgresDialect(
  { url, connections }: Extract<Config['database'], { kind: 'postgres' }>,
  { onConnectionLost, queryTimeoutMs: query_timeout }: Connecting,
): PostgresDialect {
  const pool = new pg.Pool({
    connectionString: url,
    max: connections,
    connectionTimeoutMillis: connectTimeoutMs,
    query_timeout,
    idleTimeoutMillis: idleTimeoutMs,
    application_name: 'chatbot',
  });
  // Without a listener, a connection that is lost while it is idle ends the process (https://node-postgres.com/apis/pool#error).
  pool.on('error', onConnectionLost);
  return new PostgresDialect({ pool });
}

/** Whether the database answers, within two seconds. */
export async function isAnswering(db: Kysely<Database>): Promise<boolean> {
  const late = Promise.withResolvers<false>();
  const timer = setTimeout(() => late.resolve(false), answerTimeoutMs);
  const asked = sql`select 1`.execute(db).then(
    () => true,
    () => false,
  );
  try {
    return await Promise.race([asked, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
