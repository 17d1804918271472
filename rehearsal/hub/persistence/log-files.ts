import { appendFileSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import type { LogLine } from '../model.ts';

/** The logs of jobs, a file each, a JSON line each line: a crash costs the last moments, not the file. */
export class LogFiles {
  readonly #directory: string;
  readonly #waiting = new Map<number, string[]>();

  constructor(directory: string) {
    this.#directory = directory;
    mkdirSync(directory, { recursive: true });
  }

  /** Takes a line for the next {@link LogFiles.flush}. */
  add(jobId: number, line: LogLine): void {
    const lines = this.#waiting.get(jobId);
    if (lines === undefined) this.#waiting.set(jobId, [JSON.stringify(line)]);
    else lines.push(JSON.stringify(line));
  }

  /** Writes what was taken since the last time. */
  flush(): void {
    for (const [jobId, lines] of this.#waiting) appendFileSync(this.#file(jobId), `${lines.join('\n')}\n`);
    this.#waiting.clear();
  }

  /** An empty list where there is no log; a line that a crash cut off is left out. */
  read(jobId: number): LogLine[] {
    let text: string;
    try {
      text = readFileSync(this.#file(jobId), 'utf8');
    } catch (error: unknown) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
      throw error;
    }
    return text.split('\n').flatMap(parse);
  }

  /** Removes the logs of all other jobs. */
  keepOnly(jobIds: ReadonlySet<number>): void {
    for (const name of readdirSync(this.#directory)) {
      if (!jobIds.has(Number.parseInt(name, 10))) rmSync(path.join(this.#directory, name), { force: true });
    }
  }

  #file(jobId: number): string {
    return path.join(this.#directory, `${jobId}.ndjson`);
  }
}

function parse(text: string): LogLine[] {
  try {
    return text === '' ? [] : [JSON.parse(text) as LogLine];
  } catch {
    return [];
  }
}
