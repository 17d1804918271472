import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { checkout } from './checkout.ts';
import type { Measured } from './statistics.ts';

const runs = 3;
const settleMs = 5_000;
const idleMs = 20_000;
const deadlineMs = 300_000;

/** `npm start` in a fresh clone: until it is up, the whole development run, and what it costs when nothing happens. */
export async function measure(): Promise<Measured> {
  const clone = checkout();
  try {
    const starts: Start[] = [];
    for (let run = 0; run < runs; run += 1) starts.push(await startOnce(clone.folder));
    const idle = starts.flatMap((start) => (start.idle === undefined ? [] : [start.idle]));
    const whole = 'the development run';
    const stages = (starts[0]?.stages ?? []).map(({ name }) => name);
    return {
      figures: [
        {
          what: '`npm start` to cloud and hub ready',
          unit: 's',
          values: starts.map(({ readyS }) => readyS),
          target: { atMost: 5 },
        },
        {
          what: `${whole}, push to conclusion`,
          unit: 's',
          values: starts.map(({ runS }) => runS),
          target: { atMost: 60 },
        },
        ...stages.map((name) => ({
          what: `of which “${name}”`,
          unit: 's',
          values: starts.flatMap((start) =>
            start.stages.filter((stage) => stage.name === name).map(({ seconds }) => seconds),
          ),
        })),
        ...(idle.length === 0
          ? []
          : [
              {
                what: 'cloud and hub, idle: resident',
                unit: 'MB',
                values: idle.map(({ residentMb }) => residentMb),
                target: { atMost: 250 },
              },
              {
                what: 'cloud and hub, idle: share of a core',
                unit: '%',
                values: idle.map(({ corePercent }) => corePercent),
                target: { atMost: 2 },
              },
            ]),
      ],
      notes: [
        `A clone whose packages are installed and whose actions are compiled, with \`npm start -- --fresh --driver process\`: each run begins with no state, so that the image is built each time. The service's packages come from npm's cache or the registry.`,
        `Idle is after the run, with the chatbot deployed and its health checks going on: the one process of cloud and hub, without the task, over ${idleMs / 1000} s.`,
      ],
    };
  } finally {
    clone.remove();
  }
}

interface Start {
  readonly readyS: number;
  readonly runS: number;
  readonly stages: readonly { readonly name: string; readonly seconds: number }[];
  /** `undefined` elsewhere than on Linux. */
  readonly idle: { readonly residentMb: number; readonly corePercent: number } | undefined;
}

async function startOnce(folder: string): Promise<Start> {
  const summary = path.join(folder, '..', 'summary.json');
  const startedAt = performance.now();
  // A group of its own: Ctrl-C reaches npm and what npm started, as it does in a terminal.
  const child = spawn('npm', ['start', '--', '--fresh', '--driver', 'process', '--summary', summary], {
    cwd: folder,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = follow(child);
  try {
    await output.says('The cloud and the hub are up');
    const readyS = (performance.now() - startedAt) / 1000;
    await output.says('Ctrl-C stops everything.');
    const [run] = readRuns(summary);
    if (run?.conclusion !== 'success') throw new Error(`The development run failed:\n${output.text()}`);
    return { readyS, runS: run.seconds, stages: run.stages, idle: await idleOf(folder) };
  } finally {
    if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, 'SIGINT');
    await output.ended;
  }
}

interface Output {
  readonly ended: Promise<void>;
  text(): string;
  /** Resolves when the text is printed. @throws Error where the process ends, or five minutes pass, without it */
  says(text: string): Promise<void>;
}

function follow(child: ChildProcess): Output {
  let printed = '';
  const looks = new Set<() => void>();
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding('utf8').on('data', (chunk: string) => {
      printed += chunk;
      for (const look of looks) look();
    });
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const says = async (text: string): Promise<void> => {
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const look = (): void => {
      if (printed.includes(text)) resolve(true);
    };
    looks.add(look);
    look();
    const timer = setTimeout(() => resolve(false), deadlineMs);
    const said = await Promise.race([promise, ended.then(() => printed.includes(text))]);
    clearTimeout(timer);
    looks.delete(look);
    if (!said) throw new Error(`npm start did not say “${text}”:\n${printed}`);
  };
  return { ended, says, text: () => printed };
}

interface RunSummary {
  readonly conclusion: string;
  readonly seconds: number;
  readonly stages: readonly { readonly name: string; readonly seconds: number }[];
}

function readRuns(file: string): readonly RunSummary[] {
  return (JSON.parse(readFileSync(file, 'utf8')) as { runs: RunSummary[] }).runs;
}

async function idleOf(folder: string): Promise<Start['idle']> {
  if (process.platform !== 'linux') return undefined;
  const pid = holderOf(path.join(folder, '.sluice-rehearsal'));
  await sleep(settleMs);
  const before = cpuSeconds(pid);
  const begun = performance.now();
  await sleep(idleMs);
  const seconds = (performance.now() - begun) / 1000;
  return {
    residentMb: residentMb(pid),
    corePercent: ((cpuSeconds(pid) - before) / seconds) * 100,
  };
}

/** The process that holds the state: npm and its shell are not what is measured. */
function holderOf(state: string): number {
  const lock = readdirSync(state)
    .map((name) => path.join(state, name, 'lock.json'))
    .find((file) => existsSync(file));
  if (lock === undefined) throw new Error(`No rehearsal holds ${state}.`);
  return (JSON.parse(readFileSync(lock, 'utf8')) as { pid: number }).pid;
}

/** The kernel counts in hundredths of a second for every reader of /proc (proc(5), USER_HZ). */
const ticksPerSecond = 100;

/** User and system time so far, of all threads. */
export function cpuSeconds(pid: number): number {
  // The name in brackets may hold spaces; what is counted comes after it.
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ');
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
}

export function residentMb(pid: number): number {
  const kilobytes = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return (Number(kilobytes) * 1024) / 1e6;
}
