// Run by a test, several times at once: opens the database that DATABASE names (the configuration as JSON).
import type { Config } from '../config.ts';
import { openDatabase } from '../database/index.ts';

const db = await openDatabase(JSON.parse(process.env.DATABASE ?? '') as Config['database']);
await db.destroy();
