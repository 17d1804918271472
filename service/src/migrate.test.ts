import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { sql } from 'kysely';
import type { Config } from './config.ts';
import { openDatabase } from './database/index.ts';
import { availableEngines } from './testing/engines.ts';

const run = promisify(execFile);

/** The command as the deployment's task runs it. */
async function migrate(
  database: Config['database'],
  variables: Readonly<Record<string, string>> = {},
): Promise<{ code: number; output: string }> {
  const place = database.kind === 'sqlite' ? { SQLITE_FILE: database.file } : { DATABASE_URL: database.url };
  const env = { PATH: process.env.PATH, SLUICE_VERSION: '1.2.3', ...place, ...variables };
  try {
    const { stdout } = await run(process.execPath, [path.join(import.meta.dirname, 'migrate.ts')], { env });
    return { code: 0, output: stdout };
  } catch (error: unknown) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    return { code, output: stdout + stderr };
  }
}

describe.each(await availableEngines())('migrating %s', (_name, engine) => {
  beforeAll(() => engine.start(), 60_000);
  afterAll(() => engine.stop());

  it('says what it applied, and does nothing the second time', async () => {
    const database = await engine.database();
    await expect(openDatabase(database, { tables: 'check' })).rejects.toMatchObject({
      cause: { message: expect.stringContaining('lack 2026-11-24-conversations') as string },
    });
    expect(await migrate(database)).toEqual({
      code: 0,
      output: 'Applied 2026-11-24-conversations.\nThe tables are as version 1.2.3 needs them.\n',
    });
    expect(await migrate(database)).toEqual({
      code: 0,
      output: 'The tables are as version 1.2.3 needs them.\n',
    });
    await (await openDatabase(database, { tables: 'check' })).destroy();
  });

  it('leaves alone, and can go on with, what a newer release has added', async () => {
    const database = await engine.database();
    const db = await openDatabase(database);
    await sql`insert into kysely_migration (name, timestamp) values ('2027-01-01-later', 'now')`.execute(db);
    await db.destroy();
    const { code, output } = await migrate(database);
    expect([code, output]).toEqual([
      0,
      expect.stringContaining('A newer release has been here: 2027-01-01-later.'),
    ]);
    await (await openDatabase(database)).destroy();
    await (await openDatabase(database, { tables: 'check' })).destroy();
  });
});

describe('a migration that cannot be', () => {
  it('ends with another exit code than 0, and says why without the password', async () => {
    const url = 'postgres://user:canary@127.0.0.1:1/none';
    const { code, output } = await migrate({ kind: 'postgres', url, connections: 1 });
    expect(code).toBe(1);
    expect(output).toContain('The database (PostgreSQL at 127.0.0.1:1) cannot be opened');
    expect(output).toContain('ECONNREFUSED');
    expect(output).not.toContain('canary');
  });
});
