import fc from 'fast-check';
import { compare } from './compare.ts';
import { policyOf } from './policy.ts';
import type { Look } from './samples.ts';
import { lookAfter, minute, policy, samples, steady } from './traffic.fixture.ts';
import type { Check, Outcome } from './verdict.ts';

const outcomes = ({ checks }: { checks: readonly Check[] }): Partial<Record<Check['name'], Outcome>> =>
  Object.fromEntries(checks.map(({ name, outcome }) => [name, outcome]));

describe('green beside blue', () => {
  it('passes where both are well, and says by which figures', () => {
    const verdict = compare(
      samples(
        steady(5, { requests: 900, errors: 1 }),
        steady(5, { requests: 100 }),
        steady(5, { requests: 1000 }),
      ),
      policy,
      lookAfter(5),
    );
    expect(verdict).toEqual({
      outcome: 'pass',
      checks: [
        {
          name: 'errors',
          outcome: 'pass',
          what: 'green answers 0 % with 5xx (0 of 500), blue 0.111 % with 5xx (5 of 4,500)',
        },
        {
          name: 'latency',
          outcome: 'pass',
          what: 'green is 0 % slower than blue (median 98.7 ms and 98.7 ms); 25 %, and 10 ms, are tolerated',
        },
        {
          name: 'load-balancer-errors',
          outcome: 'pass',
          what: 'the load balancer itself answers 0 % with 5xx (0 of 5,000); 1 % is tolerated: there were 0 requests before, too few to compare with',
        },
      ],
    });
  });

  it('fails where green answers 2 % with 5xx and blue 0.1 %', () => {
    const verdict = compare(
      samples(steady(5, { requests: 2000, errors: 2 }), steady(5, { requests: 200, errors: 4 })),
      policy,
      lookAfter(5),
    );
    expect(verdict.outcome).toBe('fail');
    expect(verdict.checks[0]?.what).toBe(
      'green answers 2 % with 5xx (20 of 1,000), blue 0.1 % with 5xx (10 of 10,000): more than chance, and 1 % or more above',
    );
  });

  it('passes where green takes half as long again, and nobody would notice', () => {
    const verdict = compare(
      samples(steady(5, { requests: 900, latency: 0.002 }), steady(5, { requests: 900, latency: 0.003 })),
      policy,
      lookAfter(5),
    );
    expect(outcomes(verdict)).toMatchObject({ errors: 'pass', latency: 'pass' });
  });

  it('fails where green is slower by half', () => {
    const verdict = compare(
      samples(steady(5, { requests: 900, latency: 0.1 }), steady(5, { requests: 100, latency: 0.15 })),
      policy,
      lookAfter(5),
    );
    expect(verdict.outcome).toBe('fail');
    expect(outcomes(verdict)).toMatchObject({ errors: 'pass', latency: 'fail' });
  });

  it.each<[string, { requests: number; errors?: number }, { requests: number; errors?: number }, Outcome]>([
    ['one error in eight requests: no verdict', { requests: 72 }, { requests: 8, errors: 1 }, 'inconclusive'],
    [
      'every request of green an error, but too few',
      { requests: 900 },
      { requests: 59, errors: 59 },
      'inconclusive',
    ],
    [
      'both equally bad: held, not blamed on green',
      { requests: 900, errors: 270 },
      { requests: 100, errors: 31 },
      'held',
    ],
    [
      'both bad, green much worse: fails',
      { requests: 900, errors: 90 },
      { requests: 100, errors: 60 },
      'fail',
    ],
    [
      'blue bad, green well, as a repair is: passes',
      { requests: 900, errors: 270 },
      { requests: 100 },
      'pass',
    ],
    [
      'certainly more errors, within the margin: passes',
      { requests: 90_000 },
      { requests: 10_000, errors: 80 },
      'pass',
    ],
    [
      'above the margin, likely but not sure: waits for more',
      { requests: 90 },
      { requests: 60, errors: 1 },
      'inconclusive',
    ],
  ])('%s', (_, blue, green, expected) => {
    expect(compare(samples(steady(5, blue), steady(5, green)), policy, lookAfter(5)).outcome).toBe(expected);
  });

  it('waits for more where a difference above the margin is too likely chance for a fail and too unlikely for a pass', () => {
    // 3 of 300 against none of 900: 1.6 % by chance, which is below 1.67 % for one look, and above 0.83 % for the first.
    const first = compare(
      samples(steady(1, { requests: 900 }), steady(1, { requests: 300, errors: 3 })),
      policy,
      lookAfter(1),
    );
    expect(outcomes(first)).toMatchObject({ errors: 'inconclusive' });
    const more = compare(
      samples(steady(2, { requests: 900 }), steady(2, { requests: 300, errors: 3 })),
      policy,
      lookAfter(2),
    );
    expect(outcomes(more)).toMatchObject({ errors: 'fail' });
  });

  it.each([
    ['nobody', samples([], [])],
    ['nobody to green', samples(steady(5, { requests: 900 }), [])],
    ['nobody to blue', samples([], steady(5, { requests: 900 }))],
  ])('without traffic, %s, nothing is concluded', (_, seen) => {
    const { outcome, checks } = compare(seen, policy, lookAfter(5));
    expect(outcome).toBe('inconclusive');
    expect(checks[0]?.what).toMatch(/has no requests yet.*no verdict below 300 requests each$/);
  });

  it('drops minutes that touch a change of weights, and those that have not settled', () => {
    const well = steady(10, { requests: 500 });
    const broken = (...indexes: number[]) =>
      well.map((window, index) => (indexes.includes(index) ? { ...window, errors: 500 } : window));
    // The weights change in the middle of minute 3, and take until the middle of minute 4; minute 9 has not settled.
    const look: Look = {
      now: minute(10),
      weightChanges: [minute(-5), minute(3.5)],
      countedFrom: minute(3.5),
      extraLooks: 0,
    };
    expect(compare(samples(well, broken(0, 1, 2, 3, 4, 9)), policy, look).outcome).toBe('pass');
    expect(compare(samples(well, broken(5)), policy, look).outcome).toBe('fail');
    expect(compare(samples(well, broken(8)), policy, look).outcome).toBe('fail');
  });

  it('holds the load balancer’s own errors against those before the deployment', () => {
    const [blue, green] = [steady(5, { requests: 900 }), steady(5, { requests: 100 })];
    const before = (errors: number) => steady(30, { requests: 1000, errors, from: -40 });
    const during = (errors: number) => steady(5, { requests: 1000, errors });
    const check = (earlier: number, now: number): Outcome | undefined =>
      outcomes(compare(samples(blue, green, [...before(earlier), ...during(now)]), policy, lookAfter(5)))[
        'load-balancer-errors'
      ];
    expect(check(0, 30)).toBe('fail');
    expect(check(30, 30)).toBe('pass');
    expect(check(0, 5)).toBe('pass');
    expect(
      outcomes(compare(samples(blue, green, during(30)), policy, lookAfter(5)))['load-balancer-errors'],
    ).toBe('fail');
  });

  it('fails by the load balancer’s own errors where requests to green find no target, and so count for none', () => {
    const verdict = compare(
      samples(steady(5, { requests: 900 }), [], steady(5, { requests: 1000, errors: 100 })),
      policy,
      lookAfter(5),
    );
    expect(verdict.outcome).toBe('fail');
    expect(outcomes(verdict)).toEqual({ errors: 'inconclusive', 'load-balancer-errors': 'fail' });
  });

  it('says nothing of the latency of requests that were not answered', () => {
    const unanswered = steady(5, { requests: 100 }).map((window) => ({ ...window, latency: [] }));
    const verdict = compare(samples(steady(5, { requests: 900 }), unanswered), policy, lookAfter(5));
    expect(outcomes(verdict)).toMatchObject({ errors: 'pass', latency: 'inconclusive' });
  });

  describe('whatever the traffic', () => {
    const side = fc.array(
      fc.integer({ min: 1, max: 400 }).chain((requests) =>
        fc.record({
          requests: fc.constant(requests),
          errors: fc.integer({ min: 0, max: requests }),
          latency: fc.double({ min: 0.01, max: 5, noNaN: true }),
        }),
      ),
      { minLength: 1, maxLength: 6 },
    );
    const windows = (all: { requests: number; errors: number; latency: number }[]) =>
      all.flatMap((each, from) => steady(1, { ...each, from }));
    const requestsOf = (all: { requests: number }[]): number =>
      all.reduce((sum, { requests }) => sum + requests, 0);

    it('there is no verdict below the minimum of either side', () => {
      fc.assert(
        fc.property(side, side, (blue, green) => {
          fc.pre(Math.min(requestsOf(blue), requestsOf(green)) < policy.minimumRequests);
          expect(compare(samples(windows(blue), windows(green)), policy, lookAfter(6)).outcome).toBe(
            'inconclusive',
          );
        }),
      );
    });

    it('not both sides fail for the other', () => {
      fc.assert(
        fc.property(side, side, (blue, green) => {
          const [one, other] = [windows(blue), windows(green)];
          const forth = outcomes(compare(samples(one, other), policy, lookAfter(6)));
          const back = outcomes(compare(samples(other, one), policy, lookAfter(6)));
          expect([forth.errors, back.errors]).not.toEqual(['fail', 'fail']);
          expect([forth.latency, back.latency]).not.toEqual(['fail', 'fail']);
        }),
      );
    });

    it('more errors of green never help it', () => {
      const rank: Record<Outcome, number> = { pass: 0, inconclusive: 1, held: 1, fail: 2 };
      fc.assert(
        fc.property(
          side,
          fc.integer({ min: 300, max: 3000 }),
          fc.nat(300),
          fc.nat(300),
          (blue, requests, few, more) => {
            fc.pre(requestsOf(blue) >= policy.minimumRequests);
            const errorsOf = (errors: number): Outcome =>
              outcomes(compare(samples(windows(blue), steady(1, { requests, errors })), policy, lookAfter(6)))
                .errors!;
            expect(rank[errorsOf(few + more)]).toBeGreaterThanOrEqual(rank[errorsOf(few)]);
          },
        ),
        { numRuns: 50 },
      );
    });
  });
});

