import { existsSync, readFileSync, renameSync } from 'node:fs';
import writeFileAtomic from 'write-file-atomic';

/** Bumped when what a part saves can no longer be read by the code before it. */
const version = 1;
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

  constructor(file: string, parts: Readonly<Record<string, Part>>, log: (message: string) => void) {
    this.#file = file;
    this.#parts = parts;
    this.#log = log;
  }

  load(): void {
    if (!existsSync(this.#file)) return;
    try {
      const saved = JSON.parse(readFileSync(this.#file, 'utf8')) as {
        version?: unknown;
        parts?: Record<string, unknown>;
      };
      if (saved.version !== version)
        throw new Error(`it has version ${String(saved.version)}, and ${version} is read`);
      for (const [name, part] of Object.entries(this.#parts)) {
        const value = saved.parts?.[name];
        if (value !== undefined) part.load(value as never);
      }
    } catch (error: unknown) {
      const aside = `${this.#file}.${Date.now()}.unreadable`;
      renameSync(this.#file, aside);
      this.#log(
        `The cloud's state could not be read (${String(error)}); it is kept as ${aside}, and the cloud starts empty.`,
      );
    }
  }

  /** Something changed: written a moment later, so that a burst of changes is one write. */
  touch(): void {
    this.#timer ??= setTimeout(() => this.flush(), quietMs).unref();
  }

  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const parts = Object.fromEntries(Object.entries(this.#parts).map(([name, part]) => [name, part.save()]));
    writeFileAtomic.sync(this.#file, JSON.stringify({ version, parts }), { mode: 0o600 });
  }
}
