import type { Connection } from './connection.ts';
import type { Pool } from './pool.ts';
import type { Recording } from './recording.ts';

/** Requests that come at a steady rate, whether or not the server keeps up. */
export interface OpenLoad {
  readonly kind: 'open';
  readonly ratePerSecond: number;
  readonly durationMs: number;
}

interface OpenRun {
  readonly load: OpenLoad;
  readonly pool: Pool;
  readonly recording: Recording;
  /** Milliseconds of a monotonic clock. */
  readonly now: () => number;
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  readonly signal: AbortSignal;
}

/** A request that finds all connections busy waits as long, and is then dropped. */
const patienceMs = 2000;

/** Enough for a server that stalls for two seconds, without opening more than a machine has ports for. */
export function connectionsFor({ ratePerSecond }: OpenLoad): number {
  return Math.min(10_000, Math.max(100, 2 * ratePerSecond));
}

const mostInARow = 64;

/**
 * Sends each request when it is due, and counts its latency from then, not from when it could be sent: a stall delays
 * all who come during it, not only the one that was under way ("coordinated omission", Gil Tene). How late the client
 * itself is with a request is recorded apart.
 *
 * @throws the signal's reason, when it is aborted
 */
export async function runOpen({ load, pool, recording, now, sleep, signal }: OpenRun): Promise<void> {
  const total = Math.round((load.ratePerSecond * load.durationMs) / 1000);
  const begun = now();
  const waiting: number[] = [];
  let served = 0;
  let underWay = 0;
  let allSent = false;
  const quiet = Promise.withResolvers<undefined>();

  const nextWaiting = (): number | undefined => {
    for (; served < waiting.length; served += 1) {
      const due = waiting[served] ?? 0;
      if (now() - due <= patienceMs) {
        served += 1;
        return due;
      }
      recording.drop();
    }
    return undefined;
  };
  const use = async (connection: Connection, first: number): Promise<void> => {
    underWay += 1;
    for (let due: number | undefined = first; due !== undefined && !signal.aborted; due = nextWaiting()) {
      const exchange = await connection.send();
      recording.exchange(due, now(), exchange);
    }
    underWay -= 1;
    pool.give(connection);
    if (allSent && underWay === 0) quiet.resolve(undefined);
  };

  for (let index = 0; index < total; index += 1) {
    const due = begun + (index * 1000) / load.ratePerSecond;
    // A client that is late must still read answers in between.
    if (now() >= due && index % mostInARow === 0) await sleep(0, signal);
    // More than once, as a timer may come up to a millisecond early.
    for (let early = due - now(); early > 0; early = due - now()) await sleep(early, signal);
    recording.sendLag(now() - due);
    const connection = pool.take();
    if (connection === undefined) waiting.push(due);
    else void use(connection, due);
  }
  allSent = true;
  // Each exchange has a time limit of its own, so this comes to an end.
  if (underWay > 0) await quiet.promise;
  signal.throwIfAborted();
}
