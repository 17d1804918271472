import { jest } from '@jest/globals';
import type { CreateServiceResponse } from '@aws-sdk/client-ecs';
import {
  AlarmsInMemory,
  blueGroup,
  LoadBalancingInMemory,
  looseGroup,
  productionRule,
  testRule,
} from './testing/load-balancing.ts';
import { loadBalancers } from './testing/shop.ts';
import { rehearse, type Rehearsal } from './testing/world.ts';

// Real processes on a machine that may be busy.
jest.setTimeout(60_000);

let rehearsal: Rehearsal;
let loadBalancing: LoadBalancingInMemory;
let alarms: AlarmsInMemory;

beforeEach(async () => {
  loadBalancing = new LoadBalancingInMemory();
  alarms = new AlarmsInMemory();
  rehearsal = await rehearse({ loadBalancing, alarms, scale: 100 });
  await rehearsal.call('CreateCluster', {});
});

afterEach(async () => {
  await rehearsal.stop();
  expect(rehearsal.log).toEqual([]);
});

const plain = { targetGroupArn: blueGroup, containerName: 'web', containerPort: 8080 };

async function create(input: object = {}): Promise<string> {
  const { service } = await rehearsal.call<CreateServiceResponse>('CreateService', {
    serviceName: 'chat',
    taskDefinition: await rehearsal.register(),
    desiredCount: 1,
    loadBalancers: [plain],
    ...input,
  });
  return service?.currentServiceDeployment ?? '';
}

const ended = (arn: string): Promise<string> =>
  rehearsal.until('the deployment ends', async () => {
    const { status, finishedAt } = await rehearsal.deployment(arn);
    return finishedAt !== undefined && status;
  });

const messages = async (): Promise<string[]> =>
  ((await rehearsal.service()).events ?? []).map(({ message = '' }) => message);

