import { jest } from '@jest/globals';
import { blueGroup, greenGroup } from '../testing/load-balancing.ts';
import { openShop, pause, type Shop } from '../testing/shop.ts';
import { lifecycleStages } from './plan.ts';

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

it('gives a first deployment all the traffic at once, in the group that had none', async () => {
  const first = await shop.open(blueGreen);

  expect(first).toMatchObject({
    status: 'SUCCESSFUL',
    lifecycleStage: 'CLEAN_UP',
    targetServiceRevision: { runningTaskCount: 1, requestedProductionTrafficWeight: 100 },
    sourceServiceRevisions: [],
  });
  expect(shop.production()).toEqual({ green: 100, blue: 0 });
  expect(shop.loadBalancing.targetHealth(greenGroup)).toHaveLength(1);
});

it('goes through every stage with both sides up, switches once, and takes the old tasks away', async () => {
  await shop.open(blueGreen);
  const arn = await shop.release({ lifecycleHooks: [pause('POST_TEST_TRAFFIC_SHIFT')] });

  const { hookId, stage } = await shop.gate(arn);
  expect(stage).toBe('POST_TEST_TRAFFIC_SHIFT');
  expect(shop.production()).toEqual({ green: 100, blue: 0 });
  expect(await shop.deployment(arn)).toMatchObject({
    status: 'IN_PROGRESS',
    targetServiceRevision: { runningTaskCount: 1, requestedTestTrafficWeight: 100 },
    sourceServiceRevisions: [{ runningTaskCount: 1, requestedProductionTrafficWeight: 100 }],
  });
  expect((await shop.service()).deployments).toMatchObject([
    { status: 'PRIMARY', desiredCount: 1, runningCount: 1 },
    { status: 'ACTIVE', desiredCount: 1, runningCount: 1 },
  ]);

  await shop.answer(arn, hookId);
  expect(await shop.ended(arn)).toMatchObject({
    status: 'SUCCESSFUL',
    lifecycleHookDetails: [{ hookId, targetType: 'PAUSE', status: 'SUCCEEDED', timeoutAction: 'ROLLBACK' }],
  });
  expect(shop.production()).toEqual({ blue: 100, green: 0 });
  expect(shop.loadBalancing.targetHealth(blueGroup)).toHaveLength(1);
  expect(shop.loadBalancing.targetHealth(greenGroup)).toHaveLength(0);
  // RECONCILE_SERVICE is only there where a deployment is replaced.
  const from = shop.stages.lastIndexOf('PRE_SCALE_UP');
  expect(shop.stages.slice(from)).toEqual(lifecycleStages.slice(1));
  const { deployments, loadBalancers } = await shop.service();
  expect(deployments).toMatchObject([{ status: 'PRIMARY', rolloutState: 'COMPLETED' }]);
  // What the user gave stays; what is live, the revision says.
  expect(loadBalancers).toMatchObject([{ targetGroupArn: blueGroup }]);
  const { targetServiceRevision, sourceServiceRevisions = [] } = await shop.deployment(arn);
  expect(
    await shop.call('DescribeServiceRevisions', {
      serviceRevisionArns: [targetServiceRevision?.arn, sourceServiceRevisions[0]?.arn],
    }),
  ).toMatchObject({
    serviceRevisions: [
      { resolvedConfiguration: { loadBalancers: [{ targetGroupArn: blueGroup }] } },
      { resolvedConfiguration: { loadBalancers: [{ targetGroupArn: greenGroup }] } },
    ],
  });
});

it('gives the traffic back to blue when a gate says so', async () => {
  await shop.open(blueGreen);
  const arn = await shop.release({ lifecycleHooks: [pause('POST_PRODUCTION_TRAFFIC_SHIFT')] });
  const { hookId } = await shop.gate(arn);
  expect(shop.production()).toEqual({ blue: 100, green: 0 });

  await shop.answer(arn, hookId, 'ROLLBACK');

  expect(await shop.ended(arn)).toMatchObject({
    status: 'ROLLBACK_SUCCESSFUL',
    targetServiceRevision: { runningTaskCount: 0, requestedProductionTrafficWeight: 0 },
    sourceServiceRevisions: [{ runningTaskCount: 1, requestedProductionTrafficWeight: 100 }],
  });
  expect(shop.production()).toEqual({ green: 100, blue: 0 });
  expect(shop.loadBalancing.targetHealth(blueGroup)).toHaveLength(0);
});
