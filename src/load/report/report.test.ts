import { Recording } from '../recording.ts';
import { judge } from '../judge.ts';
import { chart, percentileChart } from './chart.ts';
import { reportOf, type Compared, type Report } from './report.ts';
import { summaryOf } from './summary.ts';
import { testCasesOf } from './test-cases.ts';

const interleaved = { kind: 'interleaved', why: undefined, blocks: 20 } as const;
const p50 = { name: 'p50', previousMs: 40, currentMs: 41, estimateMs: 1, leastMs: -1, mostMs: 2 } as const;
const p95 = {
  name: 'p95',
  previousMs: 100,
  currentMs: 121,
  estimateMs: 20.5,
  leastMs: 12,
  mostMs: 30,
} as const;

const slower: Compared = {
  ...interleaved,
  result: 'worse',
  differences: [
    { ...p50, isWorse: false },
    { ...p95, isWorse: true },
  ],
};
const alike: Compared = {
  ...interleaved,
  result: 'not worse',
  differences: [{ ...p50, isWorse: false }],
};

/** A run of three seconds: 10, 20 and 30 ms, and one failure in the last. */
function report(comparison: Compared = { kind: 'not-asked' }): Report {
  const recording = new Recording(0);
  for (let index = 0; index < 300; index += 1) {
    const at = index * 10;
    const trouble = index === 299 ? ({ kind: 'status', status: 503 } as const) : undefined;
    recording.exchange(at, at + 10 * (1 + Math.floor(index / 100)), { trouble, bytes: 100 });
  }
  const load = { kind: 'closed', requests: 300, concurrency: 1 } as const;
  const run = { load, measured: recording.measured(), pace: { busy: 0.2, loopDelayP99Ms: 1 }, planned: 300 };
  return reportOf({
    environment: 'staging',
    version: '1.2.3',
    image: `registry/shop@sha256:${'b'.repeat(64)}`,
    startedAt: new Date('2026-05-04T10:00:00Z'),
    finishedAt: new Date('2026-05-04T10:00:03Z'),
    target: {
      url: new URL('https://staging.example.org/<a&b>'),
      method: 'GET',
      headers: {},
      body: undefined,
      expect: { statuses: undefined, contains: undefined },
      timeoutMs: 1000,
    },
    run,
    judgement: judge(run, { p95: { operator: '<', limit: 25, unit: 'ms' } }),
    comparison,
  });
}

describe('a report', () => {
  it('has each second by itself', () => {
    expect(report().seconds.map(({ at, failed, p50 }) => [at, failed, Math.round(p50)])).toEqual([
      [0, 0, 10],
      [1, 0, 20],
      [2, 0, 30],
      [3, 1, 30],
    ]);
  });

  it('fails for a release that is slower, and tells by how much', () => {
    const { outcome, reasons } = report(slower);
    expect(outcome).toBe('failed');
    expect(reasons).toContain(
      'Slower than the previous release: p95 by 20.5 ms (21 %), between 12.0 ms and 30.0 ms.',
    );
  });

  it('tells of a release that was not found slower by how much it may be', () => {
    expect(report(alike).reasons).toEqual(['p95 30.0 ms, expected < 25ms.']);
    expect(summaryOf(report(alike)).toString()).toContain(
      'Not found slower than the previous release, in 20 blocks of each: p50 by at most 5 %.',
    );
  });

  it('is a test for each threshold, and one for the comparison', () => {
    expect(testCasesOf(report(slower)).map(({ name, outcome }) => [name, outcome.kind])).toEqual([
      ['error rate < 1%', 'passed'],
      ['p95 < 25ms', 'failed'],
      ['not slower than the previous release', 'failed'],
    ]);
  });

  it('is read by people as a table and a chart', () => {
    const text = summaryOf(report(slower)).toString();
    expect(text).toContain('### Performance Tests: ❌ Not good enough');
    expect(text).toContain('| ❌ | p95 \\< 25ms | 30.0 ms |');
    expect(text).toContain('| 300 | 1 | – | 99.0 | 20.0 ms | 30.0 ms | under 1,000 requests |');
    expect(text).toContain('| status 503 | 1 |');
    expect(text).toContain('| ❌ p95 | 100 ms | 121 ms | 20.5 ms | 12.0 ms and 30.0 ms |');
  });

  it('is a chart of mermaid that names each percentile, and leaves out those of too few', () => {
    expect(percentileChart(report())).toBe(
      [
        'xychart-beta',
        '  title "Latency by percentile"',
        '  x-axis ["p50", "p75", "p90", "p95", "slowest"]',
        '  y-axis "ms" 0 --> 50',
        '  bar [20, 30, 30, 30, 30]',
      ].join('\n'),
    );
  });

  it('is a drawing with a line for each percentile, the threshold, and the second that failed', () => {
    const svg = chart(report());
    expect(svg.match(/<polyline /g)).toHaveLength(3);
    expect(svg).toContain('>p95 &lt; 25ms</text>');
    expect(svg).toContain('<title>1 of 3 requests failed</title>');
    expect(svg).toContain('%3Ca&amp;b%3E');
  });

  it('is drawn for what was measured: a limit far above is left out', () => {
    const { thresholds, ...rest } = report();
    const far = thresholds.map((one) => ({ ...one, limit: { ...one.limit, limit: 1000 } }));
    expect(chart({ ...rest, thresholds: far })).not.toContain('stroke-dasharray');
    expect(chart({ ...rest, thresholds })).toContain('stroke-dasharray');
  });
});
