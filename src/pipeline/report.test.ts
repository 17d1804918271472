import { outcomesOf, standingOf, summariseRun, withApproval, type JobRecord } from './report.ts';

const job = (
  name: string,
  conclusion: string | null,
  from: string,
  to?: string,
  steps: JobRecord['steps'] = [],
): JobRecord => ({
  name,
  conclusion,
  startedAt: `2026-11-24T10:${from}Z`,
  completedAt: to === undefined ? undefined : `2026-11-24T10:${to}Z`,
  url: `http://github/${name.length}`,
  steps,
});

describe('the page of a run', () => {
  it('finds each stage among the jobs of a reusable workflow, and among the steps of a job', () => {
    const step = { ...job('Traffic Switch', 'success', '03:00', '03:30'), url: undefined };
    const outcomes = outcomesOf(
      [
        { name: 'CI Tests' },
        { name: 'Build Image' },
        { name: 'Deploy to DEV' },
        { name: 'Traffic Switch' },
        { name: 'Gone' },
      ],
      [
        job('Development / CI Tests', 'success', '00:00', '00:20'),
        job('Development / Build Image', 'skipped', '00:20', '00:20'),
        job('Development / Deploy to DEV', null, '00:21'),
        job('Development / Production', 'success', '02:00', '04:00', [step]),
      ],
    );
    expect(outcomes.map(({ name, conclusion, milliseconds }) => [name, conclusion, milliseconds])).toEqual([
      ['CI Tests', 'success', 20_000],
      ['Build Image', 'skipped', undefined],
      ['Deploy to DEV', 'running', undefined],
      ['Traffic Switch', 'success', 30_000],
      ['Gone', 'not run', undefined],
    ]);
    expect(outcomes[3]!.url).toBe('http://github/24');
  });

  it('shows results, times, a chart, and what runs where', () => {
    const outcomes = outcomesOf(
      [{ name: 'CI Tests' }, { name: 'Deploy to DEV' }],
      [job('CI Tests', 'success', '00:00', '00:20'), job('Deploy to DEV', 'failure', '00:30', '01:35')],
    );
    const standings = [
      standingOf('development', {
        payload: { version: 'c'.repeat(40), digest: `sha256:${'d'.repeat(64)}` },
        sha: 'e'.repeat(40),
        statusAt: '2026-11-24T10:05:09Z',
        creator: 'ada[bot]',
        url: 'http://dev',
      }),
      standingOf('staging', undefined),
    ];
    expect(summariseRun('development', outcomes, standings).toString()).toBe(
      [
        '## Pipeline to development',
        '',
        '| Stage | Result | Time |',
        '| --- | --- | --- |',
        '| [CI Tests](http://github/8) | ✅ success | 20 s |',
        '| [Deploy to DEV](http://github/13) | ❌ failure | 1 min 5 s |',
        '',
        '```mermaid',
        'gantt',
        '  dateFormat x',
        '  axisFormat %M:%S',
        '  CI Tests :done, 0, 20000',
        '  Deploy to DEV :crit, 30000, 95000',
        '```',
        '',
        '### What runs where',
        '',
        '| Environment | Version | Digest | Since | By | URL |',
        '| --- | --- | --- | --- | --- | --- |',
        '| development | `cccccccccccc` | `sha256:dddddddddddd` | 2026-11-24 10:05 UTC | ada\\[bot\\] | http://dev |',
        '| staging | nothing yet |  |  |  |  |',
      ].join('\n'),
    );
  });

  it('takes the commit for the version of a record that somebody else has made', () => {
    const record = { payload: 'text', sha: 'abc', statusAt: undefined, creator: undefined, url: undefined };
    expect(standingOf('production', record)).toMatchObject({ version: 'abc', digest: undefined });
  });

  it('says who approved, in the place of the stage that is neither a job nor a step', () => {
    const outcomes = outcomesOf([{ name: 'Manual Approval' }, { name: 'Monitoring' }], []);
    const reviews = [
      { state: 'rejected', by: 'ada', comment: '', environments: ['staging'] },
      { state: 'approved', by: 'gr_ace', comment: 'go', environments: ['production'] },
    ];
    const [approval, monitoring] = withApproval(outcomes, 'production', reviews);
    expect(approval).toMatchObject({ conclusion: 'success', remark: 'approved by gr_ace' });
    expect(monitoring).toEqual(outcomes[1]);
    expect(withApproval(outcomes, 'staging', reviews)[0]).toMatchObject({ conclusion: 'failure' });
    expect(withApproval(outcomes, 'development', reviews)).toEqual(outcomes);
    expect(summariseRun('production', [approval!], []).toString()).toContain('approved by gr\\_ace');
  });
});
