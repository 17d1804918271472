import { compare, type Block } from './compare.ts';
import { upperQuantile } from '../traffic/analysis/statistics/normal.ts';
import { seeded } from './simulation.fixture.ts';

/** A distribution of latencies, in milliseconds, by its quantile function. */
type Service = (share: number) => number;

const logNormal =
  (median: number, sigma: number): Service =>
  (share) =>
    median * Math.exp(-sigma * upperQuantile(share));
const [ofCache, ofDatabase] = [logNormal(20, 0.15), logNormal(120, 0.15)];

const services: readonly (readonly [string, Service])[] = [
  ['log-normal', logNormal(40, 0.5)],
  ['exponential', (share) => 5 - 30 * Math.log(1 - share)],
  ['two kinds of answers', (share) => (share < 0.9 ? ofCache(share / 0.9) : ofDatabase((share - 0.9) / 0.1))],
  ['quick', (share) => 12 + 4 * share],
];

/** Blocks as they are interleaved: what else happens is another in each moment, and meets both sides alike. */
function blocksOf(current: Service, previous: Service, random: () => number): readonly [Block[], Block[]] {
  const sides: readonly [Block[], Block[]] = [[], []];
  for (let pair = 0; pair < 20; pair += 1) {
    const moment = logNormal(1, 0.05)(random());
    for (const [index, service] of [current, previous].entries()) {
      // The quantiles of a sample are those of the uniform sample that it is made of.
      const shares = Float64Array.from({ length: 400 }, random).sort();
      const at = (rank: number): number => moment * service(shares[rank - 1] ?? NaN);
      sides[index]?.push({ p50: at(200), p95: at(380), requests: 400, failed: 0 });
    }
  }
  return sides;
}

const countWorse = (times: number, current: Service, previous: Service, seed: number): number => {
  const random = seeded(seed);
  return Array.from({ length: times }, () => compare(...blocksOf(current, previous, random))).filter(
    ({ result }) => result === 'worse',
  ).length;
};

describe('comparing two releases', () => {
  describe.each(services)('%s', (_name, service) => {
    it('finds the same release worse at most once in fifty comparisons', () => {
      expect(countWorse(50, service, service, 1)).toBeLessThanOrEqual(1);
    });

    it('finds 20 % more at least 19 times in twenty', () => {
      expect(countWorse(20, (share) => 1.2 * service(share), service, 2)).toBeGreaterThanOrEqual(19);
    });

    it('does not mind a release that is faster', () => {
      expect(countWorse(20, (share) => 0.8 * service(share), service, 3)).toBe(0);
    });
  });

  it('finds the same release worse at most once in a hundred comparisons, of other seeds', () => {
    for (const [index, [, service]] of services.entries())
      expect(countWorse(100, service, service, 10 + index)).toBeLessThanOrEqual(1);
  });

  it('finds 20 % at p95 alone: the slow answers became slower, and the others did not', () => {
    const service = logNormal(40, 0.5);
    const [p90, p95] = [service(0.9), service(0.95)];
    const stretched: Service = (share) => {
      const value = service(share);
      return value <= p90 ? value : p90 + (value - p90) * ((1.2 * p95 - p90) / (p95 - p90));
    };

    expect(countWorse(20, stretched, service, 4)).toBeGreaterThanOrEqual(19);
  });

  it('does not call a difference worse that nobody would notice, however certain it is', () => {
    const constant = (ms: number): Block[] =>
      Array.from({ length: 20 }, (_, index) => ({
        p50: ms + index / 1e6,
        p95: ms + index / 1e6,
        requests: 200,
        failed: 0,
      }));

    expect(compare(constant(108), constant(100)).result).toBe('not worse');
    expect(compare(constant(112), constant(100)).result).toBe('worse');
    expect(compare(constant(2.9), constant(2)).result).toBe('not worse');
  });

  it('is unclear where there is too little, or where requests fail', () => {
    const block: Block = { p50: 1, p95: 2, requests: 200, failed: 0 };
    const twenty = Array.from({ length: 20 }, () => block);

    expect(compare(twenty.slice(0, 9), twenty)).toMatchObject({
      result: 'unclear',
      why: 'only 9 blocks of each release were measured',
    });
    expect(
      compare(
        twenty,
        twenty.map((one) => ({ ...one, failed: 3 })),
      ),
    ).toMatchObject({
      result: 'unclear',
      why: '60 of 4000 requests to the previous release failed',
    });
  });
});
