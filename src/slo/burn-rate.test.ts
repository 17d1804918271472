import { burnAlerts, burnOf, type Minute } from './burn-rate.ts';
import { sloOf } from './slo.ts';

const now = Date.UTC(2026, 10, 24, 12);
const minutes = (count: number, errors: number, requests = 1000, endingBefore = 0): Minute[] =>
  Array.from({ length: count }, (_, index) => ({
    at: now - (endingBefore + index + 1) * 60_000,
    requests,
    errors,
  }));
const [fast, slow] = burnAlerts;
const availability = 0.999;

describe('how fast the error budget burns', () => {
  it('is the share of errors over the share that is allowed', () => {
    const { long, short, firing } = burnOf(fast, minutes(60, 2), { availability, now });
    expect(long).toMatchObject({ requests: 60_000, errors: 120 });
    expect(long.rate).toBeCloseTo(2, 9);
    expect(short).toMatchObject({ requests: 5000, errors: 10 });
    expect(firing).toBe(false);
  });

  it.each<[string, Minute[], boolean]>([
    ['exactly at the rate, all the time', minutes(60, 144, 10_000), true],
    ['just below it', minutes(60, 143, 10_000), false],
    ['over already: the short window is quiet', [...minutes(5, 0), ...minutes(55, 100, 1000, 5)], false],
    ['only just begun: the long window is quiet', [...minutes(5, 15), ...minutes(55, 0, 1000, 5)], false],
    ['begun violently', [...minutes(5, 400), ...minutes(55, 0, 1000, 5)], true],
    ['without requests', [], false],
  ])('fires where both windows burn: %s', (_, all, firing) => {
    expect(burnOf(fast, all, { availability, now }).firing).toBe(firing);
  });

  it('looks no further back than the switch in a short bake', () => {
    const all = [...minutes(8, 20), ...minutes(60, 0, 1000, 8)];
    expect(burnOf(fast, all, { availability, now }).firing).toBe(false);
    const clipped = burnOf(fast, all, { availability, now, since: now - 8 * 60_000 });
    expect(clipped.long).toMatchObject({ requests: 8000, errors: 160 });
    expect(clipped.firing).toBe(true);
  });

  it('counts whole minutes alone, and none after now', () => {
    const late: Minute = { at: now - 30_000, requests: 1000, errors: 1000 };
    expect(burnOf(fast, [late, ...minutes(2, 0)], { availability, now }).long).toMatchObject({
      requests: 2000,
      errors: 0,
    });
  });

  it('pages and files tickets by the four pairs of the workbook', () => {
    expect(
      burnAlerts.map(({ severity, rate, longMs, shortMs }) => [
        severity,
        rate,
        longMs / 3_600_000,
        shortMs / 60_000,
      ]),
    ).toEqual([
      ['page', 14.4, 1, 5],
      ['page', 6, 6, 30],
      ['ticket', 3, 24, 120],
      ['ticket', 1, 72, 360],
    ]);
    expect(burnOf(slow!, minutes(360, 7), { availability, now }).firing).toBe(true);
    expect(burnOf(fast, minutes(360, 7), { availability, now }).firing).toBe(false);
  });

  it('has no answer to a service level without a budget', () => {
    expect(() => burnOf(fast, [], { availability: 1, now })).toThrow(
      'A service level of 100 % leaves no error budget',
    );
  });
});

describe('the service level of sluice.yml', () => {
  it('is in shares, with the percentiles that are given', () => {
    expect(
      sloOf({
        slo: { availability: 99.9, latency: { p50: undefined, p95: 300, p99: 900 }, window: 2_592_000_000 },
      }),
    ).toEqual({
      availability: 0.9990000000000001,
      latency: [
        { share: 0.95, mostMs: 300 },
        { share: 0.99, mostMs: 900 },
      ],
      windowMs: 2_592_000_000,
    });
  });

  it('may be left out, whole or in part', () => {
    expect(sloOf({ slo: undefined })).toBeUndefined();
    expect(sloOf({ slo: { window: 1000 } })).toEqual({
      availability: undefined,
      latency: [],
      windowMs: 1000,
    });
  });
});
