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

  it('does not wait for a permission that it will never have', async () => {
    answer = refuse(400, 'AccessDeniedException');
    await expect(analyst().analyse(sight(9, 10))).rejects.toThrow(/cloudwatch:GetMetricData/);
  });
});
