import type { Traffic, TrafficSecond, TrafficSource } from './traffic.ts';

/** A traffic source for tests: what it tells is put in by hand. */
export interface TrafficStandIn extends TrafficSource {
  /** Replaces what is known of an environment, and says so. */
  set(traffic: Traffic): void;
  /** How many look at it. */
  readonly watchers: number;
}

export function trafficStandIn(): TrafficStandIn {
  const known = new Map<string, Traffic>();
  const listeners = new Set<(environment: string) => void>();
  return {
    environments: () => [...known.keys()],
    traffic: (environment) => known.get(environment),
    onChange: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    set: (traffic) => {
      known.set(traffic.environment, traffic);
      for (const listener of listeners) listener(traffic.environment);
    },
    get watchers() {
      return listeners.size;
    },
  };
}

/**
 * A canary at its first steps: blue alone, then a tenth and then half of the traffic for green, which fails now and
 * then; the load balancer itself answers for a moment.
 * @param lastSecond seconds since the epoch
 */
export function canary(lastSecond: number, given: Partial<Traffic> = {}): Traffic {
  const seconds = Array.from({ length: 170 }, (_, index): TrafficSecond => {
    const green = index < 60 ? 0 : index < 130 ? 20 : 100;
    return {
      at: lastSecond - 169 + index,
      requests: {
        blue: 200 - green,
        ...(green === 0 ? {} : { green }),
        ...(index === 80 ? { none: 6 } : {}),
      },
      failed: {
        ...(index % 23 === 0 && green > 0 ? { green: 3 } : {}),
        ...(index === 80 ? { none: 6 } : {}),
      },
    };
  });
  return {
    environment: 'production',
    url: 'http://127.0.0.1:4492',
    sides: [
      { colour: 'blue', version: '1.1.0', percent: 50, healthyTargets: 2, targets: 2 },
      { colour: 'green', version: '1.2.0', percent: 50, healthyTargets: 2, targets: 2 },
    ],
    shift: {
      stage: 'PRODUCTION_TRAFFIC_SHIFT',
      status: 'IN_PROGRESS',
      startedAt: '2026-11-24T12:00:00.000Z',
    },
    seconds,
    ...given,
  };
}
