import { binCount, binOf, histogramOf } from './latency-bins.ts';
import { upperQuantile } from './statistics/normal.ts';
import {
  windowMs,
  type AnalysisPolicy,
  type LoadBalancerWindow,
  type Look,
  type Samples,
  type SideWindow,
} from './samples.ts';

/** Traffic made up for tests: whole minutes from this one on, weights changed just before it. */
export const start = Date.UTC(2026, 10, 24, 12);

export const policy: AnalysisPolicy = {
  errorMargin: 0.01,
  latencyMargin: 0.25,
  confidence: 0.95,
  minimumRequests: 300,
  analyses: 1,
};

/** Minute 0 is the first that is judged: one minute after the weights changed. */
export const minute = (index: number): number => start + index * windowMs;

/** A look when so many minutes can be judged. */
export const lookAfter = (minutes: number): Look => ({
  now: minute(minutes + 1),
  weightChanges: [minute(-1)],
});

/** So many requests in each minute, all equally fast. */
export function steady(
  minutes: number,
  {
    requests,
    errors = 0,
    latency = 0.1,
    from = 0,
  }: { requests: number; errors?: number; latency?: number; from?: number },
): SideWindow[] {
  return Array.from({ length: minutes }, (_, index) => ({
    at: minute(from + index),
    requests,
    errors,
    latency: histogramOf(new Array<number>(requests).fill(latency)),
  }));
}

export const samples = (
  blue: SideWindow[],
  green: SideWindow[],
  loadBalancer: LoadBalancerWindow[] = [],
): Samples => ({
  blue,
  green,
  loadBalancer,
});

// Jest looks up globals slowly, and this one is needed some ten million times.
const { imul } = Math;

/** Numbers from 0 to 1, the same ones for the same seed: mulberry32 (Tommy Ettinger, public domain). */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** What users and services do in simulated minutes. */
export interface Behaviour {
  readonly requests: number;
  /** 0 to 1. */
  readonly errorShare: number;
  /** In seconds. */
  readonly medianLatency: number;
  /** The standard deviation of the latency's natural logarithm. */
  readonly spread: number;
}

/** One minute of it. */
export function simulated(random: () => number, at: number, behaviour: Behaviour): SideWindow {
  const { requests, errorShare } = behaviour;
  const bins = binsOf(behaviour);
  const latency = new Array<number>(binCount).fill(0);
  let errors = 0;
  for (let request = 0; request < requests; request += 1) {
    if (random() < errorShare) errors += 1;
    const bin = bins[(random() * points) | 0] ?? 0;
    latency[bin] = (latency[bin] ?? 0) + 1;
  }
  return { at, requests, errors, latency };
}

const points = 4096;
const known = new Map<string, readonly number[]>();

/** The bins of equally likely latencies, which are log-normal: quicker to draw from than the distribution. */
function binsOf({ medianLatency, spread }: Behaviour): readonly number[] {
  const key = `${medianLatency} ${spread}`;
  const bins =
    known.get(key) ??
    Array.from({ length: points }, (_, index) =>
      binOf(medianLatency * Math.exp(spread * upperQuantile((index + 0.5) / points))),
    );
  known.set(key, bins);
  return bins;
}
