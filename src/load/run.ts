import { runClosed, type ClosedLoad } from './closed.ts';
import type { Connection } from './connection.ts';
import { connectionsFor, runOpen, type OpenLoad } from './open.ts';
import { watchPace, type Pace } from './pace.ts';
import { openPool, withPool, type Pool } from './pool.ts';
import { Recording, type Measured } from './recording.ts';

export type Load = ClosedLoad | OpenLoad;

/** What a run takes of the machine it runs on. */
export interface Surroundings {
  /** Milliseconds of a monotonic clock. */
  readonly now: () => number;
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  readonly signal: AbortSignal;
}

interface LoadRun extends Surroundings {
  readonly load: Load;
  readonly warmUpMs: number;
  readonly connect: () => Connection;
  /** Called every few seconds with how many requests have ended. */
  readonly report: (ended: number) => void;
}

/** A whole run: what it measured, and how well the client kept up meanwhile. */
export interface Run {
  readonly load: Load;
  readonly measured: Measured;
  readonly pace: Pace;
  /** How many requests were planned; fewer ended where the time was up. */
  readonly planned: number;
}

const reportEveryMs = 5_000;

/** A closed run has no length of its own. */
const closedLimitMs = 15 * 60_000;

/** Asks for a while without counting, and then measures over the same connections. */
export async function runLoad(run: LoadRun): Promise<Run> {
  const { load, warmUpMs, now, signal, report } = run;
  const pool = poolFor(load, run.connect);
  return withPool(pool, signal, async () => {
    if (warmUpMs > 0) await warmUp(load, warmUpMs, pool, run);
    const recording = new Recording(now());
    const pace = watchPace();
    const ticker = setInterval(() => report(recording.ended), reportEveryMs);
    try {
      await apply(load, { pool, recording, deadline: now() + closedLimitMs }, run);
    } finally {
      clearInterval(ticker);
    }
    return {
      load,
      measured: recording.measured(load.kind === 'open' ? load.durationMs : 0),
      pace: pace(),
      planned: plannedOf(load),
    };
  });
}

function plannedOf(load: Load): number {
  switch (load.kind) {
    case 'closed':
      return load.requests;
    case 'open':
      return Math.round((load.ratePerSecond * load.durationMs) / 1000);
  }
}

export function poolFor(load: Load, connect: () => Connection): Pool {
  return openPool(connect, load.kind === 'closed' ? load.concurrency : connectionsFor(load));
}

/** The same load for a while, into a recording that nobody reads. */
export async function warmUp(
  load: Load,
  warmUpMs: number,
  pool: Pool,
  surroundings: Surroundings,
): Promise<void> {
  const { now } = surroundings;
  const endless =
    load.kind === 'closed' ? { ...load, requests: Infinity } : { ...load, durationMs: warmUpMs };
  await apply(endless, { pool, recording: new Recording(now()), deadline: now() + warmUpMs }, surroundings);
}

/** @param into `deadline` ends a closed load, on the clock of the surroundings; an open one has its duration */
export async function apply(
  load: Load,
  into: { readonly pool: Pool; readonly recording: Recording; readonly deadline: number },
  { now, sleep, signal }: Surroundings,
): Promise<void> {
  switch (load.kind) {
    case 'closed':
      return runClosed({ load, ...into, now, signal });
    case 'open':
      return runOpen({ load, ...into, now, sleep, signal });
  }
}
