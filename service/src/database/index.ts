import { Kysely, PostgresDialect, sql } from 'kysely';
import pg from 'pg';
import type { Config } from '../config.ts';
import { migrate } from './migrations.ts';
import type { Database } from './schema.ts';
import { nodeSqliteDialect } from './sqlite.ts';

export type { Database } from './schema.ts';

export interface DatabaseOptions {
  /** Told of a connection that was lost while nobody used it; the pool replaces it. */
  readonly onConnectionLost?: (error: Error) => void;
}

const connectTimeoutMs = 5_000;
const queryTimeoutMs = 10_000;
const idleTimeoutMs = 30_000;
const answerTimeoutMs = 2_000;

/**
 * Opens the database and brings its tables up to date.
 * @throws Error saying which database could not be opened, and why; no password is in it
 */
export async function openDatabase(
  config: Config['database'],
  { onConnectionLost = () => {} }: DatabaseOptions = {},
): Promise<Kysely<Database>> {
  const place =
    config.kind === 'sqlite' ? `SQLite, ${config.file}` : `PostgreSQL at ${new URL(config.url).host}`;
  let db: Kysely<Database> | undefined;
  try {
    db = new Kysely<Database>({
      dialect:
        config.kind === 'sqlite' ? nodeSqliteDialect(config.file) : postgresDialect(config, onConnectionLost),
    });
    await migrate(db, config.kind);
    return db;
  } catch (error: unknown) {
    await db?.destroy();
    throw new Error(`The database (${place}) cannot be opened.`, { cause: error });
  }
}

function postgresDialect(
  { url, connections }: Extract<Config['database'], { kind: 'postgres' }>,
  onConnectionLost: (error: Error) => void,
): PostgresDialect {
  const pool = new pg.Pool({
    connectionString: url,
    max: connections,
    connectionTimeoutMillis: connectTimeoutMs,
    query_timeout: queryTimeoutMs,
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
