import fc from 'fast-check';
import { capacityFor } from './capacity.ts';

const limits = { minimum: 1, maximum: 10 };

test.each([
  ['out', { desired: 2, value: 250, target: 100 }, 5],
  ['out', { desired: 2, value: 101, target: 100 }, 3],
  ['out', { desired: 8, value: 300, target: 100 }, 10],
  ['in', { desired: 6, value: 25, target: 100 }, 2],
  ['in', { desired: 6, value: 0, target: 100 }, 1],
  ['in', { desired: 2, value: 89, target: 100 }, 2],
] as const)('scaling %s, %j: %d', (way, situation, wanted) => {
  expect(capacityFor(way, { ...limits, ...situation })).toBe(wanted);
});

test('it never goes the other way, nor past a limit that it was within', () => {
  const situation = fc.record({
    desired: fc.integer({ min: 1, max: 10 }),
    value: fc.float({ min: 0, max: 1e6, noNaN: true }),
    target: fc.float({ min: 1, max: 1e4, noNaN: true }),
  });
  fc.assert(
    fc.property(situation, (each) => {
      const out = capacityFor('out', { ...limits, ...each });
      const scaledIn = capacityFor('in', { ...limits, ...each });
      return out >= each.desired && out <= 10 && scaledIn <= each.desired && scaledIn >= 1;
    }),
  );
});
