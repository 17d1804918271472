import fc from 'fast-check';
import { decide, rollbackGraceMs } from './decide.ts';
import type { Decision, Observed, Plan, ShiftPlan } from './decision.ts';
import { canTakeBack, isEdited, type Shift } from './shift.ts';

const deadline = 600_000;
const expiresAt = 10_000_000;
const gateMarginMs = 100_000;
const steps = [0, 10, 50, 100];

const shiftOf = (changes: Partial<Shift> = {}): Shift => ({
  stage: 'PRODUCTION_TRAFFIC_SHIFT',
  gate: undefined,
  live: { green: 10, blue: 90, others: 0 },
  requested: 10,
  healthy: { green: 2, blue: 2 },
  hasBlue: true,
  time: 5_000_000,
  startedAt: 4_000_000,
  stepBakeMs: 300_000,
  ...changes,
});
const seen = (shift: Partial<Shift> = {}, changes: Partial<Observed> = {}): Observed => ({
  deployment: { arn: 'arn:own', status: 'IN_PROGRESS', reason: undefined },
  isSuperseded: false,
  desired: 2,
  running: 2,
  pending: 0,
  failedTasks: 0,
  shift: shiftOf(shift),
  ...changes,
});
const planOf = (shift: Partial<ShiftPlan> = {}, changes: Partial<Plan> = {}): Plan => ({
  deadline,
  circuitBreaker: false,
  failuresAllowed: 3,
  rollback: { kind: 'not asked' },
  unchangedMs: 0,
  shift: {
    until: 'switched',
    answers: ['beforeTraffic', 'eachStep'],
    steps,
    gateMarginMs,
    ruling: undefined,
    wasEdited: false,
    ...shift,
  },
  ...changes,
});

const gate = { hookId: 'hook-1', openedAt: expiresAt - 1_200_000, expiresAt };
const atStep: Partial<Shift> = { stage: 'PRE_PRODUCTION_TRAFFIC_SHIFT', gate };
const pass = { outcome: 'pass', why: 'as good as blue' } as const;
const fail = { outcome: 'fail', why: 'green answers 2 % with 5xx' } as const;
const unsure = { outcome: 'inconclusive', why: 'too few requests' } as const;
const held = { outcome: 'held', why: 'both are broken' } as const;
const lost = { green: 2, blue: 0 };
const edited = { green: 33, blue: 67, others: 0 };
const late = expiresAt - gateMarginMs;
const onGreen: Partial<Shift> = {
  live: { green: 100, blue: 0, others: 0 },
  requested: 100,
  stage: 'POST_PRODUCTION_TRAFFIC_SHIFT',
};

/** What is decided, in short. */
function short(decision: Decision): string {
  switch (decision.kind) {
    case 'wait':
      return `wait: ${decision.state}`;
    case 'answer':
      return `${decision.action} ${decision.hookId} (${decision.blame}): ${decision.why}`;
    case 'stop':
      return `stop (${decision.blame}): ${decision.why}`;
    case 'finish': {
      const { outcome } = decision;
      return `finish ${outcome.state}: ${'what' in outcome ? outcome.what : 'why' in outcome ? outcome.why : ''}`;
    }
  }
}

