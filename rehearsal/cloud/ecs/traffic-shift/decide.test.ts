import {
  decideShift,
  wantedTasks,
  type HookState,
  type ObservedShift,
  type ShiftAction,
  type ShiftState,
} from './decide.ts';
import type { LifecycleStage, ShiftPlan } from './plan.ts';

const now = 1_000_000;
const minute = 60_000;

/** Given a deployment of two tasks a side that has just entered a stage, with both sides healthy. */
function given(
  stage: LifecycleStage,
  state: Partial<ShiftState> = {},
  rest: Partial<ObservedShift> = {},
  plan: Partial<ShiftPlan> = {},
): ObservedShift {
  return {
    now,
    plan: { steps: [10, 100], stepBakeMs: 5 * minute, bakeMs: 10 * minute, pauses: [], ...plan },
    pace: { dwellMs: 100, settleMs: 2000 },
    state: {
      stage,
      enteredAt: now - 100,
      stepsDone: 0,
      productionPercent: 0,
      testPercent: 0,
      weightsAt: undefined,
      hooks: [],
      ...state,
    },
    desiredCount: 2,
    green: { healthy: 2, present: 2 },
    blue: { healthy: 2, present: 2 },
    strays: 0,
    hasTestRule: true,
    ...rest,
  };
}

const enter = (stage: LifecycleStage, stepsDone = 0): ShiftAction => ({ kind: 'enter', stage, stepsDone });
const wait = (until: number): ShiftAction => ({ kind: 'wait', until });
const aDay = 24 * 60 * minute;
const noneHealthy = { green: { healthy: 0, present: 2 } };
const oneHealthy = { green: { healthy: 1, present: 2 } };

describe('what follows from a stage', () => {
  it.each<[string, ObservedShift, ShiftAction]>([
    ['every stage can be seen', given('PRE_SCALE_UP', { enteredAt: now - 99 }), wait(now + 1)],
    ['nothing to reconcile', given('RECONCILE_SERVICE'), enter('PRE_SCALE_UP')],
    [
      'a deployment that was replaced has left tasks',
      given('RECONCILE_SERVICE', {}, { strays: 1 }),
      { kind: 'shift', productionPercent: 0, testPercent: 0 },
    ],
    [
      'tasks left, and blue not able to take the traffic',
      given('RECONCILE_SERVICE', {}, { strays: 1, blue: { healthy: 1, present: 1 } }),
      wait(now - 100 + aDay),
    ],
    [
      'tasks left without traffic',
      given('RECONCILE_SERVICE', { weightsAt: now - 500 }, { strays: 1 }),
      wait(now + 1500),
    ],
    ['before green', given('PRE_SCALE_UP'), enter('SCALE_UP')],
    ['green not all healthy', given('SCALE_UP', {}, oneHealthy), wait(now - 100 + aDay)],
    ['green healthy', given('SCALE_UP'), enter('POST_SCALE_UP')],
    [
      'green not healthy within a day',
      given('SCALE_UP', { enteredAt: now - aDay }, noneHealthy),
      { kind: 'roll-back', because: { kind: 'stage-timed-out', stage: 'SCALE_UP' } },
    ],
    ['green up', given('POST_SCALE_UP'), enter('TEST_TRAFFIC_SHIFT')],
    ['the test rule', given('TEST_TRAFFIC_SHIFT'), { kind: 'shift', productionPercent: 0, testPercent: 100 }],
    [
      'green has died before the test rule',
      given('TEST_TRAFFIC_SHIFT', {}, oneHealthy),
      wait(now - 100 + aDay),
    ],
    [
      'no test rule',
      given('TEST_TRAFFIC_SHIFT', {}, { hasTestRule: false }),
      enter('POST_TEST_TRAFFIC_SHIFT'),
    ],
    [
      'test traffic shifted',
      given('TEST_TRAFFIC_SHIFT', { testPercent: 100 }),
      enter('POST_TEST_TRAFFIC_SHIFT'),
    ],
    [
      'test traffic on its way to the data plane',
      given('TEST_TRAFFIC_SHIFT', { testPercent: 100, weightsAt: now - 500 }),
      wait(now + 1500),
    ],
    ['tested', given('POST_TEST_TRAFFIC_SHIFT'), enter('PRE_PRODUCTION_TRAFFIC_SHIFT')],
    ['before a step', given('PRE_PRODUCTION_TRAFFIC_SHIFT'), enter('PRODUCTION_TRAFFIC_SHIFT')],
    [
      'the first step',
      given('PRODUCTION_TRAFFIC_SHIFT', { testPercent: 100 }),
      { kind: 'shift', productionPercent: 10, testPercent: 100 },
    ],
    ['a step onto too few tasks', given('PRODUCTION_TRAFFIC_SHIFT', {}, oneHealthy), wait(now - 100 + aDay)],
    [
      'the bake of a step',
      given('PRODUCTION_TRAFFIC_SHIFT', { productionPercent: 10, weightsAt: now - minute }),
      wait(now + 4 * minute),
    ],
    [
      'a step baked',
      given('PRODUCTION_TRAFFIC_SHIFT', { productionPercent: 10, weightsAt: now - 5 * minute }),
      enter('PRE_PRODUCTION_TRAFFIC_SHIFT', 1),
    ],
    [
      'the last step',
      given('PRODUCTION_TRAFFIC_SHIFT', { stepsDone: 1, productionPercent: 10, testPercent: 100 }),
      { kind: 'shift', productionPercent: 100, testPercent: 100 },
    ],
    [
      'the last step on its way to the data plane',
      given('PRODUCTION_TRAFFIC_SHIFT', { stepsDone: 1, productionPercent: 100, weightsAt: now }),
      wait(now + 2000),
    ],
    [
      'no bake of its own after the last step',
      given('PRODUCTION_TRAFFIC_SHIFT', { stepsDone: 1, productionPercent: 100, weightsAt: now - 2000 }),
      enter('POST_PRODUCTION_TRAFFIC_SHIFT', 1),
    ],
    ['shifted', given('POST_PRODUCTION_TRAFFIC_SHIFT'), enter('BAKE_TIME')],
    ['the bake', given('BAKE_TIME'), wait(now - 100 + 10 * minute)],
    ['baked', given('BAKE_TIME', { enteredAt: now - 10 * minute }), enter('CLEAN_UP')],
    ['blue still there', given('CLEAN_UP', { weightsAt: now - 500 }), wait(now + 1500)],
    ['blue gone', given('CLEAN_UP', {}, { blue: { healthy: 0, present: 0 } }), { kind: 'succeed' }],
    [
      'green not whole at the end',
      given('CLEAN_UP', {}, { blue: undefined, ...oneHealthy }),
      wait(now - 100 + aDay),
    ],
    ['no blue', given('CLEAN_UP', {}, { blue: undefined }), { kind: 'succeed' }],
  ])('%s', (_, observed, action) => {
    expect(decideShift(observed)).toEqual(action);
  });
});

