import { execFileSync, fork, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, createServer, get } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { median, percentile, type Figure, type Measured } from './statistics.ts';

const runs = 3;
const connections = 32;
const throughputSeconds = 5;
const warmUpSeconds = 2;
const visitorsPerSecond = 200;
const latencySeconds = 10;
const startDeadlineMs = 20_000;

/** The rehearsal's data plane beside nginx, both as a proxy that splits requests 80 to 20 between the same two targets. */
export async function measure(): Promise<Measured> {
  requireCommand('nginx', '-v');
  requireCommand('wrk', '-v');
  const folder = mkdtempSync(path.join(tmpdir(), 'sluice-bench-'));
  const processes: ChildProcess[] = [];
  try {
    const blue = await startOwn(processes, 'target');
    const green = await startOwn(processes, 'target');
    const alb = await startOwn(processes, 'load-balancer', blue.port, green.port);
    const nginx = await startNginx(processes, folder, [blue.port, green.port]);
    const ways: readonly Way[] = [
      { name: 'straight to a target', ...blue },
      { name: 'nginx', ...nginx },
      { name: 'data plane', ...alb },
    ];
    const found = new Map<string, Found[]>(ways.map(({ name }) => [name, []]));
    for (const { port } of ways) throughput(port, warmUpSeconds);
    // In turn, so that what else the machine does meets all of them.
    for (let run = 0; run < runs; run += 1) {
      for (const way of ways) found.get(way.name)?.push(await measureOnce(way));
    }
    return { figures: figuresOf(ways, found), notes: notesOf() };
  } finally {
    for (const child of processes) child.kill();
    rmSync(folder, { recursive: true, force: true });
  }
}

interface Way {
  readonly name: string;
  readonly port: number;
  readonly pid: number;
}

interface Found {
  readonly perSecond: number;
  readonly cpuMicroseconds: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

function figuresOf(ways: readonly Way[], found: ReadonlyMap<string, readonly Found[]>): Figure[] {
  const of = (name: string, what: keyof Found): number[] => (found.get(name) ?? []).map((one) => one[what]);
  const [straight = '', nginx = '', ours = ''] = ways.map(({ name }) => name);
  const added = (name: string, what: 'p50Ms' | 'p99Ms'): number[] =>
    of(name, what).map((value, run) => value - (of(straight, what)[run] ?? NaN));
  const ratio = median(of(ours, 'perSecond')) / median(of(nginx, 'perSecond'));
  return [
    ...ways.map(({ name }) => ({ what: `${name}: requests`, unit: '1/s', values: of(name, 'perSecond') })),
    { what: 'data plane / nginx: requests', unit: '', values: [ratio] },
    ...[nginx, ours].map((name) => ({
      what: `${name}: processor time of a request`,
      unit: 'µs',
      values: of(name, 'cpuMicroseconds'),
    })),
    ...[nginx, ours].flatMap((name) => [
      { what: `${name}: added to the median`, unit: 'ms', values: added(name, 'p50Ms') },
      { what: `${name}: added to the p99`, unit: 'ms', values: added(name, 'p99Ms') },
    ]),
  ];
}

function notesOf(): string[] {
  return [
    `Requests a second: \`wrk\`, ${connections} connections, each asking again once it is answered, ${throughputSeconds} s. Processor time is the proxy's own, user and system, over the requests of that time: other work on the machine disturbs it least.`,
    `Added time: ${visitorsPerSecond} requests a second for ${latencySeconds} s whether or not they are answered, counted from when each was due; less the same percentile straight to a target.`,
    'nginx has one worker, kept connections to its targets and no access log. The data plane runs as in the rehearsal: health checks, and every request counted for CloudWatch.',
  ];
}

async function measureOnce({ port, pid }: Way): Promise<Found> {
  const before = cpuSeconds(pid);
  const { requests, perSecond } = throughput(port, throughputSeconds);
  const cpu = cpuSeconds(pid) - before;
  const latenciesMs = await latencies(port);
  return {
    perSecond,
    cpuMicroseconds: (cpu / requests) * 1e6,
    p50Ms: percentile(latenciesMs, 50),
    p99Ms: percentile(latenciesMs, 99),
  };
}

/** @throws where a request failed: a proxy that drops some is not quick */
function throughput(port: number, seconds: number): { requests: number; perSecond: number } {
  const said = execFileSync(
    'wrk',
    ['-t1', `-c${connections}`, `-d${seconds}s`, `http://127.0.0.1:${port}/`],
    { encoding: 'utf8' },
  );
  if (/Non-2xx|Socket errors/.test(said)) throw new Error(`Requests failed on port ${port}:\n${said}`);
  return {
    requests: Number(/(\d+) requests in/.exec(said)?.[1]),
    perSecond: Number(/Requests\/sec:\s+([\d.]+)/.exec(said)?.[1]),
  };
}

/** User and system time of a process so far. Source: proc(5), /proc/pid/stat, fields 14 and 15. */
function cpuSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ');
  const ticksPerSecond = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
}

