import { histogramOf } from './latency-bins.ts';
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
  countedFrom: minute(-1),
  extraLooks: 0,
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
