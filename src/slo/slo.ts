import type { Milliseconds, ResolvedEnvironment } from '../config/index.ts';

/** The service level that an environment is held to. */
export interface Slo {
  /** The share of requests that succeed, 0 to 1: 0.999. */
  readonly availability: number | undefined;
  /** How long requests may take, by percentile. */
  readonly latency: readonly LatencyTarget[];
  readonly windowMs: Milliseconds;
}

/** A share of all requests, 0 to 1, that is as fast as `most`. */
export interface LatencyTarget {
  readonly share: number;
  readonly mostMs: Milliseconds;
}

/** `undefined` where sluice.yml has no `slo`. */
export function sloOf({ slo }: Pick<ResolvedEnvironment, 'slo'>): Slo | undefined {
  if (slo === undefined) return undefined;
  const { availability, latency, window } = slo;
  const targets = [
    [0.5, latency?.p50],
    [0.95, latency?.p95],
    [0.99, latency?.p99],
  ] as const;
  return {
    availability: availability === undefined ? undefined : availability / 100,
    latency: targets.flatMap(([share, mostMs]) => (mostMs === undefined ? [] : [{ share, mostMs }])),
    windowMs: window,
  };
}
