/**
 * The headers of GitHub's rate limit. Requests are counted, and never refused: nobody should wait in a rehearsal, but
 * what a pipeline spends can be seen.
 */
export class RateLimit {
  readonly #used = new Map<string, { hour: number; count: number }>();
  readonly #now: () => number;

  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  /** Counts one request of a token. */
  headers(token: string): Record<string, string> {
    const hour = Math.floor(this.#now() / hourMs);
    const before = this.#used.get(token);
    const count = before?.hour === hour ? before.count + 1 : 1;
    this.#used.set(token, { hour, count });
    return {
      'x-ratelimit-limit': String(limitPerHour),
      'x-ratelimit-remaining': String(Math.max(0, limitPerHour - count)),
      'x-ratelimit-used': String(count),
      'x-ratelimit-reset': String(((hour + 1) * hourMs) / 1000),
      'x-ratelimit-resource': 'core',
    };
  }

  /** A job's token dies with the job. */
  forget(isKnown: (token: string) => boolean): void {
    for (const token of this.#used.keys()) if (!isKnown(token)) this.#used.delete(token);
  }
}

const hourMs = 3_600_000;
/** A `GITHUB_TOKEN` has 1,000 requests an hour and repository (GitHub, "Rate limits for the REST API"). */
const limitPerHour = 1_000;