/** An open model: a request counts from when it was due. */
async function latencies(port: number): Promise<number[]> {
  const agent = new Agent({ keepAlive: true });
  const begun = performance.now();
  const underWay: Promise<number>[] = [];
  for (let index = 0; index < visitorsPerSecond * latencySeconds; index += 1) {
    const due = begun + (index * 1000) / visitorsPerSecond;
    const early = due - performance.now();
    if (early > 0) await sleep(early);
    underWay.push(
      new Promise((resolve, reject) => {
        get({ host: '127.0.0.1', port, agent }, (response) => {
          response.resume();
          response.once('end', () => resolve(performance.now() - due));
          if (response.statusCode !== 200) reject(new Error(`Port ${port}: ${response.statusCode}`));
        }).once('error', reject);
      }),
    );
  }
  const all = await Promise.all(underWay);
  agent.destroy();
  return all;
}

async function startOwn(
  processes: ChildProcess[],
  role: 'target' | 'load-balancer',
  ...ports: readonly number[]
): Promise<Omit<Way, 'name'>> {
  const child = fork(path.join(import.meta.dirname, 'proxy-servers.ts'), [role, ...ports.map(String)]);
  processes.push(child);
  const [port] = (await once(child, 'message', { signal: AbortSignal.timeout(startDeadlineMs) })) as [number];
  await answers(port);
  return { port, pid: child.pid ?? NaN };
}

async function startNginx(
  processes: ChildProcess[],
  folder: string,
  [blue, green]: readonly [number, number],
): Promise<Omit<Way, 'name'>> {
  const port = await freePort();
  const file = path.join(folder, 'nginx.conf');
  writeFileSync(
    file,
    `daemon off; master_process off; pid ${folder}/nginx.pid; error_log ${folder}/error.log;
events { worker_connections 1024; }
http {
  access_log off;
  client_body_temp_path ${folder}/body; proxy_temp_path ${folder}/proxy; fastcgi_temp_path ${folder}/fastcgi;
  uwsgi_temp_path ${folder}/uwsgi; scgi_temp_path ${folder}/scgi;
  upstream targets { server 127.0.0.1:${blue} weight=80; server 127.0.0.1:${green} weight=20; keepalive ${connections}; }
  server {
    listen 127.0.0.1:${port};
    keepalive_requests 1000000;
    location / {
      proxy_pass http://targets;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
      proxy_set_header X-Forwarded-Proto $scheme;
      proxy_set_header X-Forwarded-Port $server_port;
    }
  }
}
`,
  );
  const child = spawn('nginx', ['-p', folder, '-c', file, '-e', path.join(folder, 'error.log')], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  processes.push(child);
  await answers(port);
  return { port, pid: child.pid ?? NaN };
}

/** @throws where it does not answer 200 before the deadline */
async function answers(port: number): Promise<void> {
  const deadline = performance.now() + startDeadlineMs;
  for (;;) {
    const answered = await fetch(`http://127.0.0.1:${port}/`).then(
      ({ ok }) => ok,
      () => false,
    );
    if (answered) return;
    if (performance.now() > deadline) throw new Error(`Nothing answers 200 on port ${port}.`);
    await sleep(50);
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

function requireCommand(command: string, flag: string): void {
  try {
    execFileSync(command, [flag], { stdio: 'ignore' });
  } catch (error: unknown) {
    // wrk ends with 1 where it has only shown its version.
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') return;
    throw new Error(`This bench needs \`${command}\`: apt-get install nginx-light wrk.`, { cause: error });
  }
}
