import { parseComparison, type Comparison } from '../config/index.ts';
import { judge, type Thresholds } from './judge.ts';
import { Recording, type Measured } from './recording.ts';
import type { Pace } from './pace.ts';
import type { Run } from './run.ts';

const limit = (text: string): Comparison => {
  const parsed = parseComparison(text);
  if (parsed === undefined) throw new Error(`${text} is no comparison.`);
  return parsed;
};

const calm: Pace = { busy: 0.3, loopDelayP99Ms: 1 };
const busy: Pace = { busy: 0.98, loopDelayP99Ms: 4 };

const latency = {
  min: 1,
  mean: 100,
  p50: 100,
  p75: 150,
  p90: 200,
  p95: 250,
  p99: 400,
  p999: undefined,
  max: 600,
};
const histogram = new Recording(0).measured().histogram;

const runOf = (measured: Partial<Measured> = {}, pace = calm): Run => ({
  load: { kind: 'open', ratePerSecond: 1000, durationMs: 1000 },
  planned: 1000,
  pace,
  measured: {
    requests: 1000,
    failed: 0,
    theirs: 0,
    troubles: {},
    dropped: 0,
    bytes: 1,
    elapsedMs: 1000,
    throughput: 1000,
    latency,
    sendLag: undefined,
    seconds: [],
    histogram,
    ...measured,
  },
});

describe('holding a run against its thresholds', () => {
  it.each<[string, Run, Thresholds, string]>([
    ['all holds', runOf(), { errorRate: limit('< 0.1%'), p95: limit('<= 250ms') }, 'passed'],
    ['p95 does not', runOf(), { p95: limit('< 200ms') }, 'failed'],
    ['p99 does not', runOf(), { p99: limit('< 300ms') }, 'failed'],
    ['too few a second', runOf(), { throughput: limit('>= 1001') }, 'failed'],
    ['one in a hundred fails, and nothing is said of that', runOf({ failed: 10, theirs: 10 }), {}, 'failed'],
    ['nine in a thousand fail, and nothing is said of that', runOf({ failed: 9, theirs: 9 }), {}, 'passed'],
    ['one send is dropped, and nothing is said of that', runOf({ requests: 999, dropped: 1 }), {}, 'failed'],
    [
      'one send is dropped, and may be',
      runOf({ requests: 999, dropped: 1 }),
      { dropped: limit('< 1%') },
      'passed',
    ],
    ['p99.9 of too few', runOf(), { p999: limit('< 1s') }, 'inconclusive'],
    ['the time was up', runOf({ requests: 900 }), {}, 'inconclusive'],
    ['the time was up, and it was too slow', runOf({ requests: 900 }), { p95: limit('< 200ms') }, 'failed'],
    ['nothing came to an end', runOf({ requests: 0 }), {}, 'inconclusive'],
  ])('where %s', (_what, run, thresholds, outcome) => {
    expect(judge(run, thresholds).outcome).toBe(outcome);
  });

  describe('with a client that was saturated', () => {
    it.each<[string, Run, Thresholds, string]>([
      ['a threshold that holds, holds', runOf({}, busy), { p95: limit('< 300ms') }, 'passed'],
      ['a throughput is nobody’s fault', runOf({}, busy), { throughput: limit('>= 2000') }, 'inconclusive'],
      ['dropped sends are nobody’s fault', runOf({ requests: 900, dropped: 100 }, busy), {}, 'inconclusive'],
      ['timeouts are nobody’s fault', runOf({ failed: 100 }, busy), {}, 'inconclusive'],
      ['wrong answers are the server’s', runOf({ failed: 100, theirs: 100 }, busy), {}, 'failed'],
      ['a latency far above is the server’s', runOf({}, busy), { p95: limit('< 200ms') }, 'failed'],
      [
        'a latency that the client may have added is not',
        runOf({}, busy),
        { p95: limit('< 248ms') },
        'inconclusive',
      ],
      [
        'what was sent late is not',
        runOf({ sendLag: { p50: 1, p99: 80, max: 90 } }),
        { p95: limit('< 200ms') },
        'inconclusive',
      ],
    ])('%s', (_what, run, thresholds, outcome) => {
      const judgement = judge(run, thresholds);
      expect(judgement.outcome).toBe(outcome);
      expect(judgement.saturated).toMatch(/^The client was saturated: /);
    });
  });

  it('says what was measured and what was expected', () => {
    const { reasons } = judge(runOf({ requests: 990, dropped: 10, failed: 99, theirs: 99 }), {
      p95: limit('< 200ms'),
      throughput: limit('>= 2000'),
    });

    expect(reasons).toEqual([
      'error rate 10.0 %, expected < 1%.',
      'dropped sends 1.00 %, expected <= 0%.',
      'p95 250 ms, expected < 200ms.',
      'throughput 1000, expected >= 2000.',
    ]);
  });
});
