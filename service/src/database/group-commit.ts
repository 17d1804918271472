interface Waiting<Item> {
  readonly item: Item;
  readonly resolve: (value: undefined) => void;
  readonly reject: (reason: unknown) => void;
}

/**
 * Commits what comes at the same time together: while one commit is under way, the next batch gathers. `add` resolves
 * when its item is committed, not before. Where a batch fails, its items are committed one by one, so that one that
 * cannot be stored fails alone.
 */
export class GroupCommit<Item> {
  readonly #commit: (items: readonly Item[]) => Promise<void>;
  readonly #most: number;
  #waiting: Waiting<Item>[] = [];
  #running: Promise<void> | undefined;

  constructor(commit: (items: readonly Item[]) => Promise<void>, most = 100) {
    this.#commit = commit;
    this.#most = most;
  }

  add(item: Item): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<undefined>();
    this.#waiting.push({ item, resolve, reject });
    this.#running ??= this.#run();
    return promise;
  }

  /** Resolves when nothing waits any more. */
  async settled(): Promise<void> {
    await this.#running;
  }

  async #run(): Promise<void> {
    while (this.#waiting.length > 0) {
      // After the requests that this turn of the event loop brings: they are one batch.
      await new Promise((resolve) => setImmediate(resolve));
      await this.#commitTogether(this.#waiting.splice(0, this.#most));
    }
    this.#running = undefined;
  }

  async #commitTogether(batch: readonly Waiting<Item>[]): Promise<void> {
    try {
      await this.#commit(batch.map(({ item }) => item));
      for (const { resolve } of batch) resolve(undefined);
    } catch (error: unknown) {
      if (batch.length === 1) batch[0]?.reject(error);
      else for (const one of batch) await this.#commitTogether([one]);
    }
  }
}
