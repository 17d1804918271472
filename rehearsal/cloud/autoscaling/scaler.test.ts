import { createCloudWatch, type CloudWatch } from '../cloudwatch/index.ts';
import { steppedClock, type SteppedClock } from '../cloudwatch/testing/stepped-clock.ts';
import type { ServiceScaling } from '../ecs/index.ts';
import type { Call } from '../wire/service.ts';
import { createAutoScaling, type AutoScaling } from './index.ts';

const minute = 60_000;
const noon = Date.UTC(2026, 10, 24, 12);
const targetGroup = 'targetgroup/blue/1';
const call: Call = {
  requestId: 'request',
  region: 'eu-west-1',
  accountId: '000000000000',
  callerArn: 'arn:aws:iam::000000000000:user/test',
  accessKeyId: 'AKIA',
};
const Target = {
  ServiceNamespace: 'ecs',
  ResourceId: 'service/shop/web',
  ScalableDimension: 'ecs:service:DesiredCount',
};

let clock: SteppedClock;
let cloudWatch: CloudWatch;
let scaling: AutoScaling;
let desired: number;
let deploying: boolean;

beforeEach(() => {
  clock = steppedClock(noon);
  desired = 2;
  deploying = false;
  const services: ServiceScaling = {
    desiredCount: (cluster, name) => (cluster === 'shop' && name === 'web' ? desired : undefined),
    setDesiredCount: (_cluster, _name, count) => {
      desired = count;
    },
    isDeploying: () => deploying,
  };
  const now = () => clock.now().getTime();
  cloudWatch = createCloudWatch({
    clock,
    changed: () => undefined,
    log: (message) => expect(message).toBe(''),
  });
  scaling = createAutoScaling({ services, alarms: cloudWatch.policyAlarms, now, changed: () => undefined });
  cloudWatch.start();
});
afterEach(() => cloudWatch.stop());

function ask(operation: string, input: object): object | Promise<object> {
  const handler = scaling.operations[operation];
  if (handler === undefined) throw new Error(`There is no ${operation}.`);
  return handler({ ...Target, ...input }, call);
}

async function track(requestsPerTarget: number, configuration: object = {}): Promise<void> {
  await ask('RegisterScalableTarget', { MinCapacity: 1, MaxCapacity: 8 });
  await ask('PutScalingPolicy', {
    PolicyName: 'requests',
    PolicyType: 'TargetTrackingScaling',
    TargetTrackingScalingPolicyConfiguration: {
      TargetValue: requestsPerTarget,
      PredefinedMetricSpecification: {
        PredefinedMetricType: 'ALBRequestCountPerTarget',
        ResourceLabel: `app/shop/1/${targetGroup}`,
      },
      ...configuration,
    },
  });
}

/** So many requests reach the service each minute, whatever the number of its tasks. */
async function minutesOf(requests: number, minutes: number): Promise<void> {
  for (let passed = 0; passed < minutes; passed += 1) {
    cloudWatch.sink({
      namespace: 'AWS/ApplicationELB',
      name: 'RequestCountPerTarget',
      dimensions: { TargetGroup: targetGroup },
      value: requests / desired,
      at: clock.now().getTime(),
    });
    await clock.advance(minute);
  }
}

test('three busy minutes scale out to what the load needs, and no further while it cools down', async () => {
  await track(100);
  await minutesOf(600, 3);
  expect(desired).toBe(2);
  await minutesOf(600, 1);
  expect(desired).toBe(6);
  await minutesOf(1200, 4);
  expect(desired).toBe(6);
  await minutesOf(1200, 2);
  expect(desired).toBe(8);
});

test('fifteen quiet minutes scale in', async () => {
  desired = 6;
  await track(100);
  await minutesOf(150, 15);
  expect(desired).toBe(6);
  await minutesOf(150, 1);
  expect(desired).toBe(2);
});

test('nothing is scaled in during a deployment, but out', async () => {
  desired = 6;
  deploying = true;
  await track(100);
  await minutesOf(150, 20);
  expect(desired).toBe(6);
  await minutesOf(900, 4);
  expect(desired).toBe(8);
  await minutesOf(150, 20);
  expect(desired).toBe(8);
  deploying = false;
  await minutesOf(150, 1);
  expect(desired).toBe(2);
});

test('nothing is scaled while it is suspended, nor in where the policy says so', async () => {
  await track(100, { DisableScaleIn: true });
  await ask('RegisterScalableTarget', { SuspendedState: { DynamicScalingOutSuspended: true } });
  await minutesOf(600, 10);
  expect(desired).toBe(2);
  await minutesOf(10, 20);
  expect(desired).toBe(2);
});

test('without a metric there is no scaling', async () => {
  await track(100);
  await clock.advance(60 * minute);
  expect(desired).toBe(2);
});

test('what was done can be read, with its cause', async () => {
  await track(100);
  await minutesOf(600, 4);
  expect(await ask('DescribeScalingActivities', {})).toMatchObject({
    ScalingActivities: [
      {
        ResourceId: 'service/shop/web',
        Description: 'Setting desired count to 6.',
        Cause: expect.stringMatching(
          /^monitor alarm TargetTracking-service\/shop\/web-AlarmHigh-\S+ in state ALARM triggered policy requests$/,
        ) as string,
        StatusCode: 'Successful',
        StatusMessage: 'Successfully set desired count to 6. Change successfully fulfilled by ecs.',
      },
    ],
  });
});
