import type { Exchange } from './answer.ts';
import type { Connection } from './connection.ts';
import type { Surroundings } from './run.ts';

/** When a request that arrives at a time is answered, both in milliseconds. */
export type Server = (arrivalMs: number) => number;

const good: Exchange = { trouble: undefined, bytes: 1 };

/** A clock that jumps to whatever comes next, and servers on it: minutes of load pass in a moment, always the same. */
export class SimulatedTime {
  #now = 0;
  readonly #events: { readonly at: number; readonly happen: () => void }[] = [];
  readonly abort = new AbortController();

  readonly surroundings: Surroundings = {
    now: () => this.#now,
    sleep: (ms) => this.#at(this.#now + ms),
    signal: this.abort.signal,
  };

  connectionTo(server: Server, seen?: (arrivalMs: number) => void): () => Connection {
    return () => ({
      send: async () => {
        seen?.(this.#now);
        await this.#at(server(this.#now));
        return good;
      },
      close: () => Promise.resolve(),
    });
  }

  /** Lets the time pass until the work is done. */
  async passUntil<T>(work: Promise<T>): Promise<T> {
    const progress = { done: false };
    const finish = (): void => {
      progress.done = true;
    };
    work.then(finish, finish);
    for (;;) {
      // All that follows from the last event has to happen before the next one.
      await new Promise(setImmediate);
      if (progress.done) return work;
      const next = this.#events.shift();
      if (next === undefined) throw new Error('Nothing more can happen, and the work is not done.');
      this.#now = next.at;
      next.happen();
    }
  }

  #at(at: number): Promise<void> {
    return new Promise((happen) => {
      let index = this.#events.length;
      while (index > 0 && (this.#events[index - 1]?.at ?? 0) > at) index -= 1;
      this.#events.splice(index, 0, { at, happen });
    });
  }
}

/** Random numbers from 0 to 1 that are the same each time (mulberry32). */
export function seeded(seed: number): () => number {
  // Looked up once: in a test's context of its own, a global costs more than the arithmetic.
  const { imul } = Math;
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Serves one request at a time. */
export function serial(serviceMs: number): Server {
  let freeAt = 0;
  return (arrival) => {
    freeAt = Math.max(arrival, freeAt) + serviceMs;
    return freeAt;
  };
}

/** Answers in `serviceMs`, but stands still for the first `stallMs` of each period. */
export function stalling(serviceMs: number, stallMs: number, periodMs: number): Server {
  return (arrival) => {
    const into = arrival % periodMs;
    return arrival + serviceMs + (into < stallMs ? stallMs - into : 0);
  };
}
