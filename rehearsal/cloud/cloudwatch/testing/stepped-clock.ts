import type { Clock } from '../../clock.ts';

/** A clock that stands still until it is told to go on. */
export interface SteppedClock extends Clock {
  /** Goes on by so many milliseconds, and wakes what sleeps on the way, in order. */
  advance(ms: number): Promise<void>;
}

interface Sleeper {
  readonly at: number;
  readonly wake: () => void;
}

export function steppedClock(startAt: number): SteppedClock {
  let present = startAt;
  const sleepers = new Set<Sleeper>();
  return {
    scale: 1,
    now: () => new Date(present),
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason as Error);
        const onAbort = (): void => {
          sleepers.delete(sleeper);
          reject(signal?.reason as Error);
        };
        const sleeper: Sleeper = {
          at: present + ms,
          wake: () => {
            signal?.removeEventListener('abort', onAbort);
            resolve();
          },
        };
        sleepers.add(sleeper);
        signal?.addEventListener('abort', onAbort, { once: true });
      }),
    async advance(ms) {
      const end = present + ms;
      for (;;) {
        const next = [...sleepers].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
        if (next === undefined) break;
        sleepers.delete(next);
        present = Math.max(present, next.at);
        next.wake();
        // What woke up may go to sleep again before the next one is looked for.
        await new Promise(setImmediate);
      }
      present = end;
    },
  };
}
