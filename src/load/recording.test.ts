import fc from 'fast-check';
import { Recording } from './recording.ts';

const good = { trouble: undefined, bytes: 1 };

describe('a recording', () => {
  it('has each percentile within 0.1 % of the value at its rank', () => {
    const latencies = fc.array(fc.double({ min: 0.01, max: 3_000_000, noNaN: true }), {
      minLength: 1,
      maxLength: 300,
    });
    fc.assert(
      fc.property(latencies, (values) => {
        const recording = new Recording(0);
        for (const value of values) recording.exchange(0, value, good);
        const { latency } = recording.measured();

        const sorted = values.toSorted((a, b) => a - b);
        for (const [found, percent] of [
          [latency.p50, 50],
          [latency.p75, 75],
          [latency.p90, 90],
          [latency.p95, 95],
          [latency.max, 100],
        ] as const) {
          const truth = sorted[Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1)] ?? NaN;
          // A microsecond is the least that is told apart.
          expect(Math.abs(found - truth)).toBeLessThanOrEqual(0.001 * truth + 0.001);
        }
      }),
      { numRuns: 200 },
    );
  });

  it('loses no request, whenever it ends', () => {
    const exchanges = fc.array(fc.record({ ms: fc.integer({ min: 0, max: 20_000 }), failed: fc.boolean() }), {
      maxLength: 100,
    });
    fc.assert(
      fc.property(exchanges, (list) => {
        const recording = new Recording(0);
        for (const { ms, failed } of list.toSorted((a, b) => a.ms - b.ms)) {
          recording.exchange(0, ms, { ...good, trouble: failed ? { kind: 'timeout' } : undefined });
        }
        const { requests, failed, seconds, troubles } = recording.measured();

        const sum = (what: 'requests' | 'failed'): number =>
          seconds.reduce((total, second) => total + second[what], 0);
        expect(requests).toBe(list.length);
        expect(sum('requests')).toBe(list.length);
        expect(sum('failed')).toBe(failed);
        expect(Object.values(troubles).reduce((total, count) => total + count, 0)).toBe(failed);
      }),
    );
  });

  it('tells which failures a slow client can have caused', () => {
    const recording = new Recording(0);
    const fail = (trouble: Parameters<Recording['exchange']>[2]['trouble']): void =>
      recording.exchange(0, 1, { trouble, bytes: 0 });
    fail({ kind: 'timeout' });
    fail({ kind: 'connection', reason: 'no more ports left on this machine', mayBeOurs: true });
    fail({ kind: 'connection', reason: 'connection refused', mayBeOurs: false });
    fail({ kind: 'status', status: 500 });
    fail({ kind: 'status', status: 500 });

    expect(recording.measured()).toMatchObject({
      failed: 5,
      theirs: 3,
      troubles: {
        'status 500': 2,
        'no answer in time': 1,
        'no more ports left on this machine': 1,
        'connection refused': 1,
      },
    });
  });

  it('is empty where nothing was sent', () => {
    expect(new Recording(0).measured()).toMatchObject({
      requests: 0,
      throughput: 0,
      latency: { min: 0, p50: 0, max: 0, p99: undefined },
      seconds: [],
    });
  });
});
