import path from 'node:path';
import { ConfigError, readConfig, type Config } from './config.ts';
import { openDatabase } from './database/index.ts';
import { createApp } from './http/app.ts';
import { Knowledge } from './knowledge/index.ts';

const knowledgeFolder = path.join(import.meta.dirname, '..', 'knowledge');

async function main(config: Config): Promise<void> {
  const knowledge = Knowledge.read(knowledgeFolder);
  const db = await openDatabase(config.database);
  const app = await createApp({ config, db, knowledge, log: process.stdout });
  let stopping = false;
  const stop = (signal: NodeJS.Signals): void => {
    if (stopping) return;
    stopping = true;
    app.log.info(`${signal}: no new connections; what is in flight is finished.`);
    // Closing waits for every request, streams too. The runtime kills what takes longer than the stop timeout.
    app.close().then(
      async () => {
        await db.destroy();
        process.exit(0);
      },
      (error: unknown) => {
        app.log.error({ err: error }, 'It could not stop in order.');
        process.exit(1);
      },
    );
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  await app.listen({ host: config.host, port: config.port });
  app.log.info(
    `${knowledge.passages.length} passages, ${config.database.kind}, version ${config.release.version}.`,
  );
}

try {
  await main(readConfig(process.env));
} catch (error: unknown) {
  console.error(error instanceof ConfigError ? error.message : error);
  process.exit(1);
}
