import type { Clock } from '../clock.ts';

/** Timers by key, of which only the earliest counts. */
export class Wakings {
  readonly #clock: Clock;
  readonly #pending = new Map<string, { readonly dueAt: number; readonly cancel: AbortController }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Calls back in `inMs` of the cloud's time, or sooner where that is asked for too. */
  wake(key: string, inMs: number, callBack: () => void): void {
    const dueAt = this.#clock.now().getTime() + inMs;
    const before = this.#pending.get(key);
    if (before !== undefined && before.dueAt <= dueAt) return;
    before?.cancel.abort();
    const waking = { dueAt, cancel: new AbortController() };
    this.#pending.set(key, waking);
    const forget = (): void => {
      if (this.#pending.get(key) === waking) this.#pending.delete(key);
    };
    this.#clock.sleep(inMs, waking.cancel.signal).then(() => {
      forget();
      callBack();
    }, forget);
  }

  stop(): void {
    for (const { cancel } of this.#pending.values()) cancel.abort();
  }
}
