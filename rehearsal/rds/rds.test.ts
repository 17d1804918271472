import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { choosePorts } from '../ports.ts';
import { forgetPostgresHomes, localRds } from './index.ts';

async function one(url: string, text: string): Promise<unknown> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query<{ value: unknown }>(text);
    return rows[0]?.value;
  } finally {
    await client.end();
  }
}

describe('the local RDS', () => {
  const losses: string[] = [];
  const onLoss = (why: string): void => void losses.push(why);
  let directory: string;
  const stateOf = (number: number): string => path.join(directory, String(number), 'rds');
  let port: number;
  beforeEach(async () => {
    directory = await mkdtemp(path.join(tmpdir(), 'sluice-rds-test-'));
    const { ports } = await choosePorts([{ name: 'database', preferred: 45_432, required: false }]);
    port = ports.database ?? 0;
  });
  afterEach(async () => {
    forgetPostgresHomes(directory);
    await rm(directory, { recursive: true, force: true });
  });

  it('keeps what was stored over a restart, under the same URL', async () => {
    const first = localRds({ stateDirectory: stateOf(1), port, databases: ['shop-staging'], onLoss });
    expect(first.isUsed).toBe(false);
    await Promise.all([first.start(), first.start()]);
    const url = first.urlOf('shop-staging');
    try {
      await one(url, 'create table t (value text)');
      await one(url, "insert into t values ('kept')");
    } finally {
      await first.stop();
    }

    const second = localRds({
      stateDirectory: stateOf(1),
      port,
      databases: ['shop-staging', 'shop-production'],
      onLoss,
    });
    expect(second.isUsed).toBe(true);
    expect(second.urlOf('shop-staging')).toBe(url);
    await second.start();
    try {
      expect(await one(url, 'select value from t')).toBe('kept');
      expect(await one(second.urlOf('shop-production'), 'select current_database() as value')).toBe(
        'shop-production',
      );
    } finally {
      await second.stop();
    }
    await expect(one(url, 'select 1 as value')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    expect(losses).toEqual([]);
  }, 60_000);

  const forRoot = process.getuid?.() === 0 ? it : it.skip;
  forRoot(
    'runs for root in a folder of root’s own, and leaves nothing elsewhere once forgotten',
    async () => {
      await chmod(directory, 0o700);
      const stateDirectory = stateOf(1);
      const options = { stateDirectory, port, databases: ['shop-staging'], onLoss };
      for (const isUsed of [false, true]) {
        const rds = localRds(options);
        expect(rds.isUsed).toBe(isUsed);
        await rds.start();
        try {
          expect(await one(rds.urlOf('shop-staging'), 'select 1 as value')).toBe(1);
        } finally {
          await rds.stop();
        }
      }
      const elsewhere = await readFile(path.join(stateDirectory, 'elsewhere'), 'utf8');
      expect(existsSync(elsewhere)).toBe(true);
      forgetPostgresHomes(directory);
      expect(existsSync(elsewhere)).toBe(false);
    },
    60_000,
  );

  it('says why the server does not start', async () => {
    const first = localRds({ stateDirectory: stateOf(1), port, databases: [], onLoss });
    await first.start();
    try {
      const second = localRds({ stateDirectory: stateOf(2), port, databases: [], onLoss });
      await expect(second.start()).rejects.toThrow(
        new RegExp(`The local PostgreSQL did not start \\(port ${port}\\)`),
      );
      await second.stop();
    } finally {
      await first.stop();
    }
  }, 60_000);
});
