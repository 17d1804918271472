import {
  CloudWatchClient,
  DeleteAlarmsCommand,
  DescribeAlarmHistoryCommand,
  DescribeAlarmsCommand,
  GetMetricDataCommand,
  GetMetricStatisticsCommand,
  ListMetricsCommand,
  PutMetricAlarmCommand,
  PutMetricDataCommand,
  SetAlarmStateCommand,
  type MetricDataQuery,
  type PutMetricAlarmCommandInput,
} from '@aws-sdk/client-cloudwatch';
import { SmithyRpcV2CborProtocol } from '@smithy/core/cbor';
import { trial, type Trial } from '../trial.ts';
import { steppedClock, type SteppedClock } from './testing/stepped-clock.ts';

const noon = Date.UTC(2026, 10, 24, 12, 0, 0);
const minute = 60_000;

let clock: SteppedClock;
let here: Trial;
let cloudWatch: CloudWatchClient;
beforeEach(async () => {
  clock = steppedClock(noon);
  here = await trial({ clock });
  cloudWatch = new CloudWatchClient(here.client);
});
afterEach(async () => {
  cloudWatch.destroy();
  await here.end();
});

const target = { LoadBalancer: 'app/shop/1', TargetGroup: 'targetgroup/blue/2' };
const Dimensions = Object.entries(target).map(([Name, Value]) => ({ Name, Value }));

/** What the load balancer tells of one request. */
function request(at: number, seconds: number, status = 200): void {
  const datum = { namespace: 'AWS/ApplicationELB', dimensions: target, at };
  here.cloud.cloudWatch.sink({ ...datum, name: 'RequestCount', value: 1, unit: 'Count' });
  here.cloud.cloudWatch.sink({ ...datum, name: 'TargetResponseTime', value: seconds, unit: 'Seconds' });
  if (status >= 500) here.cloud.cloudWatch.sink({ ...datum, name: 'HTTPCode_Target_5XX_Count', value: 1 });
}

function query(Id: string, MetricName: string, Stat: string, Period = 60): MetricDataQuery {
  return {
    Id,
    MetricStat: { Metric: { Namespace: 'AWS/ApplicationELB', MetricName, Dimensions }, Period, Stat },
  };
}

async function ask(queries: MetricDataQuery[], from = noon - 60 * minute, to = noon + 60 * minute) {
  const answer = await cloudWatch.send(
    new GetMetricDataCommand({
      MetricDataQueries: queries,
      StartTime: new Date(from),
      EndTime: new Date(to),
      ScanBy: 'TimestampAscending',
    }),
  );
  return Object.fromEntries(
    (answer.MetricDataResults ?? []).map(({ Id = '', Timestamps = [], Values = [] }) => [
      Id,
      Values.map((value, index) => [((Timestamps[index]?.getTime() ?? 0) - noon) / minute, value]),
    ]),
  );
}

