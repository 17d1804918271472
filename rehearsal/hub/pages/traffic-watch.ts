import type { TrafficSource } from '../traffic.ts';

const everyMs = 1_000;

/**
 * Tells open pages when the weights, versions, targets or stage of an environment are others than before: at once
 * where the source says so, and within a second where it does not, as when a rule was edited by hand. Nobody looks
 * while no page is open.
 */
export class TrafficWatch {
  readonly #source: TrafficSource;
  readonly #listeners = new Set<() => void>();
  #seen = '';
  #stop: (() => void) | undefined;

  constructor(source: TrafficSource) {
    this.#source = source;
  }

  /** @returns how to stop that */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    this.#stop ??= this.#look();
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size > 0) return;
      this.#stop?.();
      this.#stop = undefined;
    };
  }

  #look(): () => void {
    this.#seen = this.#state();
    const compare = (): void => {
      const state = this.#state();
      if (state === this.#seen) return;
      this.#seen = state;
      for (const listener of this.#listeners) listener();
    };
    const timer = setInterval(compare, everyMs);
    const unsubscribe = this.#source.onChange(compare);
    return () => {
      clearInterval(timer);
      unsubscribe();
    };
  }

  #state(): string {
    return JSON.stringify(
      this.#source.environments().map((name) => {
        const traffic = this.#source.traffic(name);
        return [name, traffic?.sides, traffic?.shift];
      }),
    );
  }
}
