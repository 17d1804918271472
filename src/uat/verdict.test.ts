import type { Verdict } from '../evidence/index.ts';
import type { Outcome, UatResult } from './result.ts';
import { accept, factsOf, sign } from './verdict.ts';

const result = (kind: Outcome['kind']): UatResult => ({
  scenario: {
    name: kind,
    file: 'uat/a.yml',
    line: 1,
    visitor: { words: [], phone: false, language: undefined },
    exchanges: [],
  },
  outcome: kind === 'skipped' ? { kind, why: 'no browser' } : { kind },
  exchanges: [],
  milliseconds: 1,
});
const results = (...kinds: Outcome['kind'][]): UatResult[] => kinds.map(result);

describe('acceptance', () => {
  it.each([
    [results('passed', 'passed'), 'none', false, 'passed', '2 scenarios passed'],
    [results('passed', 'skipped'), 'optional', false, 'passed', '1 scenario passed, 1 skipped'],
    [results('passed', 'failed', 'skipped'), 'none', false, 'failed', '1 of 2 scenarios failed, 1 skipped'],
    [
      results('passed', 'skipped'),
      'required',
      true,
      'inconclusive',
      '1 scenario passed, 1 skipped: the page checks need a browser',
    ],
    [
      results('skipped'),
      'none',
      false,
      'inconclusive',
      '0 scenarios passed, 1 skipped: the page checks need a browser',
    ],
    [results('passed'), 'required', false, 'inconclusive', '1 scenario passed; not signed off yet'],
    [results('failed'), 'required', true, 'failed', '1 of 1 scenario failed'],
  ] as const)('%#', (played, signOff, browserRequired, outcome, summary) => {
    expect(accept(played, { signOff, browserRequired })).toMatchObject({ outcome, summary });
  });
});

describe('a signature', () => {
  const by = { by: 'grace', comment: 'Looks\nright', environment: 'staging-sign-off' };
  const verdictOf = (signOff: 'none' | 'optional' | 'required', ...kinds: Outcome['kind'][]): Verdict => {
    const acceptance = accept(results(...kinds), { signOff, browserRequired: true });
    const { outcome, summary } = acceptance;
    return {
      kind: 'uat',
      digest: `sha256:${'a'.repeat(64)}`,
      outcome,
      summary,
      facts: factsOf(acceptance, { signOff, browser: 'Chrome', version: '1.0.0' }),
      startedAt: '2026-11-24T12:00:00.000Z',
      finishedAt: '2026-11-24T12:01:00.000Z',
    };
  };
  const later = '2026-11-24T13:00:00.000Z';

  it('completes what nothing else is missing of', () => {
    const open = verdictOf('required', 'passed');
    expect(open.facts['open']).toBe('sign-off');
    expect(sign(open, by, later)).toEqual({
      ...open,
      outcome: 'passed',
      summary: '1 scenario passed; signed off by grace',
      facts: {
        passed: 1,
        failed: 0,
        skipped: 0,
        signOff: 'required',
        browser: 'Chrome',
        version: '1.0.0',
        signedOffBy: 'grace',
        signedOffOn: 'staging-sign-off',
        comment: 'Looks right',
      },
      finishedAt: later,
    });
  });

  it('is added to what has passed where it is optional', () => {
    expect(sign(verdictOf('optional', 'passed'), by, later)).toMatchObject({
      outcome: 'passed',
      facts: { signedOffBy: 'grace' },
    });
  });

  it.each([
    ['a failure', verdictOf('required', 'failed')],
    ['what could not be played', verdictOf('required', 'passed', 'skipped')],
    ['what nobody has to sign', verdictOf('none', 'passed')],
    ['a verdict of another kind', { ...verdictOf('required', 'passed'), kind: 'scan' as const }],
  ])('does not make %s good', (_, verdict) => {
    expect(sign(verdict, by, later)).toBeUndefined();
  });
});
