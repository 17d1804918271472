import fc from 'fast-check';
import { upperQuantile, upperTail } from './normal.ts';
import { binomialProbability, binomialUpperTail, excess, fisherUpperTail } from './proportions.ts';
import { shiftOf, shiftOfCounts } from './shift.ts';

/** Equal in the first ten digits, or in twelve decimals where a value is near 0. */
function expectNear(actual: number, expected: number): void {
  expect(Math.abs(actual - expected)).toBeLessThanOrEqual(
    Math.max(1e-10 * Math.abs(expected), Number.MIN_VALUE),
  );
}

// Expected values are those of SciPy 1.16 and statsmodels 0.14.
describe('the normal distribution', () => {
  it.each([
    [0, 0.5],
    [0.5, 0.3085375387259869],
    [1.959963984540054, 0.025],
    [2.9, 0.0018658133003840375],
    [3.1, 0.0009676032132183563],
    [4.5, 3.3976731247300535e-6],
    [8, 6.22096057427174e-16],
    [-2.9, 1 - 0.0018658133003840375],
  ])('is above %d with %d (scipy.stats.norm.sf)', (z, tail) => {
    expectNear(upperTail(z), tail);
  });

  it.each([
    [0.3, 0.5244005127080409],
    [0.05, 1.6448536269514729],
    [0.0125, 2.241402727604945],
    [0.0008, 3.155906757921816],
    [1e-9, 5.9978070150076865],
    [0.9, -1.2815515655446004],
  ])('is above its quantile with %d (scipy.stats.norm.isf)', (probability, z) => {
    expectNear(upperQuantile(probability), z);
  });

  it('has no quantile for what is no probability', () => {
    for (const probability of [0, 1, -0.1, Number.NaN]) {
      expect(() => upperQuantile(probability)).toThrow(RangeError);
    }
  });
});

describe('two shares', () => {
  it.each([
    [2, 100, 1, 900, 0.027783494917763454],
    [8, 100, 2, 900, 2.9236287567170497e-7],
    [5, 250, 2, 2250, 0.00017077014335517752],
    [16, 300, 54, 2700, 0.0010983347392364098],
    [120, 3000, 800, 27_000, 0.0015091002679888624],
    [1, 8, 0, 8, 0.5],
    [10, 10, 0, 10, 5.412544112234515e-6],
    [0, 10, 3, 10, 1],
  ])('%d of %d against %d of %d (scipy.stats.fisher_exact)', (errors, requests, others, otherRequests, p) => {
    const tail = fisherUpperTail({ errors, requests }, { errors: others, requests: otherRequests });
    expect(Math.abs(tail / p - 1)).toBeLessThan(1e-9);
  });

  it.each([[2100, 40_000, 18_000, 360_000, 0.014954488622740566]])(
    '%d of %d against %d of %d (statsmodels proportions_ztest)',
    (errors, requests, others, otherRequests, p) => {
      const { p: found, test } = excess({ errors, requests }, { errors: others, requests: otherRequests });
      expect(test).toBe('z');
      expectNear(found, p);
    },
  );

  it('are told apart by Fisher’s test where a count is expected to be small, also where failures are few', () => {
    expect(excess({ errors: 5, requests: 250 }, { errors: 2, requests: 2250 }).test).toBe('fisher');
    expect(excess({ errors: 9_995, requests: 10_000 }, { errors: 9_990, requests: 10_000 }).test).toBe(
      'fisher',
    );
  });

  it('say nothing without requests or without errors', () => {
    expect(excess({ errors: 0, requests: 0 }, { errors: 3, requests: 10 }).p).toBe(1);
    expect(excess({ errors: 3, requests: 10 }, { errors: 0, requests: 0 }).p).toBe(1);
    expect(excess({ errors: 0, requests: 10 }, { errors: 0, requests: 10 }).p).toBe(1);
  });

  it('are not both worse than the other', () => {
    const side = fc
      .integer({ min: 1, max: 5000 })
      .chain((requests) =>
        fc.record({ requests: fc.constant(requests), errors: fc.integer({ min: 0, max: requests }) }),
      );
    fc.assert(
      fc.property(side, side, (one, other) => {
        const [forth, back] = [excess(one, other).p, excess(other, one).p];
        expect(forth + back).toBeGreaterThanOrEqual(1 - 1e-9);
        expect(Math.max(forth, back)).toBeLessThanOrEqual(1);
      }),
    );
  });
});

