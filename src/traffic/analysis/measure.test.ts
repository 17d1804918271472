import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { CloudWatchClient, type GetMetricDataCommandInput } from '@aws-sdk/client-cloudwatch';
import type { Aws } from '../../aws/index.ts';
import { compareBusiness, measureBusiness } from './business.ts';
import { binCount, binOf, statisticOf } from './latency-bins.ts';
import { loadBalancerDimension, measure, targetGroupDimension } from './measure.ts';
import { lookAfter, minute, policy, steady } from './traffic.fixture.ts';

const elb = 'arn:aws:elasticloadbalancing:eu-west-1:000000000000';
const measured = {
  loadBalancer: `${elb}:listener-rule/app/shop/50dc/f2f7/9683`,
  blue: `${elb}:targetgroup/blue/73e2`,
  green: `${elb}:targetgroup/green/9d1c`,
  from: new Date(minute(0)),
  to: new Date(minute(5)),
};

interface Query {
  readonly Id: string;
  readonly MetricStat: {
    readonly Metric: {
      readonly Namespace: string;
      readonly MetricName: string;
      readonly Dimensions: { Name: string; Value: string }[];
    };
    readonly Period: number;
    readonly Stat: string;
  };
}
type Asked = Omit<GetMetricDataCommandInput, 'MetricDataQueries'> & { readonly MetricDataQueries: Query[] };

/** `Sum RequestCount app/shop/50dc targetgroup/blue/73e2` */
const nameOf = ({ MetricStat: { Metric, Stat } }: Query): string =>
  [Stat, Metric.MetricName, ...Metric.Dimensions.map(({ Value }) => Value)].join(' ');

