import { jest } from '@jest/globals';
import type { EcsState } from '../model.ts';
import { blueGroup, greenGroup } from '../testing/load-balancing.ts';
import { openShop, pause, type Shop } from '../testing/shop.ts';

// Real processes on a machine that may be busy.
jest.setTimeout(60_000);

/** What the snapshot of a cloud that ends now would say. */
const saved = (shop: Shop): EcsState => JSON.parse(JSON.stringify(shop.ecs.save())) as EcsState;

it.each([
  ['PRE_SCALE_UP', 'CONTINUE', 'SUCCESSFUL'],
  ['POST_TEST_TRAFFIC_SHIFT', 'CONTINUE', 'SUCCESSFUL'],
  ['PRE_PRODUCTION_TRAFFIC_SHIFT', 'CONTINUE', 'SUCCESSFUL'],
  ['POST_PRODUCTION_TRAFFIC_SHIFT', 'CONTINUE', 'SUCCESSFUL'],
  ['POST_PRODUCTION_TRAFFIC_SHIFT', 'ROLLBACK', 'ROLLBACK_SUCCESSFUL'],
] as const)('goes on from %s when the cloud starts again: %s', async (stage, action, outcome) => {
  const before = await openShop();
  await before.open({ strategy: 'BLUE_GREEN' });
  const arn = await before.release({ lifecycleHooks: [pause(stage)] });
  const { hookId } = await before.gate(arn);
  const state = saved(before);
  await before.stop();

  // The targets of the tasks that are gone are still registered when the new cloud begins.
  const { loadBalancing } = before;
  loadBalancing.register(greenGroup, { id: 'i-0', port: 1 });
  const after = await openShop({ saved: state, loadBalancing });
  try {
    expect(await after.gate(arn)).toEqual({ hookId, stage });
    await after.answer(arn, hookId, action);

    expect(await after.ended(arn)).toMatchObject({ status: outcome });
    expect(after.production()).toEqual(
      action === 'CONTINUE' ? { blue: 100, green: 0 } : { green: 100, blue: 0 },
    );
    const [live, idle] = action === 'CONTINUE' ? [blueGroup, greenGroup] : [greenGroup, blueGroup];
    expect(loadBalancing.targetHealth(live)).toHaveLength(1);
    expect(loadBalancing.targetHealth(idle)).toEqual([]);
  } finally {
    await after.stop();
  }
});

it('goes on with what was left of a pause, although a fast clock starts again at the present', async () => {
  const before = await openShop();
  await before.open({ strategy: 'BLUE_GREEN' });
  const arn = await before.release({
    lifecycleHooks: [pause('PRE_SCALE_UP', { timeoutInMinutes: 30 })],
  });
  await before.gate(arn);
  const state = saved(before);
  await before.stop();
  const left = (state.services[0]?.deployments[0]?.shift?.hooks[0]?.expiresAt ?? 0) - state.savedAt;

  const after = await openShop({ saved: state });
  try {
    const { lifecycleHookDetails: [hook] = [] } = await after.deployment(arn);
    const again = Number(hook?.expiresAt) - after.ecs.save().savedAt;
    expect(left - again).toBeGreaterThanOrEqual(0);
    expect(left - again).toBeLessThan(30 * 60_000);
    expect(await after.ended(arn)).toMatchObject({ status: 'ROLLBACK_SUCCESSFUL' });
  } finally {
    await after.stop();
  }
});