describe('the metrics of a load balancer', () => {
  test('are there per minute, without the minutes that had none', async () => {
    for (const [at, seconds, status] of [
      [0, 0.1, 200],
      [1, 0.3, 503],
      [125, 0.2, 200],
    ] as const) {
      request(noon + at * 1000, seconds, status);
    }
    await clock.advance(10 * minute);
    await expect(
      ask([
        query('requests', 'RequestCount', 'Sum'),
        query('errors', 'HTTPCode_Target_5XX_Count', 'Sum'),
        query('mean', 'TargetResponseTime', 'Average'),
        query('slowest', 'TargetResponseTime', 'Maximum'),
      ]),
    ).resolves.toEqual({
      requests: [
        [0, 2],
        [2, 1],
      ],
      errors: [[0, 1]],
      mean: [
        [0, 0.2],
        [2, 0.2],
      ],
      slowest: [
        [0, 0.3],
        [2, 0.2],
      ],
    });
  });

  test('come five seconds after their minute, or as late as they are told to', async () => {
    request(noon + 1000, 0.1);
    const requests = () => ask([query('requests', 'RequestCount', 'Sum')]);
    await clock.advance(minute + 4_999);
    await expect(requests()).resolves.toEqual({ requests: [] });
    await clock.advance(1);
    await expect(requests()).resolves.toEqual({ requests: [[0, 1]] });

    const late = await fetch(`${here.cloud.url}/_rehearsal/metrics`, {
      method: 'PUT',
      body: JSON.stringify({ delayMs: 120_000 }),
    });
    expect(late.status).toBe(204);
    await expect(requests()).resolves.toEqual({ requests: [] });
    await clock.advance(2 * minute);
    await expect(requests()).resolves.toEqual({ requests: [[0, 1]] });
  });

  test('are lost while they are stopped', async () => {
    const stopped = (value: boolean) =>
      fetch(`${here.cloud.url}/_rehearsal/metrics`, {
        method: 'PUT',
        body: JSON.stringify({ stopped: value }),
      });
    request(noon, 0.1);
    await stopped(true);
    request(noon + minute, 0.1);
    await stopped(false);
    request(noon + 2 * minute, 0.1);
    await clock.advance(5 * minute);
    await expect(ask([query('requests', 'RequestCount', 'Sum')])).resolves.toEqual({
      requests: [
        [0, 1],
        [2, 1],
      ],
    });
  });

  test('give the histogram of their latencies by trimmed counts, which are without their lower end', async () => {
    for (const seconds of [0.1, 0.1, 0.2, 0.21, 0.5]) request(noon, seconds);
    await clock.advance(2 * minute);
    await expect(
      ask([
        query('a', 'TargetResponseTime', 'TC(:0.1)'),
        query('b', 'TargetResponseTime', 'TC(0.1:0.2)'),
        query('c', 'TargetResponseTime', 'TC(0.2:0.5)'),
        query('d', 'TargetResponseTime', 'TC(0.5:)'),
        query('p', 'TargetResponseTime', 'p60'),
        query('rank', 'TargetResponseTime', 'PR(:0.2)'),
        query('tm', 'TargetResponseTime', 'tm80'),
      ]),
    ).resolves.toEqual({
      a: [[0, 2]],
      b: [[0, 1]],
      c: [[0, 2]],
      d: [[0, 0]],
      p: [[0, 0.2]],
      rank: [[0, 60]],
      tm: [[0, expect.closeTo(0.1525, 6)]],
    });
  });

  test('are forgotten after three hours', async () => {
    request(noon, 0.1);
    await clock.advance(4 * 60 * minute);
    await expect(ask([query('requests', 'RequestCount', 'Sum')])).resolves.toEqual({ requests: [] });
    await expect(cloudWatch.send(new ListMetricsCommand({}))).resolves.toMatchObject({ Metrics: [] });
  });
});

test('metric math divides series where both have a value', async () => {
  request(noon, 0.1);
  request(noon, 0.1, 500);
  request(noon + minute, 0.1);
  await clock.advance(5 * minute);
  const sources = [
    { ...query('requests', 'RequestCount', 'Sum'), ReturnData: false },
    { ...query('errors', 'HTTPCode_Target_5XX_Count', 'Sum'), ReturnData: false },
  ];
  await expect(
    ask([
      ...sources,
      { Id: 'rate', Expression: '100 * errors / requests' },
      { Id: 'filled', Expression: '100 * (FILL(errors, 0) + 0) / requests' },
    ]),
  ).resolves.toEqual({
    rate: [[0, 50]],
    filled: [
      [0, 50],
      [1, 0],
    ],
  });
  await expect(
    ask([...sources, { Id: 'e', Expression: 'ANOMALY_DETECTION_BAND(errors)' }]),
  ).rejects.toMatchObject({
    name: 'InvalidParameterValueException',
    message: expect.stringContaining('ANOMALY_DETECTION_BAND') as string,
  });
});

describe('values that a service puts itself', () => {
  const Namespace = 'Shop/Orders';
  const MetricName = 'Orders';

  test('are there at once, in seconds too where they are of high resolution', async () => {
    await cloudWatch.send(
      new PutMetricDataCommand({
        Namespace,
        MetricData: [
          { MetricName, Value: 3, Timestamp: new Date(noon), StorageResolution: 1 },
          {
            MetricName,
            Values: [1, 5],
            Counts: [2, 1],
            Timestamp: new Date(noon + 12_000),
            StorageResolution: 1,
          },
        ],
      }),
    );
    const Metric = { Namespace, MetricName };
    await expect(
      ask([
        { Id: 'tens', MetricStat: { Metric, Period: 10, Stat: 'Sum' } },
        { Id: 'minutes', MetricStat: { Metric, Period: 60, Stat: 'SampleCount' } },
      ]),
    ).resolves.toEqual({
      tens: [
        [0, 3],
        [10 / 60, 7],
      ],
      minutes: [[0, 4]],
    });
  });

  test('have no percentiles where only their sum is known', async () => {
    const set = { SampleCount: 4, Sum: 10, Minimum: 1, Maximum: 4 };
    await cloudWatch.send(
      new PutMetricDataCommand({
        Namespace,
        MetricData: [{ MetricName, StatisticValues: set, Unit: 'Count' }],
      }),
    );
    const { Datapoints } = await cloudWatch.send(
      new GetMetricStatisticsCommand({
        Namespace,
        MetricName,
        StartTime: new Date(noon),
        EndTime: new Date(noon + minute),
        Period: 60,
        Statistics: ['Average', 'Maximum'],
        ExtendedStatistics: ['p90'],
      }),
    );
    expect(Datapoints).toEqual([{ Timestamp: new Date(noon), Average: 2.5, Maximum: 4, Unit: 'Count' }]);
  });

  test('are not put under the name of AWS', async () => {
    await expect(
      cloudWatch.send(
        new PutMetricDataCommand({ Namespace: 'AWS/ECS', MetricData: [{ MetricName, Value: 1 }] }),
      ),
    ).rejects.toMatchObject({ name: 'InvalidParameterValueException' });
  });
});

