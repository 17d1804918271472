import fc from 'fast-check';
import { decide, rollbackGraceMs } from './decide.ts';
import type { Decision, Observed, Plan } from './decision.ts';

const deadline = 600_000;
const plan: Plan = {
  deadline,
  circuitBreaker: true,
  failuresAllowed: 3,
  rollback: { kind: 'not asked' },
  unchangedMs: 0,
  shift: undefined,
};

function observed(status: string, changes: Partial<Observed> = {}): Observed {
  return {
    deployment: { arn: 'arn:own', status, reason: undefined },
    isSuperseded: false,
    desired: 2,
    running: 1,
    pending: 1,
    failedTasks: 0,
    shift: undefined,
    ...changes,
  };
}

const because = (reason: string): Partial<Observed> => ({
  deployment: { arn: 'arn:own', status: 'ROLLBACK_FAILED', reason },
});

describe('what to do next about a rolling deployment', () => {
  it.each<[string, Observed, Plan, number, Decision]>([
    [
      'a successful one is finished',
      observed('SUCCESSFUL'),
      plan,
      0,
      { kind: 'finish', outcome: { state: 'successful' } },
    ],
    [
      'one that rolled back is a failure with ECS’s reason',
      observed('ROLLBACK_SUCCESSFUL'),
      plan,
      0,
      {
        kind: 'finish',
        outcome: { state: 'rolled-back', why: 'ECS says ROLLBACK_SUCCESSFUL', blame: 'circumstances' },
      },
    ],
    [
      'one that could not roll back has failed',
      observed('ROLLBACK_FAILED', because('No rollback candidate was found')),
      plan,
      0,
      {
        kind: 'finish',
        outcome: { state: 'failed', why: 'No rollback candidate was found', blame: 'circumstances' },
      },
    ],
    [
      'one that was stopped has failed',
      observed('STOPPED'),
      plan,
      0,
      { kind: 'finish', outcome: { state: 'failed', why: 'ECS says STOPPED', blame: 'circumstances' } },
    ],
    [
      'one that was stopped for a newer one is superseded, and no failure',
      observed('STOPPED', { isSuperseded: true }),
      plan,
      0,
      { kind: 'finish', outcome: { state: 'superseded' } },
    ],
    [
      'one in progress behind a newer one is superseded',
      observed('IN_PROGRESS', { isSuperseded: true }),
      plan,
      0,
      { kind: 'finish', outcome: { state: 'superseded' } },
    ],
    [
      'one that failed is no less a failure for a newer one',
      observed('ROLLBACK_SUCCESSFUL', { isSuperseded: true }),
      plan,
      0,
      {
        kind: 'finish',
        outcome: { state: 'rolled-back', why: 'ECS says ROLLBACK_SUCCESSFUL', blame: 'circumstances' },
      },
    ],
    [
      'one in progress is waited for',
      observed('IN_PROGRESS'),
      plan,
      deadline,
      { kind: 'wait', ms: 1_000, state: 'IN_PROGRESS: 1 of 2 tasks of the new version run, 1 are starting' },
    ],
    [
      'one that has not begun is waited for',
      observed('PENDING', { running: 0, pending: 0 }),
      plan,
      0,
      { kind: 'wait', ms: 1_000, state: 'PENDING: 0 of 2 tasks of the new version run, 0 are starting' },
    ],
    [
      'one that was asked to stop is waited for',
      observed('STOP_REQUESTED'),
      plan,
      0,
      { kind: 'wait', ms: 1_000, state: 'rolling back: ECS says STOP_REQUESTED' },
    ],
    [
      'one that was asked to roll back is waited for',
      observed('ROLLBACK_REQUESTED'),
      plan,
      0,
      { kind: 'wait', ms: 1_000, state: 'rolling back: ECS says ROLLBACK_REQUESTED' },
    ],
    [
      'a status that nobody knew is one in progress',
      observed('BAKING_BREAD'),
      plan,
      0,
      { kind: 'wait', ms: 1_000, state: 'BAKING_BREAD: 1 of 2 tasks of the new version run, 1 are starting' },
    ],
    [
      'one that does not end in time is rolled back',
      observed('IN_PROGRESS'),
      plan,
      deadline + 1,
      { kind: 'stop', why: 'it did not finish in time', blame: 'circumstances' },
    ],
    [
      'failing tasks are left to the circuit breaker',
      observed('IN_PROGRESS', { failedTasks: 99 }),
      plan,
      0,
      {
        kind: 'wait',
        ms: 1_000,
        state: 'IN_PROGRESS: 1 of 2 tasks of the new version run, 1 are starting, 99 failed',
      },
    ],
    [
      'failing tasks are given up where there is no circuit breaker',
      observed('IN_PROGRESS', { failedTasks: 3 }),
      { ...plan, circuitBreaker: false },
      0,
      { kind: 'stop', why: '3 tasks in a row failed', blame: 'release' },
    ],
    [
      'fewer failing tasks than are allowed are waited for',
      observed('IN_PROGRESS', { failedTasks: 2 }),
      { ...plan, circuitBreaker: false },
      0,
      {
        kind: 'wait',
        ms: 1_000,
        state: 'IN_PROGRESS: 1 of 2 tasks of the new version run, 1 are starting, 2 failed',
      },
    ],
    [
      'a rollback that was asked for, and never begins, is reported',
      observed('IN_PROGRESS'),
      { ...plan, rollback: { kind: 'asked' } },
      deadline + rollbackGraceMs + 1,
      {
        kind: 'finish',
        outcome: { state: 'unknown', why: 'the rollback was asked for, and has not begun' },
      },
    ],
    [
      'a rollback that was asked for is waited for',
      observed('IN_PROGRESS'),
      { ...plan, rollback: { kind: 'asked' } },
      deadline + 1,
      { kind: 'wait', ms: 1_000, state: 'waiting for the rollback to begin' },
    ],
    [
      'a rollback that was refused is asked for again',
      observed('IN_PROGRESS'),
      { ...plan, rollback: { kind: 'refused', why: 'busy', times: 2 } },
      deadline + 1,
      { kind: 'stop', why: 'it did not finish in time', blame: 'circumstances' },
    ],
    [
      'a rollback that is refused again and again is reported',
      observed('IN_PROGRESS'),
      { ...plan, rollback: { kind: 'refused', why: 'busy', times: 3 } },
      deadline + 1,
      {
        kind: 'finish',
        outcome: { state: 'unknown', why: 'it did not finish in time, and ECS refused the rollback: busy' },
      },
    ],
    [
      'a rollback under way gets its time',
      observed('ROLLBACK_IN_PROGRESS'),
      plan,
      deadline + rollbackGraceMs,
      { kind: 'wait', ms: 1_000, state: 'rolling back: ECS says ROLLBACK_IN_PROGRESS' },
    ],
    [
      'a rollback that does not end is reported',
      observed('ROLLBACK_IN_PROGRESS'),
      plan,
      deadline + rollbackGraceMs + 1,
      { kind: 'finish', outcome: { state: 'unknown', why: 'ECS still says ROLLBACK_IN_PROGRESS' } },
    ],
    [
      'one whose tasks are all up is looked at twice as often',
      observed('IN_PROGRESS', { running: 2, pending: 0 }),
      plan,
      0,
      { kind: 'wait', ms: 500, state: 'IN_PROGRESS: 2 of 2 tasks of the new version run, 0 are starting' },
    ],
    [
      'where nothing changes for five minutes it is looked at every five seconds',
      observed('IN_PROGRESS'),
      { ...plan, unchangedMs: 300_000 },
      0,
      { kind: 'wait', ms: 5_000, state: 'IN_PROGRESS: 1 of 2 tasks of the new version run, 1 are starting' },
    ],
  ])('%s', (_name, seen, planned, now, expected) => {
    expect(decide(seen, planned, now)).toEqual(expected);
  });
});

