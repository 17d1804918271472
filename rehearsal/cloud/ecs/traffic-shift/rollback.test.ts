import { jest } from '@jest/globals';
import { blueGroup, greenGroup, productionRule } from '../testing/load-balancing.ts';
import { openShop, pause, type Shop } from '../testing/shop.ts';
import { repository } from '../testing/world.ts';

// Real processes on a machine that may be busy.
jest.setTimeout(60_000);

let shop: Shop;

beforeEach(async () => {
  shop = await openShop();
});

afterEach(async () => {
  await shop.stop();
  expect(shop.log).toEqual([]);
});

const blueGreen = { strategy: 'BLUE_GREEN', bakeTimeInMinutes: 1 } as const;
const stop = (arn: string): Promise<object> =>
  shop.call('StopServiceDeployment', { serviceDeploymentArn: arn, stopType: 'ROLLBACK' });

/** Then production is where it was before, with all tasks, and nothing of the new side is left. */
async function expectBlue(): Promise<void> {
  expect(shop.production()).toEqual({ green: 100, blue: 0 });
  expect(shop.loadBalancing.targetHealth(blueGroup)).toEqual([]);
  expect(shop.loadBalancing.targetHealth(greenGroup)).toMatchObject([{ state: 'healthy' }]);
  expect((await shop.service()).deployments).toMatchObject([
    { status: 'PRIMARY', runningCount: 1, rolloutState: 'COMPLETED' },
  ]);
}

it.each(['PRE_SCALE_UP', 'POST_SCALE_UP', 'POST_TEST_TRAFFIC_SHIFT', 'POST_PRODUCTION_TRAFFIC_SHIFT'])(
  'goes back to blue when it is stopped in %s',
  async (stage) => {
    await shop.open(blueGreen);
    const arn = await shop.release({ lifecycleHooks: [pause(stage)] });
    await shop.gate(arn);

    await stop(arn);

    expect(await shop.ended(arn)).toMatchObject({
      status: 'ROLLBACK_SUCCESSFUL',
      lifecycleStage: stage,
      lifecycleHookDetails: [{ status: 'FAILED' }],
      statusReason: 'Service deployment rolled back because StopServiceDeployment was called.',
    });
    await expectBlue();
    await expect(stop(arn)).rejects.toMatchObject({ name: 'ConflictException' });
  },
);

it('starts blue again before it gives it the traffic, where its tasks are going already', async () => {
  await shop.open(blueGreen);
  shop.loadBalancing.drains = true;
  const arn = await shop.release();
  await shop.until('blue is being drained', () =>
    Promise.resolve(shop.loadBalancing.targetHealth(greenGroup).some(({ state }) => state === 'draining')),
  );
  shop.loadBalancing.healthOf = () => 'initial';
  await stop(arn);
  await shop.until('a new task of blue', () =>
    Promise.resolve(shop.loadBalancing.targetHealth(greenGroup).some(({ state }) => state === 'initial')),
  );
  expect(shop.production()).toEqual({ blue: 100, green: 0 });
  shop.loadBalancing.drains = false;
  shop.loadBalancing.finishDraining();
  shop.loadBalancing.setHealth(greenGroup, 'healthy');

  expect(await shop.ended(arn)).toMatchObject({ status: 'ROLLBACK_SUCCESSFUL', lifecycleStage: 'CLEAN_UP' });
  await expectBlue();
});

it('rolls back when a gate is not answered in time', async () => {
  await shop.open(blueGreen);
  const arn = await shop.release({
    lifecycleHooks: [pause('POST_TEST_TRAFFIC_SHIFT', { timeoutInMinutes: 1 })],
  });

  expect(await shop.ended(arn)).toMatchObject({
    status: 'ROLLBACK_SUCCESSFUL',
    lifecycleHookDetails: [{ status: 'TIMED_OUT' }],
    statusReason: 'Service deployment rolled back because POST_TEST_TRAFFIC_SHIFT pause hook timed out.',
  });
  await expectBlue();
});

it('goes on when a gate is not answered in time, where it is told to', async () => {
  await shop.open(blueGreen);
  const arn = await shop.release({
    lifecycleHooks: [pause('POST_TEST_TRAFFIC_SHIFT', { timeoutInMinutes: 1, action: 'CONTINUE' })],
  });

  expect(await shop.ended(arn)).toMatchObject({
    status: 'SUCCESSFUL',
    lifecycleHookDetails: [{ status: 'TIMED_OUT', timeoutAction: 'CONTINUE' }],
  });
});

it('rolls back when an alarm goes off, and takes no notice of one that was on before', async () => {
  await shop.open(blueGreen);
  shop.alarms.set('on before', 'ALARM');
  shop.alarms.set('5xx', 'OK');
  const arn = await shop.release({
    alarms: { alarmNames: ['on before', '5xx'], enable: true, rollback: true },
    lifecycleHooks: [pause('POST_PRODUCTION_TRAFFIC_SHIFT')],
  });
  await shop.gate(arn);
  expect(await shop.deployment(arn)).toMatchObject({
    alarms: { status: 'MONITORING', triggeredAlarmNames: [] },
  });

  shop.alarms.set('5xx', 'ALARM');

  expect(await shop.ended(arn)).toMatchObject({
    status: 'ROLLBACK_SUCCESSFUL',
    alarms: { status: 'TRIGGERED', triggeredAlarmNames: ['5xx'] },
  });
  await expectBlue();
});

