import { ConfigError, readConfig } from './config.ts';
import { migrateDatabase } from './database/index.ts';

/** Brings the database up to date and ends, with 0 where it is: what a deployment runs before the release comes. */
async function main(): Promise<void> {
  const { database, release } = readConfig(process.env);
  const { applied, newer } = await migrateDatabase(database);
  for (const name of applied) console.log(`Applied ${name}.`);
  if (newer.length > 0) console.log(`A newer release has been here: ${newer.join(', ')}.`);
  console.log(`The tables are as version ${release.version} needs them.`);
}

try {
  await main();
} catch (error: unknown) {
  console.error(error instanceof ConfigError ? error.message : error);
  process.exit(1);
}
