import { compare } from './compare.ts';
import { binCount, binOf } from './latency-bins.ts';
import type { AnalysisPolicy, Samples, SideWindow } from './samples.ts';
import { upperQuantile } from './statistics/normal.ts';
import { lookAfter, minute, policy } from './traffic.fixture.ts';
import type { Outcome } from './verdict.ts';

/** Simulated traffic, for tests and benchmarks alone: whole deployments, the same ones for the same seeds. */

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

/** What users and services do in the minutes of a trial, by their number. */
export interface Trial {
  readonly blue: (minute: number) => Behaviour;
  readonly green: (minute: number) => Behaviour;
  readonly minutes: number;
  readonly policy?: AnalysisPolicy;
  /**
   * The analyst is killed after each verdict and started again, and judges only what comes after. It counts its looks
   * `on`, as AWS's times tell them, or `anew`, as it would from memory.
   */
  readonly killed?: { readonly counting: 'on' | 'anew' };
}

/** A service that is well. */
const good: Behaviour = { requests: 0, errorShare: 0.001, medianLatency: 0.08, spread: 0.8 };

/** The same in each minute; what is not given is as of a service that is well. */
export const always = (behaviour: Partial<Behaviour>) => (): Behaviour => ({ ...good, ...behaviour });

/** Looks after each minute until there is a `fail`, and says how it ended. */
export function outcomeOf(
  { blue, green, minutes, policy: used = policy, killed }: Trial,
  seed: number,
): Outcome {
  const random = seeded(seed);
  const samples = { blue: [], green: [], loadBalancer: [] } as {
    [Side in keyof Samples]: Samples[Side][number][];
  };
  let outcome: Outcome = 'inconclusive';
  let since = minute(-1);
  for (let index = 0; index < minutes; index += 1) {
    samples.blue.push(simulated(random, minute(index), blue(index)));
    samples.green.push(simulated(random, minute(index), green(index)));
    const look = lookAfter(index + 1);
    const countedFrom = killed?.counting === 'anew' ? since : look.countedFrom;
    const verdict = compare(samples, used, { ...look, weightChanges: [minute(-1), since], countedFrom });
    outcome = verdict.outcome;
    if (outcome === 'fail') return outcome;
    if (killed !== undefined && verdict.checks.some(({ name }) => name === 'latency')) since = look.now;
  }
  return outcome;
}

/** The share of trials, each with a seed of its own, that end in an outcome. */
export function shareOf(
  outcome: Outcome,
  trial: Trial,
  seeds: { readonly first: number; readonly count: number },
): number {
  let found = 0;
  for (let seed = seeds.first; seed < seeds.first + seeds.count; seed += 1) {
    if (outcomeOf(trial, seed) === outcome) found += 1;
  }
  return found / seeds.count;
}