describe('hooks', () => {
  const pauses = [
    { stage: 'PRE_PRODUCTION_TRAFFIC_SHIFT', timeoutMs: 30 * minute, timeoutAction: 'ROLLBACK' },
  ] as const;
  const hook = (fields: Partial<HookState> = {}): HookState => ({
    hookId: 'ecs-pause-1',
    stage: 'PRE_PRODUCTION_TRAFFIC_SHIFT',
    step: 0,
    status: 'AWAITING_ACTION',
    expiresAt: now + minute,
    timeoutAction: 'ROLLBACK',
    ...fields,
  });
  const at = (hooks: HookState[], stepsDone = 0): ObservedShift =>
    given('PRE_PRODUCTION_TRAFFIC_SHIFT', { hooks, stepsDone }, {}, { pauses });

  it.each<[string, ObservedShift, ShiftAction]>([
    ['fires when its stage is entered', at([]), { kind: 'pause', pauses }],
    ['fires at its stage only', given('POST_SCALE_UP', {}, {}, { pauses }), enter('TEST_TRAFFIC_SHIFT')],
    ['fires again before the next step', at([hook({ status: 'SUCCEEDED' })], 1), { kind: 'pause', pauses }],
    ['is waited for', at([hook()]), wait(now + minute)],
    ['continues', at([hook({ status: 'SUCCEEDED' })]), enter('PRODUCTION_TRAFFIC_SHIFT')],
    [
      'rolls back',
      at([hook({ status: 'FAILED' })]),
      { kind: 'roll-back', because: { kind: 'hook-answered', stage: 'PRE_PRODUCTION_TRAFFIC_SHIFT' } },
    ],
    ['times out', at([hook({ expiresAt: now })]), { kind: 'time-out', hookId: 'ecs-pause-1' }],
    [
      'rolls back when it has timed out',
      at([hook({ status: 'TIMED_OUT' })]),
      { kind: 'roll-back', because: { kind: 'hook-timed-out', stage: 'PRE_PRODUCTION_TRAFFIC_SHIFT' } },
    ],
    [
      'continues when it has timed out, where it is told to',
      at([hook({ status: 'TIMED_OUT', timeoutAction: 'CONTINUE' })]),
      enter('PRODUCTION_TRAFFIC_SHIFT'),
    ],
  ])('%s', (_, observed, action) => {
    expect(decideShift(observed)).toEqual(action);
  });
});

describe('the tasks of either side', () => {
  it.each<[string, ObservedShift, ReturnType<typeof wantedTasks>]>([
    ['green is not started early', given('PRE_SCALE_UP'), { green: 0, blue: 2, strays: 'removed' }],
    ['green comes up', given('SCALE_UP'), { green: 2, blue: 2, strays: 'removed' }],
    ['blue stays through the bake', given('BAKE_TIME'), { green: 2, blue: 2, strays: 'removed' }],
    [
      'blue stays until the data plane has the weights',
      given('CLEAN_UP', { weightsAt: now - 1999 }),
      { green: 2, blue: 2, strays: 'removed' },
    ],
    ['then it goes', given('CLEAN_UP', { weightsAt: now - 2000 }), { green: 2, blue: 0, strays: 'removed' }],
    [
      'what a replaced deployment has left keeps its tasks while it has traffic',
      given('RECONCILE_SERVICE', {}, { strays: 1 }),
      { green: 0, blue: 2, strays: 'kept' },
    ],
    [
      'and loses them after that',
      given('RECONCILE_SERVICE', { weightsAt: now - 2000 }, { strays: 1 }),
      { green: 0, blue: 2, strays: 'removed' },
    ],
  ])('%s', (_, observed, wanted) => {
    expect(wantedTasks(observed)).toEqual(wanted);
  });
});
