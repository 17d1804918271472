import { compare, type AnalysisPolicy } from '../src/traffic/analysis/index.ts';
import { sampleNeeded } from '../src/traffic/analysis/power.ts';
import {
  always,
  shareOf,
  simulated,
  seeded,
  type Behaviour,
} from '../src/traffic/analysis/simulation.fixture.ts';
import { lookAfter, minute, policy as ofTests } from '../src/traffic/analysis/traffic.fixture.ts';
import type { Figure, Measured } from './statistics.ts';

const batches = 5;
const perBatch = 1000;
const minutes = 12;
/** What is left for a good version to fail by chance. */
const alphaPercent = 5;
/** The defaults, in a canary that is looked at beside blue, with all traffic, and by its business. */
const policy: AnalysisPolicy = { ...ofTests, minimumRequests: 350, analyses: 3 };

/** How often the analysis is wrong, how much it needs to be right, and what a look costs. */
export function measure(): Promise<Measured> {
  const strict = { ...policy, errorMargin: 0, latencyMargin: 0 };
  const same = { errorShare: 0.02 };
  const [errors, latency] = [
    sampleNeeded(policy, { of: 'errors', blue: 0.001, green: 0.02 }),
    sampleNeeded(policy, { of: 'latency', slower: 0.5, spread: 0.8 }),
  ];
  return Promise.resolve({
    figures: [
      failing('the same version on both sides, fails', {}, {}, minutes, policy, { atMost: alphaPercent }),
      failing('the same, without margins', same, same, minutes, strict, { atMost: alphaPercent }),
      failing(
        '2 % of errors instead of 0.1 %, found at the first look',
        {},
        { errorShare: 0.02 },
        1,
        policy,
        { atLeast: 80 },
      ),
      failing('slower by half, found at the first look', {}, { medianLatency: 0.12 }, 1, policy, {
        atLeast: 80,
      }),
      {
        what: 'requests of green that find 2 % of errors with 80 %',
        unit: 'requests',
        values: [errors ?? NaN],
      },
      {
        what: 'requests of green that find half as slow again with 80 %',
        unit: 'requests',
        values: [latency ?? NaN],
      },
      lookTime(),
    ],
    notes: [
      `Each share is of ${perBatch} simulated deployments, ${batches} times with other seeds; green has a tenth of the traffic. Of the first two, ${minutes} minutes of 600 requests are looked at each minute; of the next two, one of 3,500, so that green has the ${policy.minimumRequests} requests of \`analysis.minimumRequests\`. What may go wrong is shared between three analyses: beside blue, with all traffic, and of the business metrics.`,
      'Answers take 80 ms in the median, log-normal with a deviation of 0.8. Real traffic is not as well-behaved: requests of a minute are alike, which weighs on both sides in the same minutes.',
    ],
  });
}

function failing(
  what: string,
  blue: Partial<Behaviour>,
  green: Partial<Behaviour>,
  length: number,
  used: AnalysisPolicy,
  target: NonNullable<Figure['target']>,
): Figure {
  const requests = length === 1 ? policy.minimumRequests : 60;
  const trial = {
    blue: always({ requests: 9 * requests, ...blue }),
    green: always({ requests, ...green }),
    minutes: length,
    policy: used,
  };
  const values = Array.from(
    { length: batches },
    (_, batch) => 100 * shareOf('fail', trial, { first: 1 + batch * perBatch, count: perBatch }),
  );
  return { what, unit: '%', values, target };
}

/** One look at half an hour of traffic. */
function lookTime(): Figure {
  const random = seeded(1);
  const length = 30;
  const windows = (requests: number) =>
    Array.from({ length }, (_, index) =>
      simulated(random, minute(index), always({ requests, errorShare: 0.02 })()),
    );
  const samples = { blue: windows(540), green: windows(60), loadBalancer: [] };
  const values: number[] = [];
  for (let run = 0; run < 200; run += 1) {
    const startedAt = performance.now();
    compare(samples, policy, lookAfter(length));
    values.push(performance.now() - startedAt);
  }
  return { what: 'a look at 30 minutes', unit: 'ms', values };
}
