import fc from 'fast-check';
import { decide, type Observed, type Tasks } from './decide.ts';

const none: Tasks = { starting: [], healthy: [], unhealthy: [], leaving: [] };
const observed = (given: Partial<Observed>): Observed => ({
  desiredCount: 2,
  minimumHealthyPercent: 100,
  maximumPercent: 200,
  primary: none,
  old: none,
  backingOff: false,
  ...given,
});

describe('the service scheduler', () => {
  it('starts the new beside the old, where the maximum allows it', () => {
    expect(decide(observed({ old: { ...none, healthy: ['a', 'b'] } }))).toEqual({
      start: 2,
      stop: [],
      settled: false,
    });
  });

  it('stops an old task for each new one that is healthy', () => {
    const step = decide(
      observed({
        primary: { ...none, healthy: ['n'], starting: ['m'] },
        old: { ...none, healthy: ['a', 'b'] },
      }),
    );
    expect(step).toEqual({ start: 0, stop: [{ id: 'a', why: 'replaced' }], settled: false });
  });

  it('stops the old first, where the maximum leaves no room and the minimum allows it', () => {
    const given = { desiredCount: 1, minimumHealthyPercent: 0, maximumPercent: 100 };
    expect(decide(observed({ ...given, old: { ...none, healthy: ['a'] } }))).toEqual({
      start: 0,
      stop: [{ id: 'a', why: 'replaced' }],
      settled: false,
    });
    expect(decide(observed({ ...given, old: { ...none, leaving: ['a'] } }))).toMatchObject({
      start: 0,
      stop: [],
    });
    expect(decide(observed(given))).toMatchObject({ start: 1 });
  });

  it('replaces an unhealthy task', () => {
    expect(decide(observed({ primary: { ...none, healthy: ['a'], unhealthy: ['b'] } }))).toEqual({
      start: 1,
      stop: [{ id: 'b', why: 'unhealthy' }],
      settled: false,
    });
  });

  it('waits after failures, and takes nothing away while it waits', () => {
    expect(
      decide(observed({ backingOff: true, maximumPercent: 100, old: { ...none, healthy: ['a', 'b'] } })),
    ).toEqual({
      start: 0,
      stop: [],
      settled: false,
    });
  });

  it('is settled with all its tasks healthy and nothing of the old', () => {
    expect(decide(observed({ primary: { ...none, healthy: ['a', 'b'] } })).settled).toBe(true);
    expect(
      decide(observed({ primary: { ...none, healthy: ['a', 'b'] }, old: { ...none, leaving: ['c'] } }))
        .settled,
    ).toBe(false);
  });

  it('scales in', () => {
    expect(decide(observed({ desiredCount: 1, primary: { ...none, healthy: ['a', 'b'] } })).stop).toEqual([
      { id: 'a', why: 'scaled-in' },
    ]);
  });

  const ids = (prefix: string) =>
    fc.nat(4).map((count) => Array.from({ length: count }, (_, index) => `${prefix}${index}`));
  const tasks = (prefix: string) =>
    fc.record({
      starting: ids(`${prefix}s`),
      healthy: ids(`${prefix}h`),
      unhealthy: ids(`${prefix}u`),
      leaving: ids(`${prefix}l`),
    });
  const anyObserved = fc.record({
    desiredCount: fc.integer({ min: 0, max: 6 }),
    minimumHealthyPercent: fc.integer({ min: 0, max: 100 }),
    maximumPercent: fc.integer({ min: 100, max: 200 }),
    primary: tasks('p'),
    old: tasks('o'),
    backingOff: fc.boolean(),
  });

  it('never goes below the minimum by replacing, and never above the maximum by starting', () => {
    fc.assert(
      fc.property(anyObserved, (state) => {
        const step = decide(state);
        const replaced = step.stop.filter(
          ({ id, why }) => why === 'replaced' && state.old.healthy.includes(id),
        ).length;
        const healthy = state.primary.healthy.length + state.old.healthy.length;
        const minimum = Math.ceil((state.desiredCount * state.minimumHealthyPercent) / 100);
        if (replaced > 0) expect(healthy - replaced).toBeGreaterThanOrEqual(minimum);
        const present = [...Object.values(state.primary), ...Object.values(state.old)].flat().length;
        const maximum = Math.floor((state.desiredCount * state.maximumPercent) / 100);
        if (step.start > 0) expect(present + step.start).toBeLessThanOrEqual(maximum);
      }),
    );
  });

  it('comes to rest from every state in which tasks start and stop as told', () => {
    fc.assert(
      fc.property(
        anyObserved.filter(
          (s) =>
            s.desiredCount > 0 &&
            (s.minimumHealthyPercent < 100 ||
              s.maximumPercent * s.desiredCount >= 100 * (s.desiredCount + 1)) &&
            (Math.ceil((s.desiredCount * s.minimumHealthyPercent) / 100) < s.desiredCount ||
              Math.floor((s.desiredCount * s.maximumPercent) / 100) > s.desiredCount),
        ),
        (first) => {
          let state: Observed = { ...first, backingOff: false };
          for (let round = 0; round < 60; round += 1) {
            const step = decide(state);
            if (step.settled) return;
            state = advance(state, step, round);
          }
          expect(state).toBe('settled');
        },
      ),
    );
  });
});

/** The world obeys: what is told to stop leaves, what left is gone, what starts becomes healthy a round later. */
function advance(state: Observed, step: ReturnType<typeof decide>, round: number): Observed {
  const told = new Set(step.stop.map(({ id }) => id));
  const next = (tasks: Tasks, started: readonly string[]): Tasks => ({
    starting: started,
    healthy: [...tasks.healthy, ...tasks.starting].filter((id) => !told.has(id)),
    unhealthy: [],
    leaving: [...tasks.starting, ...tasks.healthy, ...tasks.unhealthy].filter((id) => told.has(id)),
  });
  const started = Array.from({ length: step.start }, (_, index) => `n${round}-${index}`);
  return { ...state, primary: next(state.primary, started), old: next(state.old, []) };
}