describe('a rolling service with a load balancer', () => {
  it('counts a task when its target is healthy, and registers the host port of its instance', async () => {
    loadBalancing.healthOf = () => 'initial';
    const arn = await create();
    const task = await rehearsal.until('a task', async () => {
      const [found] = await rehearsal.tasks();
      return found?.lastStatus === 'RUNNING' && found;
    });
    expect(await rehearsal.deployment(arn)).toMatchObject({ status: 'IN_PROGRESS' });
    expect(loadBalancing.targetHealth(blueGroup)).toEqual([
      {
        id: expect.stringMatching(/^i-[0-9a-f]{17}$/) as unknown,
        port: task.containers?.[0]?.networkBindings?.[0]?.hostPort,
        state: 'initial',
      },
    ]);

    loadBalancing.setHealth(blueGroup, 'healthy');

    expect(await ended(arn)).toBe('SUCCESSFUL');
    expect(await messages()).toContain(`(service chat) registered 1 targets in (target-group ${blueGroup})`);
    expect(await rehearsal.service()).toMatchObject({ loadBalancers: [plain] });
  });

  it('drains a task before it stops it, and stops one that has crashed without waiting', async () => {
    await ended(await create());
    loadBalancing.drains = true;
    const [old] = await rehearsal.tasks();
    await rehearsal.call('UpdateService', { service: 'chat', forceNewDeployment: true });
    const draining = await rehearsal.until('the old task is draining', async () => {
      const stopped = await rehearsal.tasks('STOPPED');
      return stopped.find(
        ({ taskArn, lastStatus }) => taskArn === old?.taskArn && lastStatus === 'DEACTIVATING',
      );
    });
    const port = draining.containers?.[0]?.networkBindings?.[0]?.hostPort;
    const answer = await rehearsal.until('an answer of the old task', () =>
      fetch(`http://127.0.0.1:${port}/`).then(
        (response) => response.text(),
        () => undefined,
      ),
    );
    expect(answer).toBe('1');

    loadBalancing.finishDraining();

    await rehearsal.until('the old task has stopped', async () => {
      const stopped = await rehearsal.tasks('STOPPED');
      return stopped.some(({ taskArn, lastStatus }) => taskArn === old?.taskArn && lastStatus === 'STOPPED');
    });
    expect(await messages()).toContain('(service chat) has begun draining connections on 1 tasks.');

    const [next] = await rehearsal.tasks();
    process.kill(Number(next?.containers?.[0]?.runtimeId), 'SIGKILL');
    await rehearsal.until('the crashed task has stopped', async () => {
      const stopped = await rehearsal.tasks('STOPPED');
      return stopped.some(({ taskArn, lastStatus }) => taskArn === next?.taskArn && lastStatus === 'STOPPED');
    });
  });

  it('replaces a task whose target becomes unhealthy', async () => {
    await ended(await create());
    const [old] = await rehearsal.tasks();

    loadBalancing.setHealth(blueGroup, 'unhealthy');

    await rehearsal.until('another task', async () => {
      const tasks = await rehearsal.tasks();
      return tasks.length === 1 && tasks[0]?.taskArn !== old?.taskArn && tasks[0]?.lastStatus === 'RUNNING';
    });
    expect((await rehearsal.tasks('STOPPED'))[0]).toMatchObject({
      taskArn: old?.taskArn,
      stoppedReason: `Task failed ELB health checks in (target-group ${blueGroup})`,
    });
  });

  it('overlooks what the load balancer says within the grace period', async () => {
    loadBalancing.healthOf = () => 'unhealthy';
    const arn = await create({ healthCheckGracePeriodSeconds: 86_400 });
    await rehearsal.until('a task', async () => (await rehearsal.tasks())[0]?.lastStatus === 'RUNNING');
    const [task] = await rehearsal.tasks();

    loadBalancing.setHealth(blueGroup, 'healthy');

    expect(await ended(arn)).toBe('SUCCESSFUL');
    expect((await rehearsal.tasks())[0]?.taskArn).toBe(task?.taskArn);
  });

  it('stops where an alarm goes off and no rollback is wanted', async () => {
    await ended(await create());
    loadBalancing.healthOf = () => 'initial';
    await rehearsal.call('UpdateService', {
      service: 'chat',
      forceNewDeployment: true,
      deploymentConfiguration: { alarms: { alarmNames: ['5xx'], enable: true, rollback: false } },
    });
    const { currentServiceDeployment = '' } = await rehearsal.service();

    alarms.set('5xx', 'ALARM');

    expect(await ended(currentServiceDeployment)).toBe('STOPPED');
    expect(await rehearsal.deployment(currentServiceDeployment)).toMatchObject({
      statusReason: 'ECS deployment alarm(s) in ALARM: 5xx.',
      alarms: { status: 'TRIGGERED', triggeredAlarmNames: ['5xx'] },
    });
  });
});

const [paired] = loadBalancers;
const advanced = (changes: object): object => ({
  loadBalancers: [{ ...paired, advancedConfiguration: { ...paired?.advancedConfiguration, ...changes } }],
  deploymentConfiguration: { strategy: 'BLUE_GREEN' },
});
const configured = (deploymentConfiguration: object): object => ({ loadBalancers, deploymentConfiguration });
const paused = (hook: object): object =>
  configured({ strategy: 'BLUE_GREEN', lifecycleHooks: [{ targetType: 'PAUSE', ...hook }] });

