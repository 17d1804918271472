import { isEdited, splitOf, type Shift } from './shift.ts';

const sides = { green: 'arn:green', blue: 'arn:blue' };

describe('how a rule splits the traffic', () => {
  it.each([
    [
      'percentages',
      [
        ['arn:green', 10],
        ['arn:blue', 90],
      ],
      { green: 10, blue: 90, others: 0 },
    ],
    [
      'weights of any sum',
      [
        ['arn:green', 1],
        ['arn:blue', 3],
      ],
      { green: 25, blue: 75, others: 0 },
    ],
    [
      'a third group',
      [
        ['arn:green', 50],
        ['arn:other', 50],
      ],
      { green: 50, blue: 0, others: 50 },
    ],
    ['one group alone', [['arn:blue', 1]], { green: 0, blue: 100, others: 0 }],
    [
      'no weight at all',
      [
        ['arn:green', 0],
        ['arn:blue', 0],
      ],
      { green: 0, blue: 0, others: 0 },
    ],
  ] as const)('%s', (_name, groups, split) => {
    const forward = groups.map(([targetGroup, weight]) => ({ targetGroup, weight }));
    expect(splitOf(forward, sides)).toEqual(split);
  });
});

describe('whether somebody else has a hand in the weights', () => {
  const steps = [0, 33.3, 66.6, 99.9, 100];
  const shift = (green: number, requested: number, others = 0): Shift => ({
    stage: 'PRODUCTION_TRAFFIC_SHIFT',
    gate: undefined,
    live: { green, blue: 100 - green - others, others },
    requested,
    healthy: { green: 1, blue: 1 },
    hasBlue: true,
    time: 0,
    startedAt: 0,
    stepBakeMs: 0,
  });

  it.each([
    ['what ECS asks for', shift(33.3, 33.3), false],
    ['what it had a step before', shift(33.3, 66.6), false],
    ['nothing yet', shift(0, 33.3), false],
    [
      'a step before, while ECS pauses and so moves nothing',
      { ...shift(33.3, 66.6), gate: { hookId: 'hook', openedAt: 0, expiresAt: 1 } },
      true,
    ],
    ['two steps before', shift(0, 66.6), true],
    ['a step ahead', shift(66.6, 33.3), true],
    ['anything else', shift(40, 33.3), true],
    ['a third group', shift(33.3, 33.3, 10), true],
    ['without an old side, there is nobody to take it from', { ...shift(40, 0), hasBlue: false }, false],
    ['a rule that cannot be read is none of anybody’s', { ...shift(40, 0), live: undefined }, false],
  ])('%s', (_name, seen, expected) => {
    expect(isEdited(seen, steps)).toBe(expected);
  });
});
