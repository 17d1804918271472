import { execFileSync, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { median, type Figure, type Measured } from './statistics.ts';

const runs = 3;
const requests = 20_000;
const concurrency = 50;
const rate = 1000;
const seconds = 10;
const spreadRequests = 3000;
/** The 95th percentile of 20 to 220 ms, all equally likely. */
const truthP95Ms = 210;

/** What one generator found in one run. */
interface Found {
  readonly perSecond: number;
  readonly p95Ms: number;
}

interface Generator {
  readonly name: string;
  readonly run: (url: string, count: number) => Promise<Found>;
}

const generators: readonly Generator[] = [
  { name: 'performance-test', run: ours },
  { name: 'ab -k', run: (url, count) => ab(url, count, ['-k']) },
  { name: 'ab', run: (url, count) => ab(url, count, []) },
  { name: 'wrk', run: wrk },
  { name: 'hey', run: hey },
];

/** The load generator beside `ab`, `wrk` and `hey` on the same server: how much, how exactly, and how punctually. */
export async function measure(): Promise<Measured> {
  for (const [command, flag] of [
    ['ab', '-V'],
    ['wrk', '-v'],
    ['hey', '-h'],
  ] as const) {
    requireCommand(command, flag);
  }
  const server = fork(path.join(import.meta.dirname, 'load-server.ts'));
  try {
    const [port] = (await once(server, 'message', { signal: AbortSignal.timeout(20_000) })) as [number];
    const url = `http://127.0.0.1:${port}/`;
    const quick = new Map<string, Found[]>(generators.map(({ name }) => [name, []]));
    const spread = new Map<string, Found[]>(generators.map(({ name }) => [name, []]));
    const punctual: Open[] = [];
    await ab(url, requests, ['-k']);
    // In turn, so that what else the machine does meets all of them.
    for (let run = 0; run < runs; run += 1) {
      for (const { name, run: once } of generators) {
        quick.get(name)?.push(await once(url, requests));
        spread.get(name)?.push(await once(`${url}spread`, spreadRequests));
        // Ports of connections that were closed are free again after a while.
        await sleep(1000);
      }
      punctual.push(await open(url));
    }
    return { figures: figuresOf(quick, spread, punctual), notes: notesOf() };
  } finally {
    server.kill();
  }
}

function figuresOf(
  quick: ReadonlyMap<string, readonly Found[]>,
  spread: ReadonlyMap<string, readonly Found[]>,
  punctual: readonly Open[],
): Figure[] {
  const names = generators.map(({ name }) => name);
  const of = (from: ReadonlyMap<string, readonly Found[]>, name: string, what: keyof Found): number[] =>
    (from.get(name) ?? []).map((found) => found[what]);
  const ourMedian = median(of(quick, 'performance-test', 'perSecond'));
  return [
    ...names.map((name) => ({
      what: `${name}: requests`,
      unit: '1/s',
      values: of(quick, name, 'perSecond'),
    })),
    ...names.slice(1).map((name) => ({
      what: `performance-test / ${name}: requests`,
      unit: '',
      values: [ourMedian / median(of(quick, name, 'perSecond'))],
    })),
    ...names.map((name) => ({
      what: `${name}: p95 off the truth`,
      unit: '%',
      values: of(spread, name, 'p95Ms').map((found) => 100 * Math.abs(found / truthP95Ms - 1)),
      ...(name === 'performance-test' ? { target: { atMost: 2 } } : {}),
    })),
    {
      what: `performance-test at ${rate}/s: own send lag, p99`,
      unit: 'ms',
      values: punctual.map(({ sendLagP99Ms }) => sendLagP99Ms),
      target: { atMost: 5 },
    },
    {
      what: `performance-test at ${rate}/s: reached`,
      unit: '1/s',
      values: punctual.map(({ perSecond }) => perSecond),
      target: { atLeast: rate * 0.999 },
    },
    {
      what: `performance-test at ${rate}/s: at work`,
      unit: '%',
      values: punctual.map(({ busy }) => 100 * busy),
    },
  ];
}

function notesOf(): string[] {
  return [
    `Requests: ${requests.toLocaleString('en-GB')} at ${concurrency} at once to a Node server that answers 70 bytes at once, both on this machine; the generators take turns. \`ab\` without \`-k\` opens a connection for each request. \`wrk\` uses one thread and runs for as long as the others’ requests would last at 5,000/s.`,
    `p95: ${spreadRequests.toLocaleString('en-GB')} requests, ${concurrency} at once, to a server that answers after 20 to 220 ms, all of them equally likely; the truth is ${truthP95Ms} ms, and the sample itself is off by half a per cent. What the generator and the server wait for the processor is in it.`,
    `Send lag: how much later than it was due a request was handed to its connection, at ${rate.toLocaleString('en-GB')} a second for ${seconds} s.`,
  ];
}

interface Client {
  readonly failed: number;
  readonly dropped: number;
  readonly throughput: number;
  readonly latency: { readonly p95: number };
  readonly sendLag?: { readonly p99: number };
  readonly pace: { readonly busy: number };
}

async function client(...args: readonly (string | number)[]): Promise<Client> {
  const said = await output(process.execPath, [
    path.join(import.meta.dirname, 'load-client.ts'),
    ...args.map(String),
  ]);
  const found = JSON.parse(said) as Client;
  if (found.failed + found.dropped > 0) throw new Error(`performance-test: requests failed:\n${said}`);
  return found;
}

async function ours(url: string, count: number): Promise<Found> {
  const { throughput, latency } = await client(url, 'closed', count, concurrency);
  return { perSecond: throughput, p95Ms: latency.p95 };
}

interface Open {
  readonly perSecond: number;
  readonly sendLagP99Ms: number;
  readonly busy: number;
}

async function open(url: string): Promise<Open> {
  const { throughput, sendLag, pace } = await client(url, 'open', rate, seconds);
  return { perSecond: throughput, sendLagP99Ms: sendLag?.p99 ?? NaN, busy: pace.busy };
}

async function ab(url: string, count: number, flags: readonly string[]): Promise<Found> {
  // -l: answers may differ in length.
  const said = await output('ab', ['-q', '-l', '-n', `${count}`, '-c', `${concurrency}`, ...flags, url]);
  if (!/Failed requests:\s+0\b/.test(said)) throw new Error(`ab: requests failed:\n${said}`);
  return {
    perSecond: numberIn(said, /Requests per second:\s+([\d.]+)/),
    p95Ms: numberIn(said, /\n\s+95%\s+(\d+)/),
  };
}

async function wrk(url: string, count: number): Promise<Found> {
  const lasts = Math.max(2, Math.round(count / 5000));
  const script = path.join(import.meta.dirname, 'load-wrk.lua');
  const said = await output('wrk', ['-t1', `-c${concurrency}`, `-d${lasts}s`, '-s', script, url]);
  if (/Non-2xx|Socket errors/.test(said)) throw new Error(`wrk: requests failed:\n${said}`);
  return {
    perSecond: numberIn(said, /Requests\/sec:\s+([\d.]+)/),
    p95Ms: numberIn(said, /p95_us=([\d.]+)/) / 1000,
  };
}

async function hey(url: string, count: number): Promise<Found> {
  const said = await output('hey', ['-n', `${count}`, '-c', `${concurrency}`, url]);
  if (/Error distribution/.test(said)) throw new Error(`hey: requests failed:\n${said}`);
  return {
    perSecond: numberIn(said, /Requests\/sec:\s+([\d.]+)/),
    // Older versions write "95% in", newer ones "95%% in".
    p95Ms: numberIn(said, /95%%? in ([\d.]+) secs/) * 1000,
  };
}

async function output(command: string, args: readonly string[]): Promise<string> {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'], timeout: 180_000 });
  const [said, [code]] = await Promise.all([
    text(child.stdout),
    once(child, 'close') as Promise<[number | null]>,
  ]);
  if (code !== 0) throw new Error(`${command} ended with ${String(code)}:\n${said}`);
  return said;
}

/** @throws where the output has no such number */
function numberIn(said: string, pattern: RegExp): number {
  const found = Number(pattern.exec(said)?.[1]);
  if (!Number.isFinite(found)) throw new Error(`Nothing like ${String(pattern)} in:\n${said}`);
  return found;
}

function requireCommand(command: string, flag: string): void {
  try {
    execFileSync(command, [flag], { stdio: 'ignore' });
  } catch (error: unknown) {
    // Some end with a failure where they have only shown their version.
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') return;
    throw new Error(`This bench needs \`${command}\`: apt-get install apache2-utils wrk hey.`, {
      cause: error,
    });
  }
}
