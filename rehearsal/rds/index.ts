import { fork, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { postgresHome } from './home.ts';
import type { RdsProcessMessage, RdsProcessOptions } from './main.ts';

export { forgetPostgresHomes } from './home.ts';

export interface LocalRdsOptions {
  /** Where it keeps its data over restarts. */
  readonly stateDirectory: string;
  readonly port: number;
  /** Made where they are not there. */
  readonly databases: readonly string[];
  /** Told when the server is gone though nobody has stopped it. */
  readonly onLoss: (why: string) => void;
}

/** The local RDS: one real PostgreSQL server with a database for each environment that has one. */
export interface LocalRds {
  /** `postgres://…`, whether or not the server runs yet. */
  urlOf(database: string): string;
  /** Whether an earlier rehearsal has stored something, so that services of it will want the server at once. */
  readonly isUsed: boolean;
  /** Starts it, once; settles when it answers. @throws Error with PostgreSQL's last words */
  start(): Promise<void>;
  stop(): Promise<void>;
}

const user = 'sluice';
const startLimitMs = 60_000;
const stopLimitMs = 10_000;

export function localRds({ stateDirectory, port, databases, onLoss }: LocalRdsOptions): LocalRds {
  mkdirSync(stateDirectory, { recursive: true });
  const { data: directory, program } = postgresHome(stateDirectory);
  const password = storedPassword(path.join(stateDirectory, 'password'));
  let starting: Promise<ChildProcess> | undefined;
  let isStopping = false;
  return {
    isUsed: existsSync(path.join(directory, 'PG_VERSION')),
    urlOf: (database) =>
      `postgres://${user}:${password}@127.0.0.1:${port}/${encodeURIComponent(database)}?sslmode=disable`,
    start: async () => {
      starting ??= launch({
        directory,
        port,
        user,
        password,
        databases,
        ...(program === undefined ? {} : { program }),
      }).then((server) => {
        server.once('exit', (code, signal) => {
          if (isStopping) return;
          onLoss(`The local PostgreSQL has ended (${signal ?? `exit code ${code ?? ''}`}).`);
        });
        return server;
      });
      await starting;
    },
    stop: async () => {
      isStopping = true;
      const server = await starting?.catch(() => undefined);
      if (server?.connected !== true) return;
      await new Promise<void>((resolve) => {
        const limit = setTimeout(() => {
          server.kill('SIGKILL');
          resolve();
        }, stopLimitMs);
        server.once('exit', () => {
          clearTimeout(limit);
          resolve();
        });
        server.disconnect();
      });
    },
  };
}

function launch(options: RdsProcessOptions): Promise<ChildProcess> {
  return new Promise((resolve, reject) => {
    const server = fork(path.join(import.meta.dirname, 'main.ts'), [JSON.stringify(options)], {
      // Out of the terminal's process group: Ctrl-C is for the rehearsal, which then stops this one last.
      detached: true,
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
      execArgv: [],
    });
    const fail = (why: string): void => {
      clearTimeout(limit);
      server.kill('SIGKILL');
      reject(new Error(`The local PostgreSQL did not start (port ${options.port}): ${why}`));
    };
    const limit = setTimeout(() => fail(`no answer within ${startLimitMs / 1000} s`), startLimitMs);
    server.once('error', (error) => fail(error.message));
    server.once('exit', (code, signal) => fail(`its process ended with ${signal ?? `exit code ${code}`}`));
    server.once('message', (message) => {
      const answer = message as RdsProcessMessage;
      if (answer.kind === 'failed') return fail(`${answer.why}\n${answer.log}`);
      clearTimeout(limit);
      server.removeAllListeners('exit');
      // It must not keep the rehearsal's process alive.
      server.unref();
      server.channel?.unref();
      resolve(server);
    });
  });
}

/** Made up once: the data directory knows the one it was made with. */
function storedPassword(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    const password = randomBytes(18).toString('base64url');
    writeFileSync(file, password, { mode: 0o600 });
    return password;
  }
}
