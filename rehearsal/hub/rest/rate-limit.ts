import { endpoint, ok, type Endpoint } from './endpoint.ts';

/**
 * GitHub's rate limit. Requests are counted, and never refused: nobody should wait in a rehearsal, but what a pipeline
 * spends can be seen.
 */
export class RateLimit {
  readonly #used = new Map<string, { hour: number; count: number }>();
  readonly #now: () => number;

  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  /** Counts one request of a token. */
  count(token: string): void {
    this.#used.set(token, { hour: this.#hour(), count: this.#countOf(token) + 1 });
  }

  /** Takes back a request that GitHub does not count, as one that is answered with 304. */
  uncount(token: string): void {
    this.#used.set(token, { hour: this.#hour(), count: Math.max(0, this.#countOf(token) - 1) });
  }

  headers(token: string): Record<string, string> {
    const { limit, remaining, used, reset } = this.of(token);
    return {
      'x-ratelimit-limit': String(limit),
      'x-ratelimit-remaining': String(remaining),
      'x-ratelimit-used': String(used),
      'x-ratelimit-reset': String(reset),
      'x-ratelimit-resource': 'core',
    };
  }

  /** As `GET /rate_limit` tells it; `reset` in seconds since 1970. */
  of(token: string): { limit: number; remaining: number; used: number; reset: number } {
    const used = this.#countOf(token);
    return {
      limit: limitPerHour,
      remaining: Math.max(0, limitPerHour - used),
      used,
      reset: ((this.#hour() + 1) * hourMs) / 1000,
    };
  }

  /** A job's token dies with the job. */
  forget(isKnown: (token: string) => boolean): void {
    for (const token of this.#used.keys()) if (!isKnown(token)) this.#used.delete(token);
  }

  #hour(): number {
    return Math.floor(this.#now() / hourMs);
  }

  #countOf(token: string): number {
    const entry = this.#used.get(token);
    return entry?.hour === this.#hour() ? entry.count : 0;
  }
}

const hourMs = 3_600_000;
/** A `GITHUB_TOKEN` has 1,000 requests an hour and repository (GitHub, "Rate limits for the REST API"). */
const limitPerHour = 1_000;

/** What a token has left. To ask costs nothing. */
export function rateLimitEndpoints(rates: RateLimit): readonly Endpoint[] {
  return [
    endpoint('rate-limit/get', 'metadata=read', ({ caller }) => {
      rates.uncount(caller.token);
      const core = rates.of(caller.token);
      const unused = { limit: 30, remaining: 30, used: 0, reset: core.reset };
      return ok({ resources: { core, search: unused }, rate: core });
    }),
  ];
}
