import type { Shift } from './shift.ts';
import { splitTimesOf } from './split-times.ts';

const minute = 60_000;
const steps = [0, 10, 20, 100];
/** A deployment that began at 0 and stays five minutes at each step. */
const shiftOf = (green: number, changes: Partial<Shift> = {}): Shift => ({
  stage: 'PRODUCTION_TRAFFIC_SHIFT',
  gate: undefined,
  live: { green, blue: 100 - green, others: 0 },
  requested: green,
  healthy: { green: 2, blue: 2 },
  hasBlue: true,
  time: 60 * minute,
  startedAt: 0,
  stepBakeMs: 5 * minute,
  ...changes,
});
const openedAt = (minutes: number) => ({
  hookId: 'hook',
  openedAt: minutes * minute,
  expiresAt: (minutes + 30) * minute,
});
const atStep = { stage: 'PRE_PRODUCTION_TRAFFIC_SHIFT', gate: openedAt(30) };
const atEnd = { stage: 'POST_PRODUCTION_TRAFFIC_SHIFT', gate: openedAt(40) };
const paused = (at: number, latest: number, wasLookedAt: boolean) => ({
  at: at * minute,
  latest: latest * minute,
  wasLookedAt,
});

describe('when the split that is live began', () => {
  it.each([
    ['the first step: after the deployment began', shiftOf(10), 0, undefined],
    ['the second: after the first has baked', shiftOf(20), 5, undefined],
    ['all: after both have', shiftOf(100, { stage: 'BAKE_TIME' }), 10, undefined],
    [
      'a pause for the next step: before this one began to bake',
      shiftOf(10, atStep),
      0,
      paused(30, 25, true),
    ],
    ['the last pause: all traffic is on green already', shiftOf(100, atEnd), 40, paused(40, 40, false)],
    ['the first pause: there is nothing to look at yet', shiftOf(0, atStep), 0, paused(30, 25, true)],
    [
      'weights that are not ECS’s: its times are not theirs',
      shiftOf(0, { ...atStep, requested: 10 }),
      0,
      undefined,
    ],
    ['weights of no step', shiftOf(33), 0, undefined],
    ['without an old version there are no steps', shiftOf(100, { hasBlue: false }), 0, undefined],
    [
      'a pause whose length ECS does not tell',
      shiftOf(20, { ...atStep, gate: { ...openedAt(30), openedAt: undefined } }),
      5,
      undefined,
    ],
    [
      'the pause on the test listener',
      shiftOf(0, { stage: 'POST_TEST_TRAFFIC_SHIFT', gate: openedAt(3) }),
      0,
      undefined,
    ],
  ] as const)('%s', (_, shift, earliest, pause) => {
    expect(splitTimesOf(shift, steps)).toEqual({ earliest: earliest * minute, pause });
  });
});
