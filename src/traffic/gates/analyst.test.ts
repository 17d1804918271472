import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import type { Aws } from '../../aws/index.ts';
import type { ResolvedEnvironment } from '../../config/index.ts';
import { createAnalyst, type TrafficSight } from './analyst.ts';

const elb = 'arn:aws:elasticloadbalancing:eu-west-1:123456789012';
const minute = 60_000;
const start = 1_700_000_000_000 - (1_700_000_000_000 % minute);
const environment = {
  name: 'production',
  serviceName: 'shop',
  deploy: {
    strategy: 'canary',
    gates: { beforeTraffic: [], eachStep: ['analysis'], afterTraffic: ['analysis'] },
    analysis: { errorMargin: 1, latencyMargin: 25, confidence: 95, minimumRequests: 20 },
  },
  business: {},
} as unknown as ResolvedEnvironment;

const sight = (minutes: number, share: number, changes: Partial<TrafficSight> = {}): TrafficSight => ({
  time: start + minutes * minute,
  startedAt: start,
  share,
  requested: share,
  split: { earliest: start, pause: undefined },
  hasBlue: true,
  sides: {
    productionRule: `${elb}:listener-rule/app/shop/1/2/3`,
    blue: `${elb}:targetgroup/shop-blue/4`,
    green: `${elb}:targetgroup/shop-green/5`,
  },
  ...changes,
});

