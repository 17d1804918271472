import fc from 'fast-check';
import { decideRollback, wantedInRollback, type ObservedRollback } from './decide-rollback.ts';
import { decideShift, wantedTasks, type HookState, type ObservedShift, type ShiftState } from './decide.ts';
import { planOf } from './plan.ts';

/**
 * A deployment in a world that does what it likes: tasks die and come up, time passes, somebody answers or stops it,
 * autoscaling changes the number of tasks. Whatever it does, the invariants 1 to 3 of a deployment hold.
 */
class Trial {
  now = 1_000_000;
  desired = 2;
  blue: { healthy: number; present: number } | undefined;
  green = { healthy: 0, present: 0 };
  outcome: 'going on' | 'going back' | 'succeeded' | 'rolled back' = 'going on';
  restoredAt: number | undefined;
  state: ShiftState;
  readonly #plan: ObservedShift['plan'];
  readonly #pace = { dwellMs: 100, settleMs: 2000 };

  constructor(configuration: Parameters<typeof planOf>[0], hasBlue: boolean) {
    this.blue = hasBlue ? { healthy: 2, present: 2 } : undefined;
    this.#plan = planOf(configuration, hasBlue);
    this.state = {
      stage: 'PRE_SCALE_UP',
      enteredAt: this.now,
      stepsDone: 0,
      productionPercent: 0,
      testPercent: 0,
      weightsAt: undefined,
      hooks: [],
    };
  }

  get isOver(): boolean {
    return this.outcome === 'succeeded' || this.outcome === 'rolled back';
  }

  /** Does what the decisions say, until they say to wait. */
  advance(): void {
    while (this.outcome === 'going on' && this.#goOn());
    while (this.outcome === 'going back' && this.#goBack());
  }

  answer(status: 'SUCCEEDED' | 'FAILED'): void {
    const hooks = this.state.hooks.map((hook) =>
      hook.status === 'AWAITING_ACTION' ? { ...hook, status } : hook,
    );
    this.state = { ...this.state, hooks };
  }

  askToStop(): void {
    if (this.outcome === 'going on') this.outcome = 'going back';
  }

  /** All tasks that were started are healthy now. */
  comeUp(): void {
    this.green.healthy = this.green.present;
    if (this.blue !== undefined) this.blue.healthy = this.blue.present;
  }

  kill(side: 'green' | 'blue'): void {
    const tasks = this[side];
    if (tasks === undefined || tasks.present === 0) return;
    tasks.present -= 1;
    tasks.healthy = Math.min(tasks.healthy, tasks.present);
  }

  #goOn(): boolean {
    const observed: ObservedShift = {
      now: this.now,
      plan: this.#plan,
      pace: this.#pace,
      state: this.state,
      desiredCount: this.desired,
      green: this.green,
      blue: this.blue,
      strays: 0,
      hasTestRule: true,
    };
    const action = decideShift(observed);
    switch (action.kind) {
      case 'enter':
        this.state = { ...this.state, stage: action.stage, stepsDone: action.stepsDone, enteredAt: this.now };
        return true;
      case 'pause': {
        const hooks = action.pauses.map(({ stage, timeoutMs, timeoutAction }, index): HookState => ({
          hookId: `${stage} ${this.state.stepsDone} ${index}`,
          stage,
          step: this.state.stepsDone,
          status: 'AWAITING_ACTION',
          expiresAt: this.now + timeoutMs,
          timeoutAction,
        }));
        this.state = { ...this.state, hooks: [...hooks, ...this.state.hooks] };
        return true;
      }
      case 'time-out': {
        const hooks = this.state.hooks.map((hook) =>
          hook.hookId === action.hookId ? { ...hook, status: 'TIMED_OUT' as const } : hook,
        );
        this.state = { ...this.state, hooks };
        return true;
      }
      case 'shift': {
        const { productionPercent, testPercent } = action;
        // 1. Weights are a share of 100; 2. green gets traffic only with all its tasks healthy.
        expect(productionPercent).toBeGreaterThanOrEqual(this.state.productionPercent);
        expect(productionPercent).toBeLessThanOrEqual(100);
        expect(this.green.healthy).toBeGreaterThanOrEqual(this.desired);
        this.state = { ...this.state, productionPercent, testPercent, weightsAt: this.now };
        return true;
      }
      case 'roll-back':
        this.outcome = 'going back';
        return true;
      case 'succeed':
        this.outcome = 'succeeded';
        expect(this.state.productionPercent).toBe(100);
        return false;
      case 'wait': {
        const wanted = wantedTasks(observed);
        const baked = this.now - (this.state.weightsAt ?? this.now) >= this.#plan.bakeMs;
        // 3. Blue keeps its tasks until the bake is over, and longer than it has traffic.
        if (wanted.blue < this.desired) {
          expect(this.state).toMatchObject({ stage: 'CLEAN_UP', productionPercent: 100 });
          expect(baked).toBe(true);
        }
        this.#bring(wanted);
        return false;
      }
    }
  }

  #goBack(): boolean {
    const observed: ObservedRollback = {
      now: this.now,
      settleMs: this.#pace.settleMs,
      desiredCount: this.desired,
      blue: this.blue,
      green: this.green,
      restoredAt: this.restoredAt,
    };
    const action = decideRollback(observed);
    switch (action.kind) {
      case 'restore':
        // 2. Blue gets the traffic back only with tasks that are at least as able as green's.
        if (this.blue !== undefined && this.blue.healthy < this.desired) {
          expect(this.blue.healthy).toBeGreaterThan(0);
          expect(this.blue.healthy).toBeGreaterThanOrEqual(this.green.healthy);
        }
        this.state = { ...this.state, productionPercent: 0, testPercent: 0 };
        this.restoredAt = this.now;
        return true;
      case 'finish':
        this.outcome = 'rolled back';
        expect(this.state.productionPercent).toBe(0);
        return false;
      case 'wait': {
        const wanted = wantedInRollback(observed);
        // Green keeps its tasks as long as it may have traffic.
        if (wanted.green === 0) expect(this.now - (this.restoredAt ?? this.now)).toBeGreaterThanOrEqual(2000);
        this.#bring(wanted);
        return false;
      }
    }
  }

