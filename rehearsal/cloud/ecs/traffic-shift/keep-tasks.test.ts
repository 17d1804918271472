import type { Tasks } from '../decide.ts';
import { keepTasks } from './keep-tasks.ts';

const tasks = (given: Partial<Tasks> = {}): Tasks => ({
  starting: [],
  healthy: [],
  unhealthy: [],
  leaving: [],
  ...given,
});

it.each<[string, Tasks, number, boolean, ReturnType<typeof keepTasks>]>([
  ['starts what is missing', tasks({ healthy: ['a'] }), 3, false, { start: 2, stop: [] }],
  ['counts what is on its way', tasks({ starting: ['a'], leaving: ['b'] }), 2, false, { start: 1, stop: [] }],
  ['starts nothing while it backs off', tasks(), 2, true, { start: 0, stop: [] }],
  [
    'replaces an unhealthy task at once',
    tasks({ healthy: ['a'], unhealthy: ['b'] }),
    2,
    false,
    { start: 1, stop: [{ id: 'b', why: 'unhealthy' }] },
  ],
  [
    'scales in by what is not up yet first',
    tasks({ healthy: ['a'], starting: ['b'] }),
    1,
    false,
    { start: 0, stop: [{ id: 'b', why: 'scaled-in' }] },
  ],
  [
    'takes a side away',
    tasks({ healthy: ['a'], leaving: ['b'] }),
    0,
    false,
    { start: 0, stop: [{ id: 'a', why: 'replaced' }] },
  ],
])('%s', (_, observed, wanted, backingOff, step) => {
  expect(keepTasks(observed, wanted, backingOff)).toEqual(step);
});
