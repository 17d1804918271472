import type { Shift } from '../ecs/index.ts';
import { reasonToHold } from './running.ts';

const shift = (
  green: number,
  healthy: { green: number; blue: number },
  change: Partial<Shift> = {},
): Shift => ({
  stage: 'PRODUCTION_TRAFFIC_SHIFT',
  gate: undefined,
  live: { green, blue: 100 - green, others: 0 },
  requested: green,
  healthy,
  hasBlue: true,
  time: 0,
  startedAt: 0,
  stepBakeMs: 0,
  ...change,
});

describe('going back', () => {
  it.each([
    ['while blue is whole', shift(50, { green: 2, blue: 2 })],
    ['before green has any traffic, whatever became of blue', shift(0, { green: 2, blue: 0 })],
    [
      'from the first deployment, which has nothing before it',
      shift(100, { green: 1, blue: 0 }, { hasBlue: false }),
    ],
    ['to a blue that is no worse than green', shift(50, { green: 1, blue: 1 })],
  ])('is right %s', (_, seen) => {
    expect(reasonToHold(seen, 2)).toBeUndefined();
  });

  it.each([
    ['blue has no healthy target', shift(10, { green: 2, blue: 0 })],
    ['blue has fewer than it should, and than green', shift(100, { green: 2, blue: 1 })],
    [
      'the weights cannot be told, and ECS means green to have some',
      shift(0, { green: 2, blue: 0 }, { live: undefined, requested: 50 }),
    ],
  ])('is held when %s', (_, seen) => {
    expect(reasonToHold(seen, 2)).toContain(`blue has ${seen.healthy.blue} healthy targets of 2`);
  });
});