describe('analysing the traffic at each look', () => {
  let server: Server;
  let client: CloudWatchClient;
  let asked = 0;
  let answer: (queries: readonly { readonly Id: string }[]) => { status: number; body: object };
  beforeAll(async () => {
    server = createServer((request, response) => {
      void json(request).then((input) => {
        asked += 1;
        const { MetricDataQueries = [] } = input as { MetricDataQueries?: { Id: string }[] };
        const { status, body } = answer(MetricDataQueries);
        response.setHeader('content-type', 'application/x-amz-json-1.0');
        response.writeHead(status).end(JSON.stringify(body));
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    client = new CloudWatchClient({
      endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      region: 'eu-west-1',
      credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
      maxAttempts: 1,
    });
  });
  afterAll(() => {
    client.destroy();
    server.close();
    server.closeAllConnections();
  });
  beforeEach(() => {
    asked = 0;
    // Nothing was measured: each query has a result, without values.
    answer = (queries) => ({
      status: 200,
      body: {
        MetricDataResults: queries.map(({ Id }) => ({
          Id,
          StatusCode: 'Complete',
          Timestamps: [],
          Values: [],
        })),
      },
    });
  });

  const analyst = () =>
    createAnalyst({
      aws: { cloudWatch: () => Promise.resolve(client) } as unknown as Aws,
      environment,
      versions: { blue: '1.0.0', green: '1.1.0' },
      signal: new AbortController().signal,
    });
  const refuse = (status: number, name: string) => () => ({
    status,
    body: { __type: name, message: 'not authorized to perform: cloudwatch:GetMetricData' },
  });

  it('has nothing to say against a version without traffic, and asks for nothing', async () => {
    await expect(analyst().analyse(sight(1, 0))).resolves.toMatchObject({ outcome: 'pass' });
    expect(asked).toBe(0);
  });

  it('has no verdict on a version without traffic that ECS has sent some to', async () => {
    await expect(analyst().analyse(sight(9, 0, { requested: 10 }))).resolves.toEqual({
      outcome: 'inconclusive',
      why: 'green has no traffic, where ECS has put 10 % on it: nothing can be seen of it',
    });
    expect(asked).toBe(0);
  });

  it('has no verdict without requests', async () => {
    await expect(analyst().analyse(sight(9, 10))).resolves.toMatchObject({
      outcome: 'inconclusive',
      why: expect.stringContaining('green has no requests yet') as string,
    });
  });

  it('lets the first deployment of a service pass without any: nobody is there to be protected', async () => {
    await expect(analyst().analyse(sight(9, 100, { hasBlue: false }))).resolves.toMatchObject({
      outcome: 'pass',
    });
  });

  it('asks once a minute of AWS’s time, and anew when the split has changed', async () => {
    const one = analyst();
    for (const [minutes, share] of [
      [5, 10],
      [5.3, 10],
      [5.9, 10],
      [6.1, 10],
      [6.2, 100],
    ] as const) {
      await one.analyse(sight(minutes, share));
    }
    expect(one.looks.map(({ time, share }) => [(time - start) / minute, share])).toEqual([
      [5, 10],
      [6.1, 10],
      [6.2, 100],
    ]);
  });

  it.each([
    [400, 'ThrottlingException'],
    [500, 'InternalServiceFault'],
  ])('has no verdict where CloudWatch answers %d %s: what nobody has seen does not pass', async (...how) => {
    answer = refuse(...how);
    await expect(analyst().analyse(sight(9, 10))).resolves.toMatchObject({
      outcome: 'inconclusive',
      why: expect.stringContaining('the metrics cannot be read') as string,
    });
  });

  describe('killed and started again', () => {
    /** Both sides are alike, but for one more error of green's in each minute than in the one before. */
    const measuring = () => {
      answer = (queries) => {
        const sent = queries as readonly {
          readonly Id: string;
          readonly MetricStat: { readonly Stat: string; readonly Metric: MetricQuery };
        }[];
        return {
          status: 200,
          body: { MetricDataResults: sent.map(({ Id, MetricStat }) => ({ Id, ...valuesOf(MetricStat) })) },
        };
      };
    };
    interface MetricQuery {
      readonly MetricName: string;
      readonly Dimensions: readonly { readonly Name: string; readonly Value: string }[];
    }
    const minutes = Array.from({ length: 30 }, (_, index) => index);
    const valuesOf = ({ Stat, Metric }: { readonly Stat: string; readonly Metric: MetricQuery }) => {
      const isGreen = Metric.Dimensions.some(({ Value }) => Value.includes('shop-green'));
      const valueAt = (index: number): number => {
        if (Metric.MetricName === 'RequestCount') return isGreen ? 40 : 360;
        if (Metric.MetricName === 'HTTPCode_Target_5XX_Count') return isGreen ? index : 0;
        return Stat === 'TC(0.107635:0.128)' ? (isGreen ? 40 : 360) : 0;
      };
      return {
        StatusCode: 'Complete',
        Timestamps: minutes.map((index) => (start + index * minute) / 1000),
        Values: minutes.map(valueAt),
      };
    };
    /** Ten percent since a little after minute 2; ECS pauses with them at minute 8. */
    const at = (minutes: number): TrafficSight => {
      const split = {
        earliest: start,
        pause:
          minutes < 8
            ? undefined
            : { at: start + 8 * minute, latest: start + 2.2 * minute, wasLookedAt: true },
      };
      return sight(minutes, minutes < 2.1 ? 0 : 10, { split });
    };
    const times = Array.from({ length: 36 }, (_, index) => 1 + index / 3);
    const rulingsOf = async (killedAfter: (minutes: number) => boolean) => {
      measuring();
      const rulings: { readonly minutes: number; readonly outcome: string; readonly why: string }[] = [];
      let one = analyst();
      for (const minutes of times) {
        rulings.push({ minutes, ...(await one.analyse(at(minutes))) });
        if (killedAfter(minutes)) one = analyst();
      }
      return rulings;
    };

    it.each<[string, (minutes: number) => boolean]>([
      ['in the middle of the step', (minutes) => minutes === 5],
      ['while ECS waits', (minutes) => minutes === 9],
      ['after every look', () => true],
    ])('%s, it rules at the gate as if it never had been', async (_, killed) => {
      const never = await rulingsOf(() => false);
      const again = await rulingsOf(killed);
      const atGate = ({ minutes }: { readonly minutes: number }): boolean => minutes >= 8;
      expect(again.filter(atGate)).toEqual(never.filter(atGate));
      // The trial has something to tell: the sequence at the gate is of more than one outcome.
      expect(new Set(never.map(({ outcome }) => outcome)).size).toBeGreaterThan(2);
    });

    it('between gates it judges less, and never sooner', async () => {
      const never = await rulingsOf(() => false);
      const again = await rulingsOf((minutes) => minutes === 4);
      const firstFail = (rulings: typeof never): number =>
        rulings.find(({ outcome }) => outcome === 'fail')?.minutes ?? Infinity;
      expect(firstFail(again)).toBeGreaterThanOrEqual(firstFail(never));
      expect(again.find(({ minutes }) => minutes > 4)).toMatchObject({ outcome: 'inconclusive' });
    });
  });

  it('does not wait for a permission that it will never have', async () => {
    answer = refuse(400, 'AccessDeniedException');
    await expect(analyst().analyse(sight(9, 10))).rejects.toThrow(/cloudwatch:GetMetricData/);
  });
});
