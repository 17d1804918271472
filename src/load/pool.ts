import type { Connection } from './connection.ts';

/** The connections of a run: opened as they are wanted, and kept. */
export interface Pool {
  /** `undefined`: all that may be opened are busy. */
  readonly take: () => Connection | undefined;
  readonly give: (connection: Connection) => void;
  /** Ends what is under way as well. */
  readonly close: () => Promise<void>;
}

export function openPool(connect: () => Connection, most: number): Pool {
  const opened: Connection[] = [];
  const idle: Connection[] = [];
  return {
    take: () => {
      // The one that was used last: the fewest are kept busy, and those that are not may close.
      const free = idle.pop();
      if (free !== undefined || opened.length >= most) return free;
      const fresh = connect();
      opened.push(fresh);
      return fresh;
    },
    give: (connection) => void idle.push(connection),
    close: async () => {
      await Promise.all(opened.map((connection) => connection.close()));
    },
  };
}

/** Closes the pool when the work is done, and as soon as it is aborted: nothing waits for answers any more then. */
export async function withPool<T>(pool: Pool, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  const onAbort = (): void => void pool.close();
  signal.addEventListener('abort', onAbort);
  try {
    signal.throwIfAborted();
    return await work();
  } finally {
    signal.removeEventListener('abort', onAbort);
    await pool.close();
  }
}
