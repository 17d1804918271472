/**
 * What is on its way to one target: when the target is gone for good, all of it is broken off. A plain set, as every
 * request joins and leaves one; listeners of an `AbortSignal` cost several times as much.
 */
export class InFlight {
  readonly #cuts = new Set<() => void>();

  join(cut: () => void): void {
    this.#cuts.add(cut);
  }

  leave(cut: () => void): void {
    this.#cuts.delete(cut);
  }

  cut(): void {
    for (const cut of [...this.#cuts]) cut();
    this.#cuts.clear();
  }
}
