// npm run bench: how fast the chatbot is with each database, every exchange stored. Run from the repository, whose
// node_modules have a PostgreSQL. Prints a Markdown table, and fails where an exchange
// that was answered is not stored.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import os from 'node:os';
import { availableEngines, type Engine } from '../src/testing/engines.ts';
import { startService } from '../src/testing/service.ts';
import type { Config } from '../src/config.ts';
import { openDatabase } from '../src/database/index.ts';
import { closedLoad, openLoad, percentile, type LoadResult } from './load.ts';

const warmUpMs = 3_000;
const throughputMs = 8_000;
const connections = 64;
const openRate = 200;
const openMs = 10_000;
const starts = 5;

interface Measured {
  readonly database: string;
  readonly startMs: number;
  readonly throughput: LoadResult;
  readonly latency: LoadResult;
  /** Of the service's own core, a request. */
  readonly cpuMs: number;
  readonly residentMb: number;
}

function variablesOf(database: Config['database']): Record<string, string> {
  const common = { RATE_LIMIT: '0', LOG_LEVEL: 'WARNING' };
  return database.kind === 'sqlite'
    ? { ...common, SQLITE_FILE: database.file }
    : { ...common, DATABASE_URL: database.url };
}

async function measure(name: string, engine: Engine): Promise<Measured> {
  await engine.start();
  try {
    const database = await engine.database();
    const times: number[] = [];
    for (let run = 0; run < starts; run += 1) {
      const begun = performance.now();
      const started = await startService(variablesOf(database));
      await fetch(`${started.url}/ready`);
      times.push(performance.now() - begun);
      started.kill('SIGTERM');
      await started.exited;
    }
    const service = await startService(variablesOf(database));
    // One core for the service, as a small task has; the database and the load share the others.
    pin(service.pid, '0');
    pin(process.pid, '1');
    const warmUp = await closedLoad(service.url, { connections, durationMs: warmUpMs });
    const cpuBefore = cpuMilliseconds(service.pid);
    const throughput = await closedLoad(service.url, { connections, durationMs: throughputMs });
    const cpuMs = (cpuMilliseconds(service.pid) - cpuBefore) / throughput.latenciesMs.length;
    const latency = await openLoad(service.url, { perSecond: openRate, durationMs: openMs });
    const residentMb = residentMegabytes(service.pid);
    service.kill('SIGTERM');
    await service.exited;
    const answered = [warmUp, throughput, latency].reduce(
      (sum, { latenciesMs }) => sum + latenciesMs.length,
      0,
    );
    const stored = await countExchanges(database);
    if (stored !== answered)
      throw new Error(`${name}: ${answered} questions were answered, ${stored} are stored.`);
    return { database: name, startMs: percentile(times, 50), throughput, latency, cpuMs, residentMb };
  } finally {
    await engine.stop();
  }
}

function pin(pid: number, cores: string): void {
  if (os.cpus().length < 2) return;
  try {
    execFileSync('taskset', ['-a', '-c', '-p', cores, String(pid)], { stdio: 'ignore' });
  } catch {
    console.error('taskset is not here: the service is not held to one core.');
  }
}

async function countExchanges(database: Config['database']): Promise<number> {
  const db = await openDatabase(database);
  const { count } = await db
    .selectFrom('exchange')
    .select((of) => of.fn.countAll().as('count'))
    .executeTakeFirstOrThrow();
  await db.destroy();
  return Number(count);
}

/** User and system time so far, in ticks of 10 ms. Linux; elsewhere not a number. */
function cpuMilliseconds(pid: number): number {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /, '')
      .split(' ');
    return (Number(fields[11]) + Number(fields[12])) * 10;
  } catch {
    return NaN;
  }
}

/** Linux; elsewhere not a number. */
function residentMegabytes(pid: number): number {
  try {
    return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;
  } catch {
    return NaN;
  }
}

const rows: Measured[] = [];
for (const [name, engine] of await availableEngines()) rows.push(await measure(name, engine));

const ms = (value: number): string => `${value.toFixed(1)} ms`;
console.log(
  `${os.cpus()[0]?.model ?? 'unknown processor'}, ${os.cpus().length} cores, Node ${process.version}.\n`,
);
console.log(
  `| database | start to ready | chat requests/s (${connections} connections) | p50 / p99 of these | p50 / p99 at ${openRate}/s (open model) | CPU a request | failed | resident |`,
);
console.log('| --- | --- | --- | --- | --- | --- | --- | --- |');
for (const { database, startMs, throughput, latency, cpuMs, residentMb } of rows)
  console.log(
    `| ${[
      database,
      `${Math.round(startMs)} ms`,
      Math.round(throughput.perSecond),
      `${ms(percentile(throughput.latenciesMs, 50))} / ${ms(percentile(throughput.latenciesMs, 99))}`,
      `${ms(percentile(latency.latenciesMs, 50))} / ${ms(percentile(latency.latenciesMs, 99))}`,
      `${cpuMs.toFixed(2)} ms`,
      throughput.failed + latency.failed,
      `${Math.round(residentMb)} MB`,
    ].join(' | ')} |`,
  );
