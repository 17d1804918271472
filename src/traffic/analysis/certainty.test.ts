import { lookNumber, riskOf } from './certainty.ts';
import { policy, steady } from './traffic.fixture.ts';

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
