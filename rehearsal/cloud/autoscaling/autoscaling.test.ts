import {
  ApplicationAutoScalingClient,
  DeregisterScalableTargetCommand,
  DescribeScalableTargetsCommand,
  DescribeScalingActivitiesCommand,
  DescribeScalingPoliciesCommand,
  PutScalingPolicyCommand,
  RegisterScalableTargetCommand,
  type PutScalingPolicyCommandInput,
  type RegisterScalableTargetCommandInput,
} from '@aws-sdk/client-application-auto-scaling';
import { CloudWatchClient, DescribeAlarmsCommand } from '@aws-sdk/client-cloudwatch';
import {
  CreateClusterCommand,
  CreateServiceCommand,
  DescribeServicesCommand,
  ECSClient,
  RegisterTaskDefinitionCommand,
} from '@aws-sdk/client-ecs';
import { steppedClock } from '../cloudwatch/testing/stepped-clock.ts';
import { trial, type Trial } from '../trial.ts';

const target = {
  ServiceNamespace: 'ecs',
  ResourceId: 'service/shop/web',
  ScalableDimension: 'ecs:service:DesiredCount',
} as const;

let here: Trial;
let scaling: ApplicationAutoScalingClient;
let ecs: ECSClient;
beforeEach(async () => {
  here = await trial({ clock: steppedClock(Date.UTC(2026, 10, 24)) });
  scaling = new ApplicationAutoScalingClient(here.client);
  ecs = new ECSClient(here.client);
  await ecs.send(new CreateClusterCommand({ clusterName: 'shop' }));
  await ecs.send(
    new RegisterTaskDefinitionCommand({
      family: 'web',
      requiresCompatibilities: ['EC2'],
      containerDefinitions: [{ name: 'web', image: `${here.cloud.registryHost}/web:1`, memory: 128 }],
    }),
  );
  await ecs.send(
    new CreateServiceCommand({ cluster: 'shop', serviceName: 'web', taskDefinition: 'web', desiredCount: 2 }),
  );
});
afterEach(async () => {
  scaling.destroy();
  ecs.destroy();
  await here.end();
});

const register = (input: Partial<RegisterScalableTargetCommandInput> = {}) =>
  scaling.send(new RegisterScalableTargetCommand({ ...target, MinCapacity: 1, MaxCapacity: 4, ...input }));
const desiredCount = async () =>
  (await ecs.send(new DescribeServicesCommand({ cluster: 'shop', services: ['web'] }))).services?.[0]
    ?.desiredCount;

test('limits are put, told, changed in part, and hold the desired count', async () => {
  await register({ MinCapacity: 3 });
  await expect(desiredCount()).resolves.toBe(3);
  await register({ MinCapacity: undefined, MaxCapacity: 6 });
  const { ScalableTargets } = await scaling.send(
    new DescribeScalableTargetsCommand({ ServiceNamespace: 'ecs' }),
  );
  expect(ScalableTargets).toMatchObject([{ ...target, MinCapacity: 3, MaxCapacity: 6 }]);
  await register({ MinCapacity: 1, MaxCapacity: 2 });
  await expect(desiredCount()).resolves.toBe(2);
  const { ScalingActivities } = await scaling.send(
    new DescribeScalingActivitiesCommand({ ServiceNamespace: 'ecs' }),
  );
  expect(ScalingActivities?.map(({ Cause }) => Cause)).toEqual([
    'maximum capacity was set to 2',
    'minimum capacity was set to 3',
  ]);
});

test.each([
  ['a service that is not there', { ResourceId: 'service/shop/nothing' }, "ECS service doesn't exist"],
  ['another service of AWS', { ServiceNamespace: 'dynamodb' }, 'dynamodb'],
  ['limits the wrong way round', { MinCapacity: 5 }, 'Maximum capacity cannot be less'],
  ['no upper limit', { MaxCapacity: undefined }, 'MaxCapacity'],
])('%s is refused', async (_what, input, told) => {
  await expect(register(input as Partial<RegisterScalableTargetCommandInput>)).rejects.toMatchObject({
    name: 'ValidationException',
    message: expect.stringContaining(told) as string,
  });
});

describe('a policy', () => {
  const cpu = {
    ...target,
    PolicyName: 'cpu',
    PolicyType: 'TargetTrackingScaling',
    TargetTrackingScalingPolicyConfiguration: {
      TargetValue: 60,
      PredefinedMetricSpecification: { PredefinedMetricType: 'ECSServiceAverageCPUUtilization' },
    },
  } satisfies PutScalingPolicyCommandInput;
  const put = (input: Partial<PutScalingPolicyCommandInput> = {}) =>
    scaling.send(new PutScalingPolicyCommand({ ...cpu, ...input }));
  const alarms = async () => {
    const client = new CloudWatchClient(here.client);
    const { MetricAlarms = [] } = await client.send(new DescribeAlarmsCommand({}));
    client.destroy();
    return MetricAlarms;
  };

  test('has two alarms in CloudWatch, and goes with its target', async () => {
    await register();
    const { Alarms = [] } = await put();
    await expect(alarms()).resolves.toMatchObject([
      {
        AlarmName: Alarms[0]?.AlarmName,
        Namespace: 'AWS/ECS',
        MetricName: 'CPUUtilization',
        Threshold: 60,
        ComparisonOperator: 'GreaterThanThreshold',
        EvaluationPeriods: 3,
        Dimensions: [
          { Name: 'ClusterName', Value: 'shop' },
          { Name: 'ServiceName', Value: 'web' },
        ],
      },
      {
        AlarmName: Alarms[1]?.AlarmName,
        Threshold: 54,
        ComparisonOperator: 'LessThanThreshold',
        EvaluationPeriods: 15,
      },
    ]);
    const { ScalingPolicies } = await scaling.send(
      new DescribeScalingPoliciesCommand({ ServiceNamespace: 'ecs', ResourceId: target.ResourceId }),
    );
    expect(ScalingPolicies).toMatchObject([{ ...cpu, Alarms }]);
    await scaling.send(new DeregisterScalableTargetCommand(target));
    await expect(alarms()).resolves.toEqual([]);
  });

  test('is refused without a target, and where it is of a kind that there is not', async () => {
    await expect(put()).rejects.toMatchObject({ name: 'ObjectNotFoundException' });
    await register();
    await expect(put({ PolicyType: 'StepScaling' })).rejects.toMatchObject({
      name: 'ValidationException',
      message: expect.stringContaining('StepScaling') as string,
    });
  });

  test('outlives a restart, with its alarms', async () => {
    await register();
    const { PolicyARN } = await put();
    await here.cloud.stop();
    const again = await trial({ stateDirectory: here.stateDirectory });
    here = again;
    scaling = new ApplicationAutoScalingClient(here.client);
    const { ScalingPolicies } = await scaling.send(
      new DescribeScalingPoliciesCommand({ ServiceNamespace: 'ecs' }),
    );
    expect(ScalingPolicies).toMatchObject([{ PolicyARN }]);
    await expect(alarms()).resolves.toHaveLength(2);
  });
});
