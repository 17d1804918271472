import type { Block } from './compare.ts';
import type { Connection } from './connection.ts';
import { withPool, type Pool } from './pool.ts';
import { Recording } from './recording.ts';
import { apply, poolFor, warmUp, type Load, type Surroundings } from './run.ts';

interface Interleaving extends Surroundings {
  /** Of a whole run; it is divided into blocks. */
  readonly load: Load;
  readonly warmUpMs: number;
  readonly connectCurrent: () => Connection;
  readonly connectPrevious: () => Connection;
}

const pairs = 20;

/** Of a block: its 95th percentile is that of the twenty slowest. */
const fewestRequests = 400;

const limitMs = 15 * 60_000;

/**
 * Asks two releases in turn, in short blocks, so that whatever else happens meets both alike: the machine's other
 * work, the network, the database. The order turns with every pair (ABBA), so that neither is always the first.
 * Pairs that do not fit into a quarter of an hour are left out.
 */
export async function interleave(
  run: Interleaving,
): Promise<{ readonly current: readonly Block[]; readonly previous: readonly Block[] }> {
  const { load, warmUpMs, now, signal } = run;
  const part = blockOf(load);
  const currentPool = poolFor(load, run.connectCurrent);
  const previousPool = poolFor(load, run.connectPrevious);
  const current: Block[] = [];
  const previous: Block[] = [];
  const measureCurrent = async (): Promise<unknown> => current.push(await measure(part, currentPool, run));
  const measurePrevious = async (): Promise<unknown> => previous.push(await measure(part, previousPool, run));

  await withPool(currentPool, signal, () =>
    withPool(previousPool, signal, async () => {
      for (const pool of [previousPool, currentPool]) {
        if (warmUpMs > 0) await warmUp(load, warmUpMs, pool, run);
      }
      const deadline = now() + limitMs;
      for (let pair = 0; pair < pairs && now() < deadline; pair += 1) {
        const turn = [measurePrevious, measureCurrent];
        for (const one of pair % 2 === 0 ? turn : turn.reverse()) await one();
      }
    }),
  );
  return { current, previous };
}

/** A twentieth of a load. */
function blockOf(load: Load): Load {
  switch (load.kind) {
    case 'closed':
      return { ...load, requests: Math.max(fewestRequests, Math.ceil(load.requests / pairs)) };
    case 'open': {
      const fewestMs = (fewestRequests * 1000) / load.ratePerSecond;
      return { ...load, durationMs: Math.max(fewestMs, load.durationMs / pairs) };
    }
  }
}

async function measure(load: Load, pool: Pool, surroundings: Surroundings): Promise<Block> {
  const { now } = surroundings;
  const recording = new Recording(now());
  await apply(load, { pool, recording, deadline: now() + limitMs }, surroundings);
  const { latency, requests, failed, dropped } = recording.measured();
  return { p50: latency.p50, p95: latency.p95, requests: requests + dropped, failed: failed + dropped };
}