describe('what to do next about a deployment that shifts traffic', () => {
  it.each<[string, Observed, Plan, string]>([
    [
      'a pass opens the gate',
      seen(atStep),
      planOf({ ruling: pass }),
      'CONTINUE hook-1 (circumstances): as good as blue',
    ],
    [
      'a pass does not, while green lacks a healthy target',
      seen({ ...atStep, healthy: { green: 1, blue: 2 } }),
      planOf({ ruling: pass }),
      'wait: waiting at eachStep: green has 1 healthy targets, and needs 2',
    ],
    [
      'a pass does not, while it is not known where the traffic goes',
      seen({ ...atStep, live: undefined }),
      planOf({ ruling: pass }),
      'wait: waiting at eachStep: it is not known what the production rule does',
    ],
    [
      'a pass does not, while green has none of the traffic that it is to be judged by',
      seen({ ...atStep, live: { green: 0, blue: 100, others: 0 } }),
      planOf({ ruling: pass }),
      'wait: waiting at eachStep: the production rule has 0 % green, 100 % blue',
    ],
    [
      'a gate that nobody has looked at stays shut',
      seen(atStep),
      planOf(),
      'wait: waiting at eachStep: nothing has been looked at yet',
    ],
    [
      'a fail goes back at the gate',
      seen(atStep),
      planOf({ ruling: fail }),
      'ROLLBACK hook-1 (release): green answers 2 % with 5xx',
    ],
    [
      'a fail goes back between gates',
      seen(),
      planOf({ ruling: fail }),
      'stop (release): green answers 2 % with 5xx',
    ],
    [
      'a fail that is not its own goes back as well, and is not held against it',
      seen(atStep),
      planOf({
        ruling: { outcome: 'fail', why: 'nothing answers at the test listener', blame: 'circumstances' },
      }),
      'ROLLBACK hook-1 (circumstances): nothing answers at the test listener',
    ],
    [
      'no verdict waits',
      seen(atStep),
      planOf({ ruling: unsure }),
      'wait: waiting at eachStep: too few requests',
    ],
    [
      'no verdict goes back when the gate’s time is nearly up',
      seen({ ...atStep, time: late }),
      planOf({ ruling: unsure }),
      'ROLLBACK hook-1 (circumstances): the gate’s time is up, and too few requests',
    ],
    [
      'both sides bad is held, and not blamed on green',
      seen(atStep),
      planOf({ ruling: held }),
      'wait: held at eachStep: both are broken',
    ],
    [
      'both sides bad goes back with the gate’s time, and is still not blamed on green',
      seen({ ...atStep, time: late }),
      planOf({ ruling: held }),
      'ROLLBACK hook-1 (circumstances): the gate’s time is up, and both are broken',
    ],
    [
      'a gate of another step is left alone',
      seen({ ...onGreen, gate }),
      planOf({ until: 'done', answers: ['eachStep'], ruling: pass }),
      'wait: ECS waits at POST_PRODUCTION_TRAFFIC_SHIFT for an answer that is not this step’s to give',
    ],
    [
      'a pause at a stage that nobody knew is left alone',
      seen({ stage: 'PRE_BREAD', gate }),
      planOf({ ruling: pass }),
      'wait: ECS waits at PRE_BREAD for an answer that is not this step’s to give',
    ],
    [
      'ready is the first gate',
      seen({
        stage: 'POST_TEST_TRAFFIC_SHIFT',
        gate,
        requested: 0,
        live: { green: 0, blue: 100, others: 0 },
      }),
      planOf({ until: 'ready', answers: [] }),
      'finish ready: ECS waits at POST_TEST_TRAFFIC_SHIFT',
    ],
    [
      'ready is all traffic on green where there is no gate',
      seen({ ...onGreen, stage: 'BAKE_TIME' }),
      planOf({ until: 'ready', answers: [] }),
      'finish ready: all traffic is on green',
    ],
    [
      'switched is all traffic on green',
      seen({ ...onGreen, gate }),
      planOf(),
      'finish switched: all traffic is on green',
    ],
    [
      'switched is not what ECS asks for, but what the rule does',
      seen({ ...onGreen, live: { green: 50, blue: 50, others: 0 } }),
      planOf({ wasEdited: false }),
      'wait: POST_PRODUCTION_TRAFFIC_SHIFT; 50 % green, 50 % blue',
    ],
    [
      'weights by somebody else’s hand freeze everything',
      seen({ ...atStep, live: edited }),
      planOf({ ruling: pass, wasEdited: true }),
      'wait: frozen: the weights of the production rule are not ECS’s: 33 % green, 67 % blue, where ECS has put 10 % on green; put them back, or roll back',
    ],
    [
      'a look that falls between two writes of ECS does not',
      seen({ live: edited }),
      planOf(),
      'wait: PRODUCTION_TRAFFIC_SHIFT; 33 % green, 67 % blue',
    ],
    [
      'a gate stays shut at the first such look already',
      seen({ ...atStep, live: edited }),
      planOf({ ruling: pass }),
      'wait: waiting at eachStep: the production rule has 33 % green, 67 % blue',
    ],
    [
      'green that has lost its targets goes back at once',
      seen({ live: { green: 50, blue: 50, others: 0 }, requested: 50, healthy: { green: 0, blue: 2 } }),
      planOf(),
      'stop (release): green has 0 healthy targets of 2, with 50 % of the traffic',
    ],
    [
      'green without targets and without traffic is waited for',
      seen({
        stage: 'SCALE_UP',
        live: { green: 0, blue: 100, others: 0 },
        requested: 0,
        healthy: { green: 0, blue: 2 },
      }),
      planOf(),
      'wait: SCALE_UP: 2 of 2 tasks of the new version run, 0 are starting; 0 % green, 100 % blue',
    ],
    [
      'it does not go back onto a blue that cannot serve',
      seen({ ...atStep, healthy: lost }),
      planOf({ ruling: fail }),
      'wait: held: green answers 2 % with 5xx; and blue cannot take the traffic back: it has 0 healthy targets of 2',
    ],
    [
      'it goes back to such a blue where green never had traffic',
      seen({
        stage: 'POST_TEST_TRAFFIC_SHIFT',
        gate,
        requested: 0,
        live: { green: 0, blue: 100, others: 0 },
        healthy: lost,
      }),
      planOf({ ruling: fail }),
      'ROLLBACK hook-1 (release): green answers 2 % with 5xx',
    ],
    [
      'crashing tasks are given up: the circuit breaker is for rolling deployments',
      seen({ stage: 'SCALE_UP', requested: 0, live: { green: 0, blue: 100, others: 0 } }, { failedTasks: 3 }),
      planOf(),
      'stop (release): 3 tasks in a row failed',
    ],
    [
      'the first deployment has nobody to go back to, and is ended all the same',
      seen({ ...onGreen, hasBlue: false, healthy: { green: 2, blue: 0 }, gate }),
      planOf({ until: 'done', answers: ['afterTraffic'], ruling: fail }),
      'ROLLBACK hook-1 (release): green answers 2 % with 5xx',
    ],
  ])('%s', (_name, observed, plan, expected) => {
    expect(short(decide(observed, plan, 0))).toBe(expected);
  });

  it('asks for the rollback when its time is up, and holds where blue cannot serve until that is over as well', () => {
    expect(short(decide(seen(), planOf(), deadline + 1))).toBe(
      'stop (circumstances): it did not finish in time',
    );
    const broken = seen({ healthy: lost });
    expect(short(decide(broken, planOf(), deadline + 1))).toMatch(/^wait: held: it did not finish in time/);
    expect(short(decide(broken, planOf(), deadline + rollbackGraceMs + 1))).toMatch(/^finish held: /);
  });
});