describe('the policy', () => {
  const analysis = { errorMargin: 1, latencyMargin: 25, confidence: 95, minimumRequests: 300 };
  const gates: NonNullable<Parameters<typeof policyOf>[0]['deploy']['gates']> = {
    beforeTraffic: [],
    eachStep: ['analysis'],
    afterTraffic: ['analysis'],
  };
  const deploy = { analysis, steps: undefined, gates } as unknown as Parameters<typeof policyOf>[0]['deploy'];
  const everyFive = (percent: number) => ({ percent, every: 300_000 });

  it.each([
    ['canary', { strategy: 'canary', steps: everyFive(10) }, 2],
    [
      'canary, without a look at all traffic',
      { strategy: 'canary', steps: everyFive(10), gates: { ...gates, afterTraffic: [] } },
      1,
    ],
    [
      'canary, with business',
      {
        strategy: 'canary',
        steps: everyFive(10),
        gates: { ...gates, afterTraffic: ['analysis', 'business'] },
      },
      3,
    ],
    ['linear in tens', { strategy: 'linear', steps: everyFive(10) }, 10],
    ['linear as ECS does it', { strategy: 'linear' }, 10],
    ['linear at once', { strategy: 'linear', steps: everyFive(100) }, 1],
    ['blue-green', { strategy: 'blue-green' }, 1],
    ['blue-green without analyses', { strategy: 'blue-green', gates: undefined }, 1],
  ] satisfies [string, Partial<typeof deploy>, number][])(
    'of %s shares what may go wrong between its analyses',
    (_, how, analyses) => {
      expect(policyOf({ deploy: { ...deploy, ...how } })).toEqual({ ...policy, analyses });
    },
  );
});