test('what a task logs in the embedded metric format is a metric, at the time of the cloud', async () => {
  const logs = here.cloud.world.logs;
  logs.createGroup('/shop');
  logs.createStream('/shop', 'task');
  const metrics = [{ Namespace: 'Shop', Dimensions: [['Version']], Metrics: [{ Name: 'Orders' }] }];
  const message = JSON.stringify({
    _aws: { Timestamp: 0, CloudWatchMetrics: metrics },
    Version: '1',
    Orders: 2,
  });
  logs.write('/shop', 'task', { timestamp: noon + minute, message });
  const Metric = { Namespace: 'Shop', MetricName: 'Orders', Dimensions: [{ Name: 'Version', Value: '1' }] };
  await expect(ask([{ Id: 'orders', MetricStat: { Metric, Period: 60, Stat: 'Sum' } }])).resolves.toEqual({
    orders: [[1, 2]],
  });
});

describe('an alarm', () => {
  const AlarmName = 'shop-5xx';
  const errors = {
    AlarmName,
    Namespace: 'AWS/ApplicationELB',
    MetricName: 'HTTPCode_Target_5XX_Count',
    Dimensions,
    Statistic: 'Sum',
    Period: 60,
    EvaluationPeriods: 1,
    Threshold: 1,
    ComparisonOperator: 'GreaterThanThreshold',
    TreatMissingData: 'notBreaching',
  } satisfies PutMetricAlarmCommandInput;

  const put = (input: Partial<PutMetricAlarmCommandInput> = {}) =>
    cloudWatch.send(new PutMetricAlarmCommand({ ...errors, ...input }));
  const describeIt = async () =>
    (await cloudWatch.send(new DescribeAlarmsCommand({ AlarmNames: [AlarmName] }))).MetricAlarms?.[0];

  test('goes from new to OK, to ALARM and back, in CloudWatch’s words', async () => {
    const changes: string[] = [];
    here.cloud.world.alarms.onAlarmChange((name) =>
      changes.push(...here.cloud.world.alarms.states([name]).map(({ state }) => state)),
    );
    await put();
    await expect(describeIt()).resolves.toMatchObject({
      StateValue: 'INSUFFICIENT_DATA',
      StateReason: 'Unchecked: Initial alarm creation',
      AlarmArn: 'arn:aws:cloudwatch:eu-west-1:000000000000:alarm:shop-5xx',
      Statistic: 'Sum',
    });
    await clock.advance(2 * minute);
    await expect(describeIt()).resolves.toMatchObject({
      StateValue: 'OK',
      StateReason:
        'Threshold Crossed: no datapoints were received for 1 period and 1 missing datapoint was treated as [NonBreaching].',
    });
    for (let each = 0; each < 3; each += 1) request(noon + 2 * minute, 0.1, 500);
    await clock.advance(minute + 5_000);
    await expect(describeIt()).resolves.toMatchObject({
      StateValue: 'ALARM',
      StateReason:
        'Threshold Crossed: 1 out of the last 1 datapoints [3.0 (24/11/26 12:02:00)] was greater than the threshold (1.0) (minimum 1 datapoint for OK -> ALARM transition).',
    });
    request(noon + 3 * minute, 0.1, 500);
    await clock.advance(minute);
    await expect(describeIt()).resolves.toMatchObject({
      StateValue: 'OK',
      StateReason:
        'Threshold Crossed: 1 out of the last 1 datapoints [1.0 (24/11/26 12:03:00)] was not greater than the threshold (1.0) (minimum 1 datapoint for ALARM -> OK transition).',
    });
    expect(changes).toEqual(['OK', 'ALARM', 'OK']);
    const history = await cloudWatch.send(
      new DescribeAlarmHistoryCommand({ AlarmName, HistoryItemType: 'StateUpdate' }),
    );
    expect(history.AlarmHistoryItems?.map(({ HistorySummary }) => HistorySummary)).toEqual([
      'Alarm updated from ALARM to OK',
      'Alarm updated from OK to ALARM',
      'Alarm updated from INSUFFICIENT_DATA to OK',
    ]);
  });

  test('can be of an expression', async () => {
    const { Namespace, MetricName, Statistic, Period, Dimensions: of, ...rest } = errors;
    await cloudWatch.send(
      new PutMetricAlarmCommand({
        ...rest,
        Threshold: 10,
        Metrics: [
          {
            Id: 'e',
            MetricStat: { Metric: { Namespace, MetricName, Dimensions: of }, Period, Stat: Statistic },
            ReturnData: false,
          },
          { ...query('r', 'RequestCount', 'Sum'), ReturnData: false },
          { Id: 'share', Expression: '100 * e / r' },
        ],
      }),
    );
    request(noon, 0.1, 500);
    for (let each = 0; each < 4; each += 1) request(noon, 0.1);
    await clock.advance(2 * minute);
    await expect(describeIt()).resolves.toMatchObject({
      StateValue: 'ALARM',
      Metrics: [{ Id: 'e' }, { Id: 'r' }, { Id: 'share' }],
    });
  });

  test('is set by hand until it is evaluated again', async () => {
    await put();
    await cloudWatch.send(
      new SetAlarmStateCommand({ AlarmName, StateValue: 'ALARM', StateReason: 'a drill' }),
    );
    await expect(describeIt()).resolves.toMatchObject({ StateValue: 'ALARM', StateReason: 'a drill' });
    await clock.advance(2 * minute);
    await expect(describeIt()).resolves.toMatchObject({ StateValue: 'OK' });
  });

  test('is deleted, and is then not there', async () => {
    await put();
    await cloudWatch.send(new DeleteAlarmsCommand({ AlarmNames: [AlarmName] }));
    await expect(describeIt()).resolves.toBeUndefined();
    await expect(cloudWatch.send(new DeleteAlarmsCommand({ AlarmNames: [AlarmName] }))).rejects.toMatchObject(
      { name: 'ResourceNotFound' },
    );
  });

  test.each([
    ['a statistic that there is not', { Statistic: undefined, ExtendedStatistic: 'TX(1:2)' }, 'TX(1:2)'],
    ['more datapoints than periods', { DatapointsToAlarm: 2 }, 'DatapointsToAlarm'],
    ['anomaly detection', { ComparisonOperator: 'GreaterThanUpperThreshold' as const }, 'anomaly detection'],
    ['a period that there is not', { Period: 45 }, 'Period'],
  ])('is refused with %s', async (_what, input, told) => {
    await expect(put(input as Partial<PutMetricAlarmCommandInput>)).rejects.toMatchObject({
      name: 'InvalidParameterValueException',
      message: expect.stringContaining(told) as string,
    });
  });
});