const statuses = [
  'PENDING',
  'IN_PROGRESS',
  'SUCCESSFUL',
  'STOP_REQUESTED',
  'STOPPED',
  'ROLLBACK_REQUESTED',
  'ROLLBACK_IN_PROGRESS',
  'ROLLBACK_SUCCESSFUL',
  'ROLLBACK_FAILED',
];
const anyObserved = fc.record({
  deployment: fc.record({
    arn: fc.constant('arn:own'),
    status: fc.oneof(fc.constantFrom(...statuses), fc.string()),
    reason: fc.option(fc.string(), { nil: undefined }),
  }),
  isSuperseded: fc.boolean(),
  desired: fc.nat(1000),
  running: fc.nat(1000),
  pending: fc.nat(1000),
  failedTasks: fc.nat(1000),
  shift: fc.constant(undefined),
});
const anyPlan = fc.record({
  deadline: fc.nat(7_200_000),
  circuitBreaker: fc.boolean(),
  failuresAllowed: fc.integer({ min: 1, max: 200 }),
  rollback: fc.oneof(
    fc.constant({ kind: 'not asked' as const }),
    fc.constant({ kind: 'asked' as const }),
    fc.record({
      kind: fc.constant('refused' as const),
      why: fc.string(),
      times: fc.integer({ min: 1, max: 9 }),
    }),
  ),
  unchangedMs: fc.nat(7_200_000),
  shift: fc.constant(undefined),
});
const anyTime = fc.nat(10_000_000);

