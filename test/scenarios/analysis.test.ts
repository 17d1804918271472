import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import type { Aws } from '../../src/aws/index.ts';
import {
  compare,
  measure,
  type AnalysisPolicy,
  type Samples,
  type Verdict,
} from '../../src/traffic/analysis/index.ts';
import { steppedClock, type SteppedClock } from '../../rehearsal/cloud/cloudwatch/testing/stepped-clock.ts';
import { trial, type Trial } from '../../rehearsal/cloud/trial.ts';

const noon = Date.UTC(2026, 10, 24, 12);
const minuteMs = 60_000;
const minutes = 6;

const policy: AnalysisPolicy = {
  errorMargin: 0.01,
  latencyMargin: 0.25,
  confidence: 0.95,
  minimumRequests: 300,
  analyses: 1,
};

const balancer = 'app/shop/50dc6c495c0c9188';
const groups = { blue: 'targetgroup/blue/73e2d6bc24d8a067', green: 'targetgroup/green/9d1c8bd3c6ec7fd2' };
const arn = (resource: string): string => `arn:aws:elasticloadbalancing:eu-west-1:000000000000:${resource}`;

interface Side {
  /** Requests a minute. */
  readonly requests: number;
  /** One in so many is answered with 500. */
  readonly errorEvery?: number;
  readonly seconds: number;
}

describe('the analysis of what the local CloudWatch has counted', () => {
  let clock: SteppedClock;
  let here: Trial;
  let client: CloudWatchClient;

  beforeEach(async () => {
    clock = steppedClock(noon);
    here = await trial({ clock });
    client = new CloudWatchClient(here.client);
  });
  afterEach(async () => {
    client.destroy();
    await here.end();
  });

  /** What a load balancer tells CloudWatch of users in six minutes, whose latencies vary by a third. */
  async function traffic(blue: Side, green: Side): Promise<Samples> {
    for (const [side, { requests, errorEvery, seconds }] of Object.entries({ blue, green })) {
      const datum = { namespace: 'AWS/ApplicationELB', value: 1 };
      const dimensions = { LoadBalancer: balancer, TargetGroup: groups[side as keyof typeof groups] };
      for (let request = 0; request < minutes * requests; request += 1) {
        const at = noon + (request / requests) * minuteMs;
        const { sink } = here.cloud.cloudWatch;
        sink({ ...datum, name: 'RequestCount', dimensions, at });
        sink({ ...datum, name: 'RequestCount', dimensions: { LoadBalancer: balancer }, at });
        const value = seconds * Math.exp(Math.sin(request) / 3);
        sink({ ...datum, name: 'TargetResponseTime', dimensions, at, value });
        if (errorEvery !== undefined && request % errorEvery === 0)
          sink({ ...datum, name: 'HTTPCode_Target_5XX_Count', dimensions, at });
      }
    }
    await clock.advance((minutes + 1) * minuteMs);
    return measure({ cloudWatch: () => Promise.resolve(client) } as unknown as Aws, {
      loadBalancer: arn(`listener-rule/${balancer}/f2f7dc8efc522ab2/9683b2d02a6cabee`),
      blue: arn(groups.blue),
      green: arn(groups.green),
      from: new Date(noon - 60 * minuteMs),
      to: clock.now(),
    });
  }

  const verdictOf = async (blue: Side, green: Side): Promise<Verdict> =>
    compare(await traffic(blue, green), policy, {
      now: clock.now().getTime(),
      weightChanges: [noon - minuteMs],
      countedFrom: noon - minuteMs,
      extraLooks: 0,
    });

  it('given two sides that are well, then every request is counted once, and green passes', async () => {
    const samples = await traffic({ requests: 900, seconds: 0.08 }, { requests: 100, seconds: 0.08 });
    const counts = [samples.blue, samples.green, samples.loadBalancer].map((windows) =>
      windows.map(({ requests, errors }) => [requests, errors]),
    );
    expect(counts).toEqual(
      [900, 100, 1000].map((requests) => new Array<number[]>(minutes).fill([requests, 0])),
    );
    for (const { requests, latency } of [...samples.blue, ...samples.green]) {
      expect(latency.reduce((sum, count) => sum + count, 0)).toBeCloseTo(requests, 6);
    }
    const { outcome } = compare(samples, policy, {
      now: clock.now().getTime(),
      weightChanges: [noon - minuteMs],
      countedFrom: noon - minuteMs,
      extraLooks: 0,
    });
    expect(outcome).toBe('pass');
  });

  it('given 5xx at 2 % beside 0.1 %, then green fails by its errors', async () => {
    const { outcome, checks } = await verdictOf(
      { requests: 900, errorEvery: 1000, seconds: 0.08 },
      { requests: 100, errorEvery: 50, seconds: 0.08 },
    );
    expect(outcome).toBe('fail');
    expect(checks[0]?.what).toMatch(
      /^green answers 2 % with 5xx \(12 of 600\), blue 0\.111 % with 5xx \(6 of 5,400\)/,
    );
  });

  it('given a green that is slower by half, then it fails by its latency', async () => {
    const { outcome, checks } = await verdictOf(
      { requests: 900, seconds: 0.08 },
      { requests: 100, seconds: 0.12 },
    );
    expect(outcome).toBe('fail');
    expect(checks.find(({ name }) => name === 'latency')?.what).toMatch(
      /^green is (49|50|51)(\.\d)? % slower than blue/,
    );
  });

  it('given nobody, then nothing is concluded', async () => {
    expect((await verdictOf({ requests: 900, seconds: 0.08 }, { requests: 0, seconds: 0 })).outcome).toBe(
      'inconclusive',
    );
  });
});
