import { sampleNeeded, type Difference } from './power.ts';
import { always, shareOf, type Behaviour, type Trial } from './simulation.fixture.ts';
import { policy } from './traffic.fixture.ts';
import type { Outcome } from './verdict.ts';

/** Seeds are fixed: the same figures each time. `npm run bench analysis` shows them for others. */
const seeds = { first: 1, count: 1000 };
const share = (outcome: Outcome, trial: Trial): number => shareOf(outcome, trial, seeds);

describe('1,000 analyses of two sides that are the same, looked at each minute', () => {
  const alpha = 1 - policy.confidence;

  it.each<[string, Partial<Behaviour>, Partial<Behaviour>]>([
    ['a tenth of the traffic, few errors', { requests: 540 }, { requests: 60 }],
    [
      'a tenth of the traffic, many errors',
      { requests: 540, errorShare: 0.03 },
      { requests: 60, errorShare: 0.03 },
    ],
    ['half of the traffic', { requests: 150, errorShare: 0.02 }, { requests: 150, errorShare: 0.02 }],
  ])('%s: fails at or below alpha', (_, blue, green) => {
    expect(share('fail', { blue: always(blue), green: always(green), minutes: 12 })).toBeLessThanOrEqual(
      alpha,
    );
  });

  it('fails at or below alpha without a margin, which hides most of what chance does', () => {
    const strict = { ...policy, errorMargin: 0, latencyMargin: 0 };
    const same = { errorShare: 0.02 };
    const trial = {
      blue: always({ ...same, requests: 540 }),
      green: always({ ...same, requests: 60 }),
      minutes: 12,
    };
    expect(share('fail', { ...trial, policy: strict })).toBeLessThanOrEqual(alpha);
  });

  it('fails at or below alpha where both suffer in the same minutes', () => {
    const suffering =
      (requests: number) =>
      (index: number): Behaviour => ({
        ...always({ requests })(),
        ...(index % 4 === 1 ? { errorShare: 0.04, medianLatency: 0.4 } : {}),
      });
    expect(share('fail', { blue: suffering(540), green: suffering(60), minutes: 12 })).toBeLessThanOrEqual(
      alpha,
    );
  });

  it('fails at or below alpha although the analyst is killed after each verdict, as its looks are counted on', () => {
    // A verdict in every third minute, of twelve; latencies at which 10 ms are nothing.
    const half = always({ requests: 100, errorShare: 0.1, medianLatency: 1 });
    const strict = { ...policy, errorMargin: 0, latencyMargin: 0, minimumRequests: 100 };
    const trial = { blue: half, green: half, minutes: 36, policy: strict };
    expect(share('fail', { ...trial, killed: { counting: 'on' } })).toBeLessThanOrEqual(alpha);
    // What it would come to otherwise: the trial is one that could fail.
    const anew = { ...trial, killed: { counting: 'anew' } } as const;
    expect(shareOf('fail', anew, { first: 1, count: 400 })).toBeGreaterThan(alpha);
  });

  it('passes nearly all in the end', () => {
    const trial = { blue: always({ requests: 540 }), green: always({ requests: 60 }), minutes: 12 };
    expect(share('pass', trial)).toBeGreaterThanOrEqual(1 - 2 * alpha);
  });
});

describe('1,000 analyses of a version that is worse, at the sample that is stated for power 0.8', () => {
  it.each<[string, number, Difference, Partial<Behaviour>]>([
    [
      '2 % of errors instead of 0.1 %, at a tenth of the traffic',
      9,
      { of: 'errors', blue: 0.001, green: 0.02 },
      { errorShare: 0.02 },
    ],
    [
      '2 % of errors instead of 0.1 %, at half of it',
      1,
      { of: 'errors', blue: 0.001, green: 0.02 },
      { errorShare: 0.02 },
    ],
    [
      'slower by half, at a tenth of the traffic',
      9,
      { of: 'latency', slower: 0.5, spread: 0.8 },
      { medianLatency: 0.12 },
    ],
    [
      'slower by half, at half of it',
      1,
      { of: 'latency', slower: 0.5, spread: 0.8 },
      { medianLatency: 0.12 },
    ],
  ])('%s', (_, bluePerGreen, difference, worse) => {
    // Five points more than is asserted: 1,000 trials are two or three points off by chance.
    const requests = sampleNeeded(policy, difference, { bluePerGreen, power: 0.85 })!;
    const power = share('fail', {
      blue: always({ requests: requests * bluePerGreen }),
      green: always({ ...worse, requests }),
      minutes: 1,
      policy: { ...policy, minimumRequests: requests },
    });
    expect(power).toBeGreaterThanOrEqual(0.8);
  });

  it('finds both by the default minimum at a tenth of the traffic, in a canary with every analysis there is', () => {
    for (const worse of [{ errorShare: 0.02 }, { medianLatency: 0.12 }]) {
      const trial = {
        blue: always({ requests: 3150 }),
        green: always({ ...worse, requests: 350 }),
        minutes: 1,
        policy: { ...policy, minimumRequests: 350, analyses: 3 },
      };
      expect(share('fail', trial)).toBeGreaterThanOrEqual(0.8);
    }
  });
});