describe('whatever is seen of a rolling deployment', () => {
  it('only ECS’s own word makes a success', () => {
    fc.assert(
      fc.property(anyObserved, anyPlan, anyTime, (seen, planned, now) => {
        const decision = decide(seen, planned, now);
        const isSuccess = decision.kind === 'finish' && decision.outcome.state === 'successful';
        expect(isSuccess).toBe(seen.deployment.status === 'SUCCESSFUL');
      }),
    );
  });

  it('nothing is rolled back that is over, superseded, in time and without failures, or rolling back already', () => {
    fc.assert(
      fc.property(anyObserved, anyPlan, anyTime, (seen, planned, now) => {
        if (decide(seen, planned, now).kind !== 'stop') return;
        expect(seen.isSuperseded).toBe(false);
        expect(seen.deployment.status).not.toMatch(/^(SUCCESSFUL|STOP|STOPPED|ROLLBACK_)/);
        expect(planned.rollback.kind).not.toBe('asked');
        const isLate = now > planned.deadline;
        expect(isLate || (!planned.circuitBreaker && seen.failedTasks >= planned.failuresAllowed)).toBe(true);
      }),
    );
  });

  it('a wait is of half a second to ten seconds, and says for what', () => {
    fc.assert(
      fc.property(anyObserved, anyPlan, anyTime, (seen, planned, now) => {
        const decision = decide(seen, planned, now);
        if (decision.kind !== 'wait') return;
        expect(decision.ms).toBeGreaterThanOrEqual(500);
        expect(decision.ms).toBeLessThanOrEqual(10_000);
        expect(decision.state).not.toBe('');
      }),
    );
  });

  it('it ends: whatever ECS shows and refuses, soon after the deadline and the time for a rollback', () => {
    fc.assert(
      fc.property(
        fc.infiniteStream(anyObserved),
        fc.infiniteStream(fc.boolean()),
        fc.boolean(),
        (sights, refusals, circuitBreaker) => {
          let now = 0;
          let rollback: Plan['rollback'] = { kind: 'not asked' };
          for (;;) {
            const [seen] = sights.take(1);
            if (seen === undefined) throw new Error('The stream ended.');
            const decision = decide(seen, { ...plan, circuitBreaker, rollback }, now);
            if (decision.kind === 'finish') return;
            expect(now).toBeLessThanOrEqual(deadline + rollbackGraceMs + 10_000);
            if (decision.kind === 'stop') {
              rollback = !refusals.next().value
                ? { kind: 'asked' }
                : { kind: 'refused', why: 'no', times: rollback.kind === 'refused' ? rollback.times + 1 : 1 };
              now += 1_000;
            } else {
              now += 30_000;
            }
          }
        },
      ),
    );
  });
});