const percent = fc.constantFrom(0, 10, 33, 50, 100);
const anyShift: fc.Arbitrary<Shift> = fc.record({
  stage: fc.constantFrom(
    undefined,
    'SCALE_UP',
    'POST_TEST_TRAFFIC_SHIFT',
    'PRE_PRODUCTION_TRAFFIC_SHIFT',
    'PRODUCTION_TRAFFIC_SHIFT',
    'POST_PRODUCTION_TRAFFIC_SHIFT',
    'BAKE_TIME',
    'CLEAN_UP',
    'NOT_KNOWN',
  ),
  gate: fc.constantFrom(undefined, gate),
  live: fc.option(
    percent.chain((green) =>
      fc.constantFrom({ green, blue: 100 - green, others: 0 }, { green, blue: 0, others: 100 - green }),
    ),
    { nil: undefined },
  ),
  requested: fc.constantFrom(...steps),
  healthy: fc.record({ green: fc.nat(4), blue: fc.nat(4) }),
  hasBlue: fc.boolean(),
  time: fc.nat(expiresAt + 1_000_000),
  startedAt: fc.constant(0),
  stepBakeMs: fc.constant(300_000),
});
const anySight = fc.record({
  shift: anyShift,
  desired: fc.nat(4),
  failedTasks: fc.nat(5),
  status: fc.constantFrom('PENDING', 'IN_PROGRESS', 'ROLLBACK_IN_PROGRESS', 'SUCCESSFUL', 'SOMETHING_NEW'),
  isSuperseded: fc.boolean(),
});
const anyPlan = fc.record({
  until: fc.constantFrom('ready' as const, 'switched' as const, 'done' as const),
  answers: fc.subarray(['beforeTraffic', 'eachStep', 'afterTraffic'] as const),
  ruling: fc.constantFrom(undefined, pass, fail, unsure, held),
  wasEdited: fc.boolean(),
});
const cases = fc.record({ sight: anySight, plan: anyPlan, now: fc.nat(deadline * 3) });