test('CBOR, which the AWS CLI speaks, is understood as well, and errors have their old names in a header', async () => {
  const inCbor = new CloudWatchClient({ ...here.client, protocol: SmithyRpcV2CborProtocol });
  const Timestamp = new Date(noon);
  await inCbor.send(
    new PutMetricDataCommand({
      Namespace: 'Shop',
      MetricData: [{ MetricName: 'Orders', Value: 3, Timestamp }],
    }),
  );
  const asked = {
    Namespace: 'Shop',
    MetricName: 'Orders',
    StartTime: Timestamp,
    EndTime: new Date(noon + 1),
  };
  await expect(
    inCbor.send(new GetMetricStatisticsCommand({ ...asked, Period: 60, Statistics: ['Sum'] })),
  ).resolves.toMatchObject({ Datapoints: [{ Timestamp, Sum: 3 }] });
  await expect(
    inCbor.send(new GetMetricStatisticsCommand({ ...asked, Period: 45, Statistics: ['Sum'] })),
  ).rejects.toMatchObject({
    name: 'InvalidParameterValueException',
    message: 'Period must be 1, 5, 10, 20, 30 or a multiple of 60, and is 45.',
  });
  await expect(
    cloudWatch.send(new GetMetricStatisticsCommand({ ...asked, Period: 45, Statistics: ['Sum'] })),
  ).rejects.toMatchObject({ Error: { Code: 'InvalidParameterValue', Type: 'Sender' } });
  inCbor.destroy();
});
