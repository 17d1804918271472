import path from 'node:path';
import { ConfigError, readConfig, type Config } from './config.ts';
import { openDatabase } from './database/index.ts';
import { createApp } from './http/app.ts';
import { stopInOrder } from './http/stop.ts';
import { Knowledge } from './knowledge/index.ts';

const knowledgeFolder = path.join(import.meta.dirname, '..', 'knowledge');

/** Below the 30 s that ECS gives between SIGTERM and SIGKILL. */
const stopWithinMs = 25_000;

async function main(config: Config): Promise<void> {
  const knowledge = Knowledge.read(knowledgeFolder);
  const db = await openDatabase(config.database, {
    tables: config.migratesAtStart ? 'migrate' : 'check',
    onConnectionLost: (error) => app.log.warn({ err: error }, 'An idle connection to the database was lost.'),
  });
  const app = await createApp({ config, db, knowledge, log: process.stdout });

  const stop = async (signal: NodeJS.Signals): Promise<void> => {
    app.log.warn(`${signal}: no new connections; what is in flight is finished.`);
    try {
      const inTime = await stopInOrder(app, { withinMs: stopWithinMs });
      if (!inTime) app.log.warn(`What was not finished after ${stopWithinMs / 1000} s was cut.`);
      await db.destroy();
      app.log.warn('Stopped.');
    } catch (error: unknown) {
      app.log.error({ err: error }, 'It could not stop in order.');
      process.exitCode = 1;
    }
  };
  let stopping: Promise<void> | undefined;
  for (const signal of ['SIGTERM', 'SIGINT'] as const)
    process.on(signal, () => {
      stopping ??= stop(signal);
    });

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
