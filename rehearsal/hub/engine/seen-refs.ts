import { readFileSync } from 'node:fs';
import writeFileAtomic from 'write-file-atomic';
import { noCommit } from '../git/repository.ts';
import type { PushedRef } from './triggers/push.ts';

/**
 * The refs whose pushes have started their runs, on disk: what was pushed while the hub was not running is found by
 * comparing them with the repository.
 */
export class SeenRefs {
  readonly #file: string;
  readonly #refs: Map<string, string>;
  #isNew: boolean;

  constructor(file: string) {
    this.#file = file;
    const refs = read(file);
    this.#isNew = refs === undefined;
    this.#refs = refs ?? new Map<string, string>();
  }

  /** Whether there is no record yet: every ref of the repository would look pushed. */
  get isNew(): boolean {
    return this.#isNew;
  }

  async record(pushed: readonly Pick<PushedRef, 'ref' | 'after'>[]): Promise<void> {
    this.#isNew = false;
    for (const { ref, after } of pushed) {
      if (after === noCommit) this.#refs.delete(ref);
      else this.#refs.set(ref, after);
    }
    await writeFileAtomic(this.#file, JSON.stringify(Object.fromEntries(this.#refs)));
  }

  /** What moved since, as pushes. */
  missed(present: ReadonlyMap<string, string>): PushedRef[] {
    const names = new Set([...present.keys(), ...this.#refs.keys()]);
    return [...names].flatMap((ref) => {
      const before = this.#refs.get(ref) ?? noCommit;
      const after = present.get(ref) ?? noCommit;
      return before === after ? [] : [{ ref, before, after }];
    });
  }
}

function read(file: string): Map<string, string> | undefined {
  try {
    const value = JSON.parse(readFileSync(file, 'utf8')) as unknown;
    if (typeof value !== 'object' || value === null) return undefined;
    return new Map(
      Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
    );
  } catch {
    // There is none yet, or it is damaged: then nothing counts as missed.
    return undefined;
  }
}