/** CloudWatch on loopback, whose values a test chooses; the SDK's client is the real one. */
describe('what CloudWatch counted', () => {
  let server: Server;
  let aws: Aws;
  let asked: Asked[];
  let respond: (call: Asked) => object;
  let client: CloudWatchClient;

  const values = (byName: Record<string, Record<number, number>>) => (call: Asked) => ({
    MetricDataResults: call.MetricDataQueries.map((query) => {
      const points = Object.entries(byName[nameOf(query)] ?? {});
      return {
        Id: query.Id,
        StatusCode: 'Complete',
        Timestamps: points.map(([index]) => minute(Number(index)) / 1000),
        Values: points.map(([, value]) => value),
      };
    }),
  });

  beforeEach(async () => {
    asked = [];
    const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
      const call = (await json(request)) as Asked;
      asked.push(call);
      response.setHeader('content-type', 'application/x-amz-json-1.0');
      response.end(JSON.stringify(respond(call)));
    };
    server = createServer((request, response) => void serve(request, response));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    client = new CloudWatchClient({
      endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      region: 'eu-west-1',
      credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
      maxAttempts: 1,
    });
    aws = { cloudWatch: () => Promise.resolve(client) } as unknown as Aws;
  });

  afterEach(() => {
    client.destroy();
    server.close();
    server.closeAllConnections();
  });

  it('is asked for in one request: both sides, each latency bin, and the load balancer’s own errors', async () => {
    respond = values({});
    expect(await measure(aws, measured)).toEqual({ blue: [], green: [], loadBalancer: [] });
    expect(asked).toHaveLength(1);
    const [{ MetricDataQueries: queries, ...range }] = asked as [Asked];
    expect(range).toMatchObject({ StartTime: minute(0) / 1000, EndTime: minute(5) / 1000 });
    const names = queries.map(nameOf);
    expect(names).toHaveLength(2 * (2 + binCount) + 2);
    expect(names.slice(0, 4)).toEqual([
      'Sum RequestCount app/shop/50dc targetgroup/blue/73e2',
      'Sum HTTPCode_Target_5XX_Count app/shop/50dc targetgroup/blue/73e2',
      'TC(:0.001) TargetResponseTime app/shop/50dc targetgroup/blue/73e2',
      'TC(0.001:0.00118921) TargetResponseTime app/shop/50dc targetgroup/blue/73e2',
    ]);
    expect(names.slice(-2)).toEqual([
      'Sum RequestCount app/shop/50dc',
      'Sum HTTPCode_ELB_5XX_Count app/shop/50dc',
    ]);
    expect(new Set(queries.map(({ MetricStat }) => MetricStat.Period))).toEqual(new Set([60]));
  });

  it('takes missing errors for none only where there were requests', async () => {
    respond = values({
      'Sum RequestCount app/shop/50dc targetgroup/green/9d1c': { 0: 10, 1: 20 },
      'Sum HTTPCode_Target_5XX_Count app/shop/50dc targetgroup/green/9d1c': { 1: 2, 3: 5 },
      [`${statisticOf(binOf(0.1))} TargetResponseTime app/shop/50dc targetgroup/green/9d1c`]: {
        0: 9.5,
        1: 20,
      },
      'Sum RequestCount app/shop/50dc': { 0: 100 },
      'Sum HTTPCode_ELB_5XX_Count app/shop/50dc': { 0: 1, 2: 7 },
    });
    const { blue, green, loadBalancer } = await measure(aws, measured);
    expect(blue).toEqual([]);
    expect(green.map(({ at, requests, errors }) => ({ at, requests, errors }))).toEqual([
      { at: minute(0), requests: 10, errors: 0 },
      { at: minute(1), requests: 20, errors: 2 },
    ]);
    expect(green.map(({ latency }) => latency[binOf(0.1)])).toEqual([9.5, 20]);
    expect(loadBalancer).toEqual([
      { at: minute(0), requests: 100, errors: 1 },
      { at: minute(2), requests: 7, errors: 7 },
    ]);
  });

  it('is put together from pages', async () => {
    const request = 'Sum RequestCount app/shop/50dc targetgroup/blue/73e2';
    respond = (call) =>
      call.NextToken === undefined
        ? { ...partial(values({ [request]: { 0: 1 } })(call)), NextToken: 'more' }
        : values({ [request]: { 1: 2 } })(call);
    const { blue } = await measure(aws, measured);
    expect(blue.map(({ at, requests }) => [at, requests])).toEqual([
      [minute(0), 1],
      [minute(1), 2],
    ]);
    expect(asked.map(({ NextToken }) => NextToken)).toEqual([undefined, 'more']);
  });

  it.each([
    ['in part', 'PartialData'],
    ['with an error', 'InternalError'],
  ])('is not concluded from where CloudWatch answers %s', async (_, StatusCode) => {
    respond = (call) => ({
      MetricDataResults: values({})(call).MetricDataResults.map((result, index) =>
        index === 1 ? { ...result, StatusCode, Messages: [{ Code: 'x', Value: 'Later, please.' }] } : result,
      ),
    });
    await expect(measure(aws, measured)).rejects.toThrow(
      `CloudWatch answered only in part for Sum of AWS/ApplicationELB HTTPCode_Target_5XX_Count: ${StatusCode} (Later, please.)`,
    );
    respond = () => ({ MetricDataResults: [] });
    await expect(measure(aws, measured)).rejects.toThrow('no result');
  });

  it('is waited for no longer than the signal says', async () => {
    respond = values({});
    await expect(measure(aws, { ...measured, signal: AbortSignal.abort() })).rejects.toThrow('abort');
    expect(asked).toEqual([]);
  });

  it('of users’ business is told apart by version', async () => {
    const metric = {
      namespace: 'Shop',
      metric: 'Returns',
      per: undefined,
      dimensions: { Service: 'shop' },
      version: 'Version',
      better: 'lower' as const,
      margin: 20,
    };
    const [before, after] = [
      Array.from({ length: 20 }, (_, index) => index - 25),
      Array.from({ length: 8 }, (_, index) => index),
    ];
    respond = values({
      'Sum Returns shop 1.0.0': Object.fromEntries(before.map((index) => [index, 10])),
      'Sum Returns shop 1.1.0': Object.fromEntries(after.map((index) => [index, 30])),
      'Sum Orders shop 1.0.0': Object.fromEntries(before.map((index) => [index, 100])),
      'Sum Orders shop 1.1.0': Object.fromEntries(after.map((index) => [index, 100])),
    });
    const samples = await measureBusiness(aws, {
      metrics: { returns: metric, 'returned-orders': { ...metric, per: 'Orders' } },
      versions: { blue: '1.0.0', green: '1.1.0' },
      traffic: { blue: steady(20, { requests: 1000, from: -25 }), green: steady(8, { requests: 1000 }) },
      from: measured.from,
      to: measured.to,
    });
    expect(samples.map(({ name, blue, green }) => [name, blue[0], green[0]])).toEqual([
      ['returns', { at: minute(-25), value: 10, per: 1000 }, { at: minute(0), value: 30, per: 1000 }],
      ['returned-orders', { at: minute(-25), value: 10, per: 100 }, { at: minute(0), value: 30, per: 100 }],
    ]);
    expect(
      compareBusiness(samples, policy, lookAfter(8)).checks.map(({ outcome, what }) => [outcome, what]),
    ).toEqual([
      ['fail', 'returns: 3 % of requests now, 1 % before; 20 % more is tolerated'],
      ['fail', 'returned-orders: 30 % of Orders now, 10 % before; 20 % more is tolerated'],
    ]);
  });
});

const partial = ({ MetricDataResults }: { MetricDataResults: object[] }): object => ({
  MetricDataResults: MetricDataResults.map((result) => ({ ...result, StatusCode: 'PartialData' })),
});

describe('names on CloudWatch', () => {
  it('are the ends of ARNs', () => {
    expect(loadBalancerDimension(`${elb}:loadbalancer/app/shop/50dc`)).toBe('app/shop/50dc');
    expect(loadBalancerDimension(`${elb}:listener/app/shop/50dc/f2f7`)).toBe('app/shop/50dc');
    expect(targetGroupDimension(`${elb}:targetgroup/blue/73e2`)).toBe('targetgroup/blue/73e2');
  });

  it('are refused of what is no such ARN', () => {
    expect(() => loadBalancerDimension(`${elb}:loadbalancer/net/shop/50dc`)).toThrow(
      'no ARN of an Application Load Balancer',
    );
    expect(() => targetGroupDimension('blue')).toThrow('"blue" is no ARN of a target group');
  });
});
