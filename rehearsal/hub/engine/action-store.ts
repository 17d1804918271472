import { mkdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import type { Source } from './sources.ts';

/**
 * Makes a commit's actions ready to run, where they are not as they are committed (a `dist/` to compile).
 * `folder` holds the commit's files.
 */
export type ActionBuilder = (
  folder: string,
  context: { readonly log: (line: string) => void; readonly signal: AbortSignal },
) => Promise<void>;

/** Checkouts of the commits that actions come from, one for each, made when first asked for. */
export class ActionStore {
  readonly #folder: string;
  readonly #build: ActionBuilder;
  readonly #checkouts = new Map<string, { readonly folder: Promise<string>; readonly signal: AbortSignal }>();

  constructor(folder: string, build: ActionBuilder) {
    this.#folder = folder;
    this.#build = build;
  }

  /** The folder with the files of a commit, actions built. */
  async folder(source: Source, log: (line: string) => void, signal: AbortSignal): Promise<string> {
    const key = `${source.repository.toLowerCase()}@${source.sha}`;
    const known = this.#checkouts.get(key);
    if (known === undefined) {
      const checkout = this.#checkOut(source, log, signal);
      this.#checkouts.set(key, { folder: checkout, signal });
      // A failure is not remembered: the next job tries again.
      checkout.catch(() => this.#checkouts.delete(key));
      return checkout;
    }
    try {
      return await known.folder;
    } catch (error: unknown) {
      // The job that began it was stopped; that is not this one's failure.
      if (known.signal.aborted && !signal.aborted) return this.folder(source, log, signal);
      throw error;
    }
  }

  async #checkOut(source: Source, log: (line: string) => void, signal: AbortSignal): Promise<string> {
    const folder = path.join(this.#folder, ...source.repository.split('/'), source.sha);
    const aside = `${folder}.part`;
    await mkdir(path.dirname(folder), { recursive: true });
    await rm(aside, { recursive: true, force: true });
    log(`Getting ${source.repository}@${source.sha}`);
    await source.git.checkout(source.sha, aside);
    await this.#build(aside, { log, signal });
    await rename(aside, folder);
    return folder;
  }
}
