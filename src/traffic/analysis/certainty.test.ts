import fc from 'fast-check';
import { lookAt, lookNumber, riskOf } from './certainty.ts';
import { minute, policy, steady } from './traffic.fixture.ts';

describe('what may go wrong', () => {
  it('is not more in all looks together than in one, however many there are', () => {
    let sum = 0;
    for (let look = 1; look <= 10_000; look += 1) sum += riskOf(policy, look).fail;
    expect(sum).toBeLessThanOrEqual(riskOf(policy, 1).doubt);
    expect(sum).toBeGreaterThan(0.999 * riskOf(policy, 1).doubt);
  });

  it('is shared between the three checks, and between the analyses of a deployment', () => {
    expect(3 * riskOf(policy, 1).doubt).toBeCloseTo(0.05, 12);
    expect(9 * riskOf({ ...policy, analyses: 9 }, 4).fail).toBeCloseTo(riskOf(policy, 4).fail, 12);
  });
});

describe('the number of a look', () => {
  it('counts minutes from the one on in which both sides have enough', () => {
    const [blue, green] = [steady(8, { requests: 900 }), steady(8, { requests: 100 })];
    const after = (minutes: number): number =>
      lookNumber(green.slice(0, minutes), blue.slice(0, minutes), 300);
    expect([1, 2, 3, 4, 8].map(after)).toEqual([0, 0, 1, 2, 6]);
  });

  it('is the same whoever asks, and however often', () => {
    const [blue, green] = [steady(5, { requests: 900 }), steady(5, { requests: 100 })];
    expect(lookNumber(blue, green, 300)).toBe(lookNumber(green, blue, 300));
  });

  it('leaves out minutes in which nothing came', () => {
    const quiet = [...steady(1, { requests: 300 }), ...steady(1, { requests: 300, from: 9 })];
    expect(lookNumber(quiet, quiet, 300)).toBe(2);
  });
});

describe('the numbers of the looks at one split', () => {
  const counts = fc.array(fc.nat(400), { minLength: 40, maxLength: 40 });
  const windows = (requests: readonly number[]) =>
    requests.flatMap((count, index) => (count === 0 ? [] : steady(1, { requests: count, from: index })));
  /** In each minute, whether the analyst is killed and started again before it looks. */
  const kills = fc.array(fc.boolean(), { minLength: 40, maxLength: 40 });

  it('spend no more than there is, however often the analyst is killed', () => {
    fc.assert(
      fc.property(counts, counts, kills, fc.nat(10), (green, blue, killed, unknownMinutes) => {
        const sides = [windows(green), windows(blue)] as const;
        let since = minute(-1);
        // Minutes without a new request show nothing new: to look at the same twice is to look once.
        const spent = new Map<string, number>();
        for (const [index, isKilled] of killed.entries()) {
          const now = minute(index + 2);
          if (isKilled) since = now;
          const look = {
            now,
            weightChanges: [minute(-20), since],
            countedFrom: minute(-1 - unknownMinutes),
            extraLooks: 0,
          };
          const number = lookAt(sides, look, 300);
          if (number > 0) {
            const seen = sides.map(
              (side) => side.filter(({ at }) => at >= since && at < now - 60_000).length,
            );
            spent.set(`${since} ${seen.join(' ')}`, riskOf(policy, number).fail);
          }
        }
        const sum = [...spent.values()].reduce((all, one) => all + one, 0);
        expect(sum).toBeLessThanOrEqual(riskOf(policy, 1).doubt);
      }),
      { numRuns: 500 },
    );
  });

  it('are those of an analyst that never died, where both have verdicts', () => {
    fc.assert(
      fc.property(counts, counts, fc.integer({ min: 0, max: 38 }), (green, blue, killedAt) => {
        const sides = [windows(green), windows(blue)] as const;
        for (let index = killedAt; index < 40; index += 1) {
          const look = { now: minute(index + 2), countedFrom: minute(-1), extraLooks: 0 };
          const one = lookAt(sides, { ...look, weightChanges: [minute(-1)] }, 300);
          const again = lookAt(sides, { ...look, weightChanges: [minute(-1), minute(killedAt)] }, 300);
          expect([0, one]).toContain(again);
        }
      }),
      { numRuns: 500 },
    );
  });
});