it('gives no traffic to a side that never becomes healthy, and lets the circuit breaker roll back', async () => {
  await shop.open(blueGreen);
  const before = shop.loadBalancing.writes.length;
  shop.loadBalancing.healthOf = () => 'initial';
  const arn = await shop.release(
    { deploymentCircuitBreaker: { enable: true, rollback: true } },
    { image: `${repository}:crashing` },
  );

  expect(await shop.ended(arn)).toMatchObject({
    status: 'ROLLBACK_SUCCESSFUL',
    statusReason: 'Service deployment rolled back because the circuit breaker threshold was exceeded.',
    deploymentCircuitBreaker: { status: 'TRIGGERED' },
  });
  expect(shop.loadBalancing.writes).toHaveLength(before);
  await expectBlue();
});

it('leaves nothing routed where a first deployment fails', async () => {
  const opened = shop.open({
    ...blueGreen,
    lifecycleHooks: [pause('POST_PRODUCTION_TRAFFIC_SHIFT')] as never,
  });
  const arn = await shop.until('the first deployment', async () => {
    return (await shop.service()).currentServiceDeployment;
  });
  const { hookId } = await shop.gate(arn);
  expect(shop.production()).toEqual({ green: 100, blue: 0 });
  await shop.answer(arn, hookId, 'ROLLBACK');

  expect(await opened).toMatchObject({
    status: 'ROLLBACK_FAILED',
    statusReason: 'No rollback candidate was found to run the rollback.',
  });
  expect(shop.production()).toEqual({ blue: 100, green: 0 });
  expect(shop.loadBalancing.targetHealth(blueGroup)).toEqual([]);
  expect(shop.loadBalancing.targetHealth(greenGroup)).toEqual([]);
});

it.each([
  [
    'both groups have traffic',
    [
      { targetGroupArn: blueGroup, weight: 50 },
      { targetGroupArn: greenGroup, weight: 50 },
    ],
    'should have exactly one target group serving traffic but found 2 target groups which are serving traffic',
  ],
  [
    'a stranger has it',
    [
      { targetGroupArn: 'stranger', weight: 1 },
      { targetGroupArn: blueGroup, weight: 0 },
    ],
    'is forwarding traffic to unexpected target group stranger.',
  ],
])('does not begin where %s, and leaves the rule as it is', async (_, forward, reason) => {
  await shop.open(blueGreen);
  shop.loadBalancing.setForward(productionRule, forward);
  const writes = shop.loadBalancing.writes.length;

  const deployment = await shop.ended(await shop.release());

  expect(deployment.status).toBe('ROLLBACK_SUCCESSFUL');
  expect(deployment.statusReason).toContain('of invalid networking configuration');
  expect(deployment.statusReason).toContain(reason);
  expect(shop.loadBalancing.writes).toHaveLength(writes);
});

it('brings the service back to blue before a deployment that replaces another one begins', async () => {
  await shop.open(blueGreen);
  const replaced = await shop.release({ lifecycleHooks: [pause('POST_PRODUCTION_TRAFFIC_SHIFT')] });
  const { hookId } = await shop.gate(replaced);
  expect(shop.production()).toEqual({ blue: 100, green: 0 });
  shop.loadBalancing.writes.length = 0;

  const arn = await shop.release({ lifecycleHooks: [] });

  expect(await shop.deployment(replaced)).toMatchObject({ status: 'STOPPED' });
  await expect(shop.answer(replaced, hookId)).rejects.toMatchObject({
    message: 'Continuing a service deployment is not allowed for service deployment in terminal states.',
  });
  expect(await shop.deployment(arn)).toMatchObject({
    lifecycleStage: 'RECONCILE_SERVICE',
    sourceServiceRevisions: [{}, {}],
  });
  expect(await shop.ended(arn)).toMatchObject({ status: 'SUCCESSFUL' });
  const production = shop.loadBalancing.writes.filter(({ rule }) => rule === productionRule);
  expect(production.map(({ weights }) => weights['blue'])).toEqual([0, 0, 100]);
  expect((await shop.service()).deployments).toHaveLength(1);
});

it('goes back to blue when a deployment is stopped that still clears up after the one it has replaced', async () => {
  await shop.open(blueGreen);
  await shop.gate(await shop.release({ lifecycleHooks: [pause('POST_PRODUCTION_TRAFFIC_SHIFT')] }));
  shop.loadBalancing.drains = true;
  const arn = await shop.release({ lifecycleHooks: [] });
  await shop.until('what was replaced is being drained', () =>
    Promise.resolve(shop.loadBalancing.targetHealth(blueGroup).some(({ state }) => state === 'draining')),
  );
  expect(await shop.deployment(arn)).toMatchObject({
    lifecycleStage: 'RECONCILE_SERVICE',
    targetServiceRevision: { requestedTaskCount: 0, runningTaskCount: 0 },
  });
  await stop(arn);
  shop.loadBalancing.drains = false;
  shop.loadBalancing.finishDraining();

  expect(await shop.ended(arn)).toMatchObject({
    status: 'ROLLBACK_SUCCESSFUL',
    lifecycleStage: 'RECONCILE_SERVICE',
  });
  await shop.until('the tasks that were replaced are gone', async () => (await shop.tasks()).length === 1);
  await expectBlue();
});
