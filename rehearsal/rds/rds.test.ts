import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { choosePorts } from '../ports.ts';
import { localRds } from './index.ts';

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
  let port: number;
  beforeEach(async () => {
    directory = await mkdtemp(path.join(tmpdir(), 'sluice-rds-test-'));
    const { ports } = await choosePorts([{ name: 'database', preferred: 45_432, required: false }]);
    port = ports.database ?? 0;
  });
  afterEach(() => rm(directory, { recursive: true, force: true }));

  it('keeps what was stored over a restart, under the same URL', async () => {
    const first = localRds({ stateDirectory: directory, port, databases: ['shop-staging'], onLoss });
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
      stateDirectory: directory,
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

  it('says why the server does not start', async () => {
    const first = localRds({ stateDirectory: path.join(directory, 'a'), port, databases: [], onLoss });
    await first.start();
    try {
      const second = localRds({ stateDirectory: path.join(directory, 'b'), port, databases: [], onLoss });
      await expect(second.start()).rejects.toThrow(
        new RegExp(`The local PostgreSQL did not start \\(port ${port}\\)`),
      );
      await second.stop();
    } finally {
      await first.stop();
    }
  }, 60_000);
});
