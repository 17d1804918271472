import { existsSync, readFileSync, renameSync } from 'node:fs';
import writeFileAtomic from 'write-file-atomic';

/** Bumped when what a part saves can no longer be read by the code before it. */
const version = 3;
const quietMs = 200;

/** A part of the cloud that outlives a restart. */
export interface Part {
  save(): unknown;
  load(saved: never): void;
}

/**
 * One file with what the cloud remembers, written whole or not at all. A file that cannot be read is set aside and
 * named, never a crash, and never overwritten.
 */
export class Snapshot {
  readonly #file: string;
  readonly #parts: Readonly<Record<string, Part>>;
  readonly #log: (message: string) => void;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(file: string, parts: Readonly<Record<string, Part>>, log: (message: string) => void) {
    this.#file = file;
    this.#parts = parts;
    this.#log = log;
  }

  /** @returns whether what was saved, if anything, is back */
  load(): boolean {
    if (!existsSync(this.#file)) return true;
    const empty = this.#save();
    try {
      this.#load(readSaved(this.#file));
      return true;
    } catch (error: unknown) {
      // Some parts may have been read: all begin empty, so that none misses what another one has.
      this.#load(JSON.parse(empty) as Saved);
      const aside = `${this.#file}.${Date.now()}.unreadable`;
      renameSync(this.#file, aside);
      this.#log(
        `The cloud's state could not be read: ${error instanceof Error ? error.message : String(error)}. ` +
          `It is kept as ${aside}, and the cloud starts empty.`,
      );
      return false;
    }
  }

  /** Something changed: written a moment later, so that a burst of changes is one write. */
  touch(): void {
    if (this.#closed) return;
    this.#timer ??= setTimeout(() => this.#write(), quietMs).unref();
  }

  /** Writes for the last time. */
  close(): void {
    this.#closed = true;
    this.#write();
  }

  #write(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    try {
      writeFileAtomic.sync(this.#file, this.#save(), { mode: 0o600 });
    } catch (error: unknown) {
      // A full disk is no reason to end what runs.
      this.#log(`The cloud's state could not be written to ${this.#file}: ${String(error)}`);
    }
  }

  #save(): string {
    const parts = Object.fromEntries(Object.entries(this.#parts).map(([name, part]) => [name, part.save()]));
    return JSON.stringify({ version, parts } satisfies Saved);
  }

  #load({ parts }: Saved): void {
    for (const [name, part] of Object.entries(this.#parts)) {
      const saved = parts[name];
      if (saved !== undefined) part.load(saved as never);
    }
  }
}

interface Saved {
  readonly version: number;
  readonly parts: Readonly<Record<string, unknown>>;
}

/** @throws where it is no snapshot, or one of another version */
function readSaved(file: string): Saved {
  const saved = JSON.parse(readFileSync(file, 'utf8')) as Partial<Saved> | null;
  if (typeof saved?.parts !== 'object') throw new Error(`${file} is not a snapshot`);
  if (saved.version !== version) {
    throw new Error(`${file} has version ${String(saved.version)}, and this is version ${version}`);
  }
  return { version, parts: saved.parts };
}