describe('a share against a limit', () => {
  it.each([
    [3, 100, 0.01, 0.07937320225218046],
    [20, 1000, 0.01, 0.003288359787727457],
    [1, 50, 0.001, 0.048794371802968646],
    [500, 1000, 0.6, 0.9999999999329903],
    [5, 8, 0.5, 0.36328125],
    [2100, 40_000, 0.05, 0.011648382218143462],
  ])('%d or more of %d at %d (scipy.stats.binom.sf)', (errors, requests, share, tail) => {
    expect(Math.abs(binomialUpperTail({ errors, requests }, share) - tail)).toBeLessThan(1e-9 * tail);
  });

  it('knows shares of nothing and of everything', () => {
    expect(binomialUpperTail({ errors: 0, requests: 10 }, 0)).toBe(1);
    expect(binomialUpperTail({ errors: 1, requests: 10 }, 0)).toBe(0);
    expect(binomialUpperTail({ errors: 10, requests: 10 }, 1)).toBe(1);
    expect(binomialProbability({ errors: 9, requests: 10 }, 1)).toBe(0);
  });
});

describe('a shift', () => {
  /** Hollander & Wolfe 1973, p. 69: permeability of the membrane at term, and after 12 to 26 weeks. */
  const term = [0.8, 0.83, 1.89, 1.04, 1.45, 1.38, 1.91, 1.64, 0.73, 1.46];
  const weeks = [1.15, 0.88, 0.9, 0.74, 1.21];

  it('is the published one; its interval, by the normal approximation, is one rank wider than the exact -0.15 to 0.76', () => {
    const { estimate, least, most } = shiftOf(term, weeks, 0.05);
    expect(estimate).toBeCloseTo(0.305, 10);
    expect([least, most].map((end) => Number(end.toFixed(2)))).toEqual([-0.17, 0.76]);
  });

  it('has no interval where values are too few for one', () => {
    expect(shiftOf([1, 2, 3], [4, 5, 6], 0.05)).toMatchObject({
      estimate: -3,
      least: -Infinity,
      most: Infinity,
    });
    expect(shiftOf([], [1], 0.05)).toEqual({ estimate: Number.NaN, least: -Infinity, most: Infinity });
    expect(shiftOfCounts([0, 0], [1, 0], 1, 0.05)).toEqual({
      estimate: Number.NaN,
      least: -Infinity,
      most: Infinity,
    });
  });

  const counts = fc
    .array(fc.integer({ min: 0, max: 40 }), { minLength: 12, maxLength: 12 })
    .filter((all) => all.some(Boolean));

  it('of counts turns round where the sides do', () => {
    fc.assert(
      fc.property(counts, counts, (one, other) => {
        const forth = shiftOfCounts(one, other, 0.5, 0.1);
        const back = shiftOfCounts(other, one, 0.5, 0.1);
        expect(forth.estimate).toBeCloseTo(-back.estimate, 6);
        if (Number.isFinite(forth.least)) expect(forth.least).toBeCloseTo(-back.most, 6);
        expect(forth.least).toBeLessThanOrEqual(forth.estimate);
        expect(forth.estimate).toBeLessThanOrEqual(forth.most);
      }),
    );
  });

  it('of counts grows by the width of a bin where a side moves by one', () => {
    fc.assert(
      fc.property(counts, counts, (one, other) => {
        const here = shiftOfCounts([...one, 0], [...other, 0], 0.5, 0.1);
        const moved = shiftOfCounts([0, ...one], [...other, 0], 0.5, 0.1);
        expect(moved.estimate - here.estimate).toBeCloseTo(0.5, 6);
      }),
    );
  });

  it('of counts is that of the values where bins are narrow', () => {
    const width = 0.01;
    const bins = (values: readonly number[]): number[] => {
      const inBins = new Array<number>(300).fill(0);
      for (const value of values) inBins[Math.floor(value / width + 1e-9)]! += 1;
      return inBins;
    };
    const [exact, counted] = [
      shiftOf(term, weeks, 0.05),
      shiftOfCounts(bins(term), bins(weeks), width, 0.05),
    ];
    expect(Math.abs(counted.estimate - exact.estimate)).toBeLessThan(2 * width);
    expect(Math.abs(counted.least - exact.least)).toBeLessThan(6 * width);
    expect(Math.abs(counted.most - exact.most)).toBeLessThan(6 * width);
  });
});
