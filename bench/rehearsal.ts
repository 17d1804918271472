import { spawn } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Figure } from './statistics.ts';

const root = path.resolve(import.meta.dirname, '..');
const idleMs = 20_000;
const ticksPerSecond = 100;

/** `npm start` of this repository: until it is up, a whole development run, and what it costs while nothing happens. */
export async function rehearsal(): Promise<Figure[]> {
  const summary = path.join(tmpdir(), `sluice-bench-${process.pid}.json`);
  const whole = await start(['--exit', '--summary', summary], undefined);
  const { runs } = JSON.parse(readFileSync(summary, 'utf8')) as {
    runs: { seconds: number; conclusion: string }[];
  };
  rmSync(summary);
  const [run] = runs;
  if (run?.conclusion !== 'success') throw new Error(`The development run did not succeed:\n${whole.output}`);
  const idle = await start(['--no-push'], measureIdle);
  return [
    {
      what: 'npm start to “cloud and hub are up”',
      unit: 's',
      values: [whole.upAfter, idle.upAfter],
      target: 5,
    },
    { what: 'the whole development run', unit: 's', values: [run.seconds], target: 60 },
    ...(idle.idle === undefined
      ? []
      : [
          {
            what: 'cloud and hub, idle: resident memory',
            unit: 'MB',
            values: [idle.idle.residentMb],
            target: 250,
          },
          {
            what: 'cloud and hub, idle: share of a core',
            unit: '%',
            values: [idle.idle.corePercent],
            target: 2,
          },
        ]),
  ];
}

interface Started {
  readonly upAfter: number;
  readonly output: string;
  readonly idle: { residentMb: number; corePercent: number } | undefined;
}

async function start(
  argv: readonly string[],
  whileUp: ((pid: number) => Promise<Started['idle']>) | undefined,
): Promise<Started> {
  const startedAt = performance.now();
  const child = spawn(
    process.execPath,
    [path.join(root, 'scripts/start.mjs'), '--driver', 'process', ...argv],
    {
      cwd: root,
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  let output = '';
  let upAfter = NaN;
  const exited = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const up = new Promise<void>((resolve) => {
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString('utf8');
      if (Number.isNaN(upAfter) && output.includes('are up after')) {
        upAfter = (performance.now() - startedAt) / 1000;
        resolve();
      }
    });
  });
  await Promise.race([up, exited]);
  const idle = whileUp === undefined || child.pid === undefined ? undefined : await whileUp(child.pid);
  if (whileUp !== undefined) child.kill('SIGINT');
  await exited;
  return { upAfter, output, idle };
}

/** From /proc: elsewhere than on Linux these two figures are left out. */
async function measureIdle(pid: number): Promise<Started['idle']> {
  const cpuTicks = (): number => {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ');
    return Number(fields[11]) + Number(fields[12]);
  };
  if (process.platform !== 'linux') return undefined;
  await new Promise((resolve) => setTimeout(resolve, 3_000));
  const before = cpuTicks();
  await new Promise((resolve) => setTimeout(resolve, idleMs));
  const seconds = (cpuTicks() - before) / ticksPerSecond;
  const pages = Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1]);
  return { residentMb: (pages * 4096) / 1_000_000, corePercent: (seconds / (idleMs / 1000)) * 100 };
}
