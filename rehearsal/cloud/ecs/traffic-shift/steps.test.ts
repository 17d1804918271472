import { jest } from '@jest/globals';
import { blueGroup, greenGroup, productionRule } from '../testing/load-balancing.ts';
import { openShop, pause, type Shop } from '../testing/shop.ts';

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

/** Percent on the blue group, which is the new side of a second deployment, as ECS wrote it. */
const writtenSteps = (): (number | undefined)[] =>
  shop.loadBalancing.writes
    .filter(({ rule }) => rule === productionRule)
    .map(({ weights }) => weights['blue']);

describe('a canary deployment', () => {
  it('pauses before each of its two steps, with a new hook each time', async () => {
    await shop.open({ strategy: 'BLUE_GREEN' });
    shop.loadBalancing.writes.length = 0;
    const arn = await shop.release({
      strategy: 'CANARY',
      canaryConfiguration: { canaryPercent: 10, canaryBakeTimeInMinutes: 1 },
      lifecycleHooks: [pause('PRE_PRODUCTION_TRAFFIC_SHIFT')],
    });

    const first = await shop.gate(arn);
    expect(first.stage).toBe('PRE_PRODUCTION_TRAFFIC_SHIFT');
    expect(shop.production()).toEqual({ green: 100, blue: 0 });
    await shop.answer(arn, first.hookId);
    const second = await shop.gate(arn);
    expect(second.hookId).not.toBe(first.hookId);
    expect(shop.production()).toEqual({ blue: 10, green: 90 });
    expect(await shop.deployment(arn)).toMatchObject({
      targetServiceRevision: { requestedProductionTrafficWeight: 10 },
      sourceServiceRevisions: [{ requestedProductionTrafficWeight: 90 }],
    });
    await shop.answer(arn, second.hookId);

    expect(await shop.ended(arn)).toMatchObject({ status: 'SUCCESSFUL' });
    expect(shop.production()).toEqual({ blue: 100, green: 0 });
  });

  it('writes weights that are whole numbers where the percentage is not', async () => {
    await shop.open({ strategy: 'BLUE_GREEN' });
    const arn = await shop.release({
      strategy: 'CANARY',
      canaryConfiguration: { canaryPercent: 0.5, canaryBakeTimeInMinutes: 1440 },
    });

    await shop.until('the canary gets its share', async () => {
      const { targetServiceRevision } = await shop.deployment(arn);
      return targetServiceRevision?.requestedProductionTrafficWeight === 0.5;
    });
    expect(shop.production()).toEqual({ blue: 5, green: 995 });
  });
});

describe('a linear deployment', () => {
  it('goes by equal steps, and goes on from where it is although the rule was edited by hand', async () => {
    await shop.open({ strategy: 'BLUE_GREEN' });
    shop.loadBalancing.writes.length = 0;
    const arn = await shop.release({
      strategy: 'LINEAR',
      linearConfiguration: { stepPercent: 40, stepBakeTimeInMinutes: 1 },
      lifecycleHooks: [pause('PRE_PRODUCTION_TRAFFIC_SHIFT')],
    });
    await shop.answer(arn, (await shop.gate(arn)).hookId);
    const { hookId } = await shop.gate(arn);
    shop.loadBalancing.setForward(productionRule, [{ targetGroupArn: greenGroup, weight: 100 }]);

    await shop.answer(arn, hookId);
    await shop.answer(arn, (await shop.gate(arn)).hookId);

    expect(await shop.ended(arn)).toMatchObject({ status: 'SUCCESSFUL' });
    // The first zero is the test rule's step, which writes both rules; `undefined` is what was done by hand.
    expect(writtenSteps()).toEqual([0, 40, undefined, 80, 100]);
    const step = ['PRE_PRODUCTION_TRAFFIC_SHIFT', 'PRODUCTION_TRAFFIC_SHIFT'];
    const from = shop.stages.lastIndexOf('POST_TEST_TRAFFIC_SHIFT') + 1;
    expect(shop.stages.slice(from, from + 7)).toEqual([
      ...step,
      ...step,
      ...step,
      'POST_PRODUCTION_TRAFFIC_SHIFT',
    ]);
  });
});

it('has both sides follow autoscaling while traffic shifts', async () => {
  await shop.open({ strategy: 'BLUE_GREEN' });
  const arn = await shop.release({ lifecycleHooks: [pause('POST_TEST_TRAFFIC_SHIFT')] });
  const { hookId } = await shop.gate(arn);

  shop.ecs.scaling.setDesiredCount('default', 'chat', 2);

  await shop.until('two tasks on both sides', async () => {
    const { deployments = [] } = await shop.service();
    return deployments.length === 2 && deployments.every(({ runningCount }) => runningCount === 2);
  });
  await shop.answer(arn, hookId);
  expect(await shop.ended(arn)).toMatchObject({
    status: 'SUCCESSFUL',
    targetServiceRevision: { runningTaskCount: 2 },
  });
});

it('replaces a green task that dies, and gives green no more traffic before it is whole again', async () => {
  await shop.open({ strategy: 'BLUE_GREEN' });
  const arn = await shop.release({
    strategy: 'CANARY',
    canaryConfiguration: { canaryPercent: 10, canaryBakeTimeInMinutes: 1 },
    lifecycleHooks: [pause('PRE_PRODUCTION_TRAFFIC_SHIFT')],
  });
  await shop.answer(arn, (await shop.gate(arn)).hookId);
  const { hookId } = await shop.gate(arn);
  const [green] = (await shop.service()).deployments ?? [];
  const [victim] = (await shop.tasks()).filter(({ startedBy }) => startedBy === green?.id);
  shop.loadBalancing.healthOf = () => 'initial';
  process.kill(Number(victim?.containers?.[0]?.runtimeId), 'SIGKILL');
  await shop.until('a replacement', async () => {
    const tasks = (await shop.tasks()).filter(({ startedBy }) => startedBy === green?.id);
    return tasks.some(({ taskArn, lastStatus }) => taskArn !== victim?.taskArn && lastStatus === 'RUNNING');
  });

  await shop.answer(arn, hookId);
  await shop.until('the stage of the second step', async () => {
    return (await shop.deployment(arn)).lifecycleStage === 'PRODUCTION_TRAFFIC_SHIFT';
  });
  expect(shop.production()).toEqual({ blue: 10, green: 90 });
  shop.loadBalancing.setHealth(blueGroup, 'healthy');

  expect(await shop.ended(arn)).toMatchObject({ status: 'SUCCESSFUL' });
});