  /** What the scheduler does about it: tasks that are started are not healthy at once. */
  #bring(wanted: { readonly green: number; readonly blue: number }): void {
    for (const side of ['green', 'blue'] as const) {
      const tasks = this[side];
      if (tasks === undefined) continue;
      tasks.present = wanted[side];
      tasks.healthy = Math.min(tasks.healthy, tasks.present);
    }
  }
}

const turn = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.integer({ min: 1, max: 900_000 }).map((ms) => (trial: Trial) => void (trial.now += ms)),
  },
  { weight: 6, arbitrary: fc.constant((trial: Trial) => trial.comeUp()) },
  {
    weight: 5,
    arbitrary: fc.constantFrom('green', 'blue').map((side) => (trial: Trial) => trial.kill(side)),
  },
  { weight: 5, arbitrary: fc.constant((trial: Trial) => trial.answer('SUCCEEDED')) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      (trial: Trial) => trial.answer('FAILED'),
      (trial: Trial) => trial.askToStop(),
    ),
  },
  {
    weight: 1,
    arbitrary: fc.integer({ min: 1, max: 4 }).map((count) => (trial: Trial) => void (trial.desired = count)),
  },
);

const configuration = fc.record({
  strategy: fc.constantFrom('BLUE_GREEN' as const, 'CANARY' as const, 'LINEAR' as const),
  bakeTimeInMinutes: fc.integer({ min: 0, max: 30 }),
  canaryConfiguration: fc.constant({ canaryPercent: 10, canaryBakeTimeInMinutes: 5 }),
  linearConfiguration: fc.integer({ min: 30, max: 1000 }).map((tenths) => ({ stepPercent: tenths / 10 })),
  lifecycleHooks: fc.uniqueArray(
    fc
      .constantFrom(
        'POST_TEST_TRAFFIC_SHIFT',
        'PRE_PRODUCTION_TRAFFIC_SHIFT',
        'POST_PRODUCTION_TRAFFIC_SHIFT',
      )
      .map((stage) => ({
        targetType: 'PAUSE' as const,
        lifecycleStages: [stage as 'POST_TEST_TRAFFIC_SHIFT'],
      })),
    { selector: ({ lifecycleStages: [stage] }) => stage },
  ),
});

it('keeps the invariants whatever happens, and comes to an end once the world is kind', () => {
  fc.assert(
    fc.property(
      configuration,
      fc.boolean(),
      fc.array(turn, { minLength: 20, maxLength: 150, size: 'max' }),
      (given, hasBlue, turns) => {
        const trial = new Trial(given, hasBlue);
        trial.advance();
        for (const happen of turns) {
          happen(trial);
          trial.advance();
        }
        // Now nothing dies any more, gates are answered, and time passes.
        for (let round = 0; round < 200 && !trial.isOver; round += 1) {
          trial.comeUp();
          trial.answer('SUCCEEDED');
          trial.now += 60 * 60_000;
          trial.advance();
        }
        expect(trial.isOver).toBe(true);
      },
    ),
    { numRuns: 500 },
  );
});

it('steps in tenths of a percent, and always to 100', () => {
  fc.assert(
    fc.property(fc.integer({ min: 30, max: 1000 }), (tenths) => {
      const { steps } = planOf(
        { strategy: 'LINEAR', linearConfiguration: { stepPercent: tenths / 10 } },
        true,
      );
      expect(steps.at(-1)).toBe(100);
      steps.forEach((percent, index) => {
        expect(percent).toBeGreaterThan(steps[index - 1] ?? 0);
        expect(Math.abs(percent * 10 - Math.round(percent * 10))).toBeLessThan(1e-9);
      });
    }),
  );
});
