/** What has to be undone when something ends: in the reverse order of its making, once, and to the end. */
export class Teardown {
  readonly #steps: (() => unknown)[] = [];
  readonly #failed: (error: unknown) => void;
  #done: Promise<void> | undefined;

  /** @param failed told of a step that failed; those that are left are taken all the same */
  constructor(failed: (error: unknown) => void) {
    this.#failed = failed;
  }

  /** @param step what it returns is waited for */
  add(step: () => unknown): void {
    this.#steps.push(step);
  }

  run(): Promise<void> {
    return (this.#done ??= this.#undo());
  }

  async #undo(): Promise<void> {
    for (const step of this.#steps.reverse()) {
      try {
        await step();
      } catch (error: unknown) {
        this.#failed(error);
      }
    }
  }
}