it.each<[string, object, string]>([
  [
    'no load balancer in front of the target group',
    { loadBalancers: [{ ...plain, targetGroupArn: looseGroup }] },
    `The target group with targetGroupArn ${looseGroup} does not have an associated load balancer.`,
  ],
  [
    'no such target group',
    { loadBalancers: [{ ...plain, targetGroupArn: 'arn:none' }] },
    'The specified target group does not exist.',
  ],
  [
    'no such container',
    { loadBalancers: [{ ...plain, containerName: 'db' }] },
    'The container db does not exist in the task definition.',
  ],
  [
    'no such port',
    { loadBalancers: [{ ...plain, containerPort: 9 }] },
    'The container web did not have a container port 9 defined.',
  ],
  ['the same group twice', { loadBalancers: [plain, plain] }, `Duplicate targetGroupArn found: ${blueGroup}`],
  [
    'a grace period without a load balancer',
    { loadBalancers: [], healthCheckGracePeriodSeconds: 1 },
    'Health check grace period is only valid for services configured to use load balancers',
  ],
  [
    'nothing to shift traffic by',
    { deploymentConfiguration: { strategy: 'BLUE_GREEN' } },
    'advancedConfiguration field is required for all loadBalancers when using a non-ROLLING deployment strategy',
  ],
  [
    'no alternate group',
    advanced({ alternateTargetGroupArn: undefined }),
    'alternateTargetGroupArn is required',
  ],
  [
    'no production rule',
    advanced({ productionListenerRule: undefined }),
    'productionListenerRule is required',
  ],
  ['no role', advanced({ roleArn: undefined }), 'roleArn is required'],
  [
    'a listener for a rule',
    advanced({ productionListenerRule: productionRule.replace('listener-rule', 'listener') }),
    'productionListenerRule has an invalid ARN format.',
  ],
  [
    'one rule for both',
    advanced({ testListenerRule: productionRule }),
    'The following rules cannot be used as both production and test listener rules',
  ],
  [
    'no test rule, and the alternate group nowhere',
    advanced({ testListenerRule: undefined }),
    'testListenerRule is required when productionListenerRule is not associated with both',
  ],
  [
    'too long a bake',
    configured({ strategy: 'BLUE_GREEN', bakeTimeInMinutes: 1441 }),
    'bakeTimeInMinutes must be',
  ],
  [
    'too small a canary',
    configured({ strategy: 'CANARY', canaryConfiguration: { canaryPercent: 0.05 } }),
    'canaryPercent must be a multiple of 0.1 from 0.1 to 100.0',
  ],
  [
    'too small a step',
    configured({ strategy: 'LINEAR', linearConfiguration: { stepPercent: 2.9 } }),
    'stepPercent must be a multiple of 0.1 from 3.0 to 100.0',
  ],
  [
    'the steps of another strategy',
    configured({ strategy: 'BLUE_GREEN', canaryConfiguration: {} }),
    'canaryConfiguration is only valid with',
  ],
  [
    'a pause where ECS is busy',
    paused({ lifecycleStages: ['TEST_TRAFFIC_SHIFT'] }),
    'Invalid lifecycle stage provided for Pause Hook',
  ],
  [
    'a pause of more than 14 days',
    paused({ lifecycleStages: ['PRE_SCALE_UP'], timeoutConfiguration: { timeoutInMinutes: 20_161 } }),
    'timeoutInMinutes must be a whole number from 1 to 20160',
  ],
])('refuses a service with %s', async (_, input, message) => {
  await expect(create(input)).rejects.toMatchObject({
    name: 'InvalidParameterException',
    message: expect.stringContaining(message) as unknown,
  });
});

it('refuses answers to hooks that do not await one', async () => {
  await create({ loadBalancers, deploymentConfiguration: { strategy: 'BLUE_GREEN' } });
  const { currentServiceDeployment } = await rehearsal.service();
  const answer = (hookId: string): Promise<object> =>
    rehearsal.call('ContinueServiceDeployment', { serviceDeploymentArn: currentServiceDeployment, hookId });

  await expect(answer('mine')).rejects.toMatchObject({
    message: 'Invalid hookId: hookId must follow the format: ecs-{hookType}-{id}',
  });
  await expect(answer('ecs-pause-x')).rejects.toMatchObject({
    message:
      'Provided hookId is either completed, unavailable, or not associated with the given Resource ARN',
  });
  expect(loadBalancing.rule(testRule)).toBeDefined();
});
