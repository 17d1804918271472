import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { HistogramLogReader } from 'hdr-histogram-js';
import { readJUnit, totalsOf } from '../../junit/index.ts';
import { judge } from '../judge.ts';
import { Recording } from '../recording.ts';
import { readEarlier, writeReport } from './files.ts';
import { reportOf } from './report.ts';

describe('the files of a report', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'sluice-report-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const read = (name: string): string => readFileSync(path.join(folder, name), 'utf8');

  it('are read by those they are for', async () => {
    const recording = new Recording(0);
    for (let ms = 1; ms <= 2000; ms += 1) recording.exchange(0, ms, { trouble: undefined, bytes: 1 });
    const load = { kind: 'closed', requests: 2000, concurrency: 2000 } as const;
    const run = {
      load,
      measured: recording.measured(),
      pace: { busy: 0.1, loopDelayP99Ms: 0 },
      planned: 2000,
    };
    const report = reportOf({
      environment: 'staging',
      version: '1.2.3',
      image: '',
      startedAt: new Date('2026-05-04T10:00:00Z'),
      finishedAt: new Date('2026-05-04T10:00:02Z'),
      target: {
        url: new URL('https://staging.example.org/'),
        method: 'GET',
        headers: {},
        body: undefined,
        expect: { statuses: undefined, contains: undefined },
        timeoutMs: 1000,
      },
      run,
      judgement: judge(run, { p95: { operator: '<', limit: 1000, unit: 'ms' } }),
      comparison: { kind: 'not-asked' },
    });

    await writeReport(folder, report, run.measured.histogram);

    const logged = new HistogramLogReader(read('latency.hlog')).nextIntervalHistogram();
    expect(logged?.totalCount).toBe(2000);
    // In microseconds, within a tenth of a per cent.
    expect((logged?.getValueAtPercentile(95) ?? 0) / 1_900_000).toBeCloseTo(1, 2.5);
    expect(read('latency.hgrm')).toMatch(/#\[Max\s+=\s+2000\.\d+, Total count\s+=\s+2000\]/);
    expect(totalsOf(readJUnit(read('junit.xml')))).toMatchObject({ passed: 1, failed: 1, skipped: 0 });
    expect(await readEarlier(path.join(folder, 'report.json'))).toEqual({
      version: '1.2.3',
      finishedAt: '2026-05-04T10:00:02.000Z',
      throughput: report.throughput,
      p50: report.latency.p50,
      p95: report.latency.p95,
    });
  });

  it('are not taken for a report where they are none', async () => {
    const file = path.join(folder, 'report.json');
    writeFileSync(file, '{"format":"another"}');
    await expect(readEarlier(file)).rejects.toMatchObject({
      message: 'The earlier report cannot be read',
      where: file,
      why: expect.stringContaining('expected "sluice-performance/1"') as string,
    });
  });
});
