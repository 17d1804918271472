import { reported, secret, vulnerability } from './finding.fixture.ts';
import type { Severity } from './finding.ts';
import { judge, type Judgement } from './judge.ts';
import type { ScannerRun } from './run.ts';
import { scanners } from './tools/index.ts';
import { parseWaivers } from './waivers.ts';

const now = new Date('2026-11-24T12:00:00Z');
const hourMs = 3_600_000;

function judged(
  runs: readonly ScannerRun[],
  {
    waivers = '',
    failOn = ['critical', 'high'] as const,
  }: {
    readonly waivers?: string;
    readonly failOn?: readonly Exclude<Severity, 'unknown'>[];
  } = {},
): Judgement {
  return judge({
    runs,
    waivers: parseWaivers(waivers, '.sluice/waivers.yml', now),
    statements: [],
    policy: { failOn, databaseAgeMs: 48 * hourMs },
    now,
  });
}

describe('a security scan', () => {
  it('passes where every scanner told something current, and nothing that fails', () => {
    const low = vulnerability({ severity: 'medium' });
    expect(judged([reported('trivy', { findings: [low] }), reported('secretlint')])).toMatchObject({
      outcome: 'passed',
      blocking: [],
      tolerated: [low],
      gaps: [],
    });
  });

  it.each<[Severity, readonly Exclude<Severity, 'unknown'>[], Judgement['outcome']]>([
    ['critical', ['critical'], 'passed'],
    ['critical', ['medium'], 'failed'],
    ['high', ['critical'], 'passed'],
    ['medium', ['critical', 'high'], 'passed'],
    ['low', ['critical', 'low'], 'failed'],
    // What nobody rated is taken as high.
    ['unknown', ['high'], 'failed'],
    ['unknown', ['critical'], 'passed'],
  ])('with a finding that is %s, and failing on %j: %s', (severity, failOn, outcome) => {
    const expected = severity === 'critical' ? 'failed' : outcome;
    expect(judged([reported('trivy', { findings: [vulnerability({ severity })] })], { failOn }).outcome).toBe(
      expected,
    );
  });

  it('fails on a secret whatever the severities', () => {
    expect(judged([reported('secretlint', { findings: [secret()] })], { failOn: ['critical'] }).outcome).toBe(
      'failed',
    );
  });

  it.each(['unasked', 'missing', 'crashed', 'silent', 'unreadable', 'too-slow'] as const)(
    'is inconclusive where a scanner is %s, and says why',
    (kind) => {
      const run: ScannerRun = { kind, scanner: scanners.trivy, why: 'because of this' };
      const { outcome, gaps } = judged([reported('secretlint'), run]);
      expect(outcome).toBe('inconclusive');
      expect(gaps).toMatchObject([{ scanner: 'trivy', why: 'because of this' }]);
    },
  );

  it('is inconclusive where a scanner looked at nothing', () => {
    expect(judged([reported('trivy', { looked: 0 })]).outcome).toBe('inconclusive');
    expect(judged([reported('grype', { looked: undefined })]).outcome).toBe('passed');
  });

  it('is inconclusive where a database is older than allowed, or does not tell', () => {
    const built = (hours: number) =>
      judged([
        reported('trivy', { database: { kind: 'dated', builtAt: new Date(now.getTime() - hours * hourMs) } }),
      ]);
    expect(built(48).outcome).toBe('passed');
    expect(built(49)).toMatchObject({
      outcome: 'inconclusive',
      gaps: [
        {
          scanner: 'trivy',
          what: 'has a database that is 49 h old',
          why: 'it is of 2026-11-22T11:00:00.000Z, and at most 48 h are allowed',
        },
      ],
    });
    expect(judged([reported('trivy', { database: { kind: 'undated' } })]).outcome).toBe('inconclusive');
  });

  it('accepts what is waived, and fails on a waiver that is expired or not needed', () => {
    const waiver = (expires: string): string =>
      `waivers:\n  - { id: CVE-2021-44906, scope: pkg:npm/minimist, reason: not reached at all, owner: us, expires: ${expires} }\n`;
    const runs = [reported('trivy', { findings: [vulnerability()] })];
    expect(judged(runs, { waivers: waiver('2026-11-25') })).toMatchObject({
      outcome: 'passed',
      accepted: [{ by: { kind: 'waiver' } }],
    });
    expect(judged(runs, { waivers: waiver('2026-11-23') })).toMatchObject({
      outcome: 'failed',
      blocking: [{}],
      problems: [{ line: 2, path: 'waivers.0.expires' }],
    });
    expect(judged([reported('trivy')], { waivers: waiver('2026-11-25') })).toMatchObject({
      outcome: 'failed',
      problems: [
        { line: 2, value: 'a waiver of CVE-2021-44906 for pkg:npm/minimist, which no scanner found' },
      ],
    });
  });

  it('does not miss a finding in a distribution’s package where nobody looked at the image', () => {
    const waivers =
      'waivers:\n  - { id: CVE-1, scope: pkg:deb/debian/tar, reason: not reached at all, owner: us, expires: 2026-12-01 }\n';
    expect(judged([reported('secretlint')], { waivers }).outcome).toBe('passed');
    expect(judged([reported('trivy')], { waivers }).outcome).toBe('failed');
  });
});