const decideOf = ({ sight, plan, now }: typeof cases extends fc.Arbitrary<infer T> ? T : never) => {
  const { shift, desired, failedTasks, status, isSuperseded } = sight;
  const observed = seen(shift, {
    desired,
    failedTasks,
    isSuperseded,
    deployment: { arn: 'arn:own', status, reason: undefined },
  });
  return decide(observed, planOf(plan), now);
};

describe('whatever is seen of a deployment that shifts traffic', () => {
  it('traffic goes on only on a pass, to enough healthy targets, with weights that are ECS’s (2, 8)', () => {
    fc.assert(
      fc.property(cases, (one) => {
        const decision = decideOf(one);
        if (decision.kind !== 'answer' || decision.action !== 'CONTINUE') return;
        const { shift, desired } = one.sight;
        expect(one.plan.ruling).toBe(pass);
        expect(shift.live).toBeDefined();
        expect(shift.healthy.green).toBeGreaterThanOrEqual(desired);
        expect(isEdited(shift, steps)).toBe(false);
        expect(one.now).toBeLessThanOrEqual(deadline);
        expect(one.sight.isSuperseded).toBe(false);
      }),
      { numRuns: 2_000 },
    );
  });

  it('it never goes back onto a side that cannot serve, unless no user was sent to green (4)', () => {
    fc.assert(
      fc.property(cases, (one) => {
        const decision = decideOf(one);
        const goesBack =
          decision.kind === 'stop' || (decision.kind === 'answer' && decision.action === 'ROLLBACK');
        const { shift, desired } = one.sight;
        if (!goesBack || !shift.hasBlue) return;
        const isUntouched = (shift.live?.green ?? 0) === 0 && shift.requested === 0;
        expect(isUntouched || canTakeBack(shift, desired)).toBe(true);
      }),
      { numRuns: 2_000 },
    );
  });

  it('a gate is answered by its own id, and only one that waits (5)', () => {
    fc.assert(
      fc.property(cases, (one) => {
        const decision = decideOf(one);
        if (decision.kind === 'answer') expect(decision.hookId).toBe(one.sight.shift.gate?.hookId);
      }),
      { numRuns: 2_000 },
    );
  });

  it('it is switched, or ready without a gate, only when the rule sends everything to green (1)', () => {
    fc.assert(
      fc.property(cases, (one) => {
        const decision = decideOf(one);
        if (decision.kind !== 'finish') return;
        const { state } = decision.outcome;
        const { live, gate: open } = one.sight.shift;
        if (state === 'switched' || (state === 'ready' && open === undefined)) expect(live?.green).toBe(100);
      }),
      { numRuns: 2_000 },
    );
  });

  it('what is going back, over or superseded is not touched (6, 7)', () => {
    fc.assert(
      fc.property(cases, (one) => {
        const { status, isSuperseded } = one.sight;
        if (status === 'IN_PROGRESS' || status === 'PENDING' || status === 'SOMETHING_NEW') {
          if (!isSuperseded) return;
        }
        expect(['wait', 'finish']).toContain(decideOf(one).kind);
      }),
      { numRuns: 2_000 },
    );
  });

  it('after the time for a rollback, nothing waits but what ECS itself still rolls back (8)', () => {
    fc.assert(
      fc.property(cases, (one) => {
        const decision = decideOf({ ...one, now: deadline + rollbackGraceMs + 1 });
        expect(decision.kind).not.toBe('wait');
      }),
      { numRuns: 2_000 },
    );
  });
});
