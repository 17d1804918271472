import type { Pool } from './pool.ts';
import type { Recording } from './recording.ts';

/** Users that each ask again as soon as they are answered, as `ab -n 1000 -c 50`. */
export interface ClosedLoad {
  readonly kind: 'closed';
  readonly requests: number;
  readonly concurrency: number;
}

interface ClosedRun {
  readonly load: ClosedLoad;
  readonly pool: Pool;
  readonly recording: Recording;
  /** Milliseconds of a monotonic clock. */
  readonly now: () => number;
  /** Nothing is sent afterwards, on the same clock. */
  readonly deadline: number;
  readonly signal: AbortSignal;
}

/**
 * Sends all requests, or as many as the deadline allows. A slow server slows its own measurement down here: while it
 * stalls, nobody asks. What users feel of a stall is for the open model to say.
 *
 * @throws the signal's reason, when it is aborted
 */
export async function runClosed(run: ClosedRun): Promise<void> {
  const { load, pool, recording, now, deadline, signal } = run;
  let left = load.requests;
  const user = async (): Promise<void> => {
    const connection = pool.take();
    if (connection === undefined) return;
    while (left > 0 && now() < deadline && !signal.aborted) {
      left -= 1;
      const sent = now();
      const exchange = await connection.send();
      recording.exchange(sent, now(), exchange);
    }
    pool.give(connection);
  };
  await Promise.all(Array.from({ length: load.concurrency }, user));
  signal.throwIfAborted();
}
