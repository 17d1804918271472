import { formatProblem } from '../config/index.ts';
import { secret, vulnerability } from './finding.fixture.ts';
import { isWaived, parseWaivers } from './waivers.ts';

const now = new Date('2026-11-24T12:00:00Z');
const parse = (text: string) => parseWaivers(text, '.sluice/waivers.yml', now);
const entry = (changes: Record<string, string>): string => {
  const fields = {
    id: 'CVE-2021-44906',
    scope: 'pkg:npm/minimist',
    reason: 'only reached from the build',
    owner: "'@platform'",
    expires: '2026-12-31',
    ...changes,
  };
  return `  - ${Object.entries(fields)
    .map(([key, value]) => `${key}: ${value}`)
    .join('\n    ')}\n`;
};

describe('.sluice/waivers.yml', () => {
  it('reads what is accepted, with the place of each', () => {
    const { waivers, problems } = parse(`waivers:\n${entry({})}`);
    expect(problems).toEqual([]);
    expect(waivers).toMatchObject([{ id: 'CVE-2021-44906', expires: '2026-12-31', place: { line: 2 } }]);
  });

  it.each(['', '# nothing yet\n', 'waivers: []\n'])('accepts nothing: %j', (text) => {
    expect(parse(text)).toEqual({ waivers: [], problems: [] });
  });

  it('holds to its last day, and not on the day after', () => {
    expect(parse(`waivers:\n${entry({ expires: '2026-11-24' })}`).problems).toEqual([]);
    const { waivers, problems } = parse(`waivers:\n${entry({ expires: '2026-11-23' })}`);
    expect(waivers).toEqual([]);
    expect(problems.map(formatProblem)).toEqual([
      '.sluice/waivers.yml:6:14 waivers.0.expires: found 2026-11-23, which is over; expected a day to come: fix the finding, or decide on it anew.',
    ]);
  });

  it('holds for 90 days and not for 91', () => {
    expect(parse(`waivers:\n${entry({ expires: '2027-02-22' })}`).problems).toEqual([]);
    const [problem] = parse(`waivers:\n${entry({ expires: '2027-02-23' })}`).problems;
    expect(problem?.expected).toBe('at most 90 days from now: 2027-02-22 at the latest');
  });

  it('tells all mistakes at once, each with its line', () => {
    const text = `waivers:\n${entry({ reason: 'because' })}${entry({ expires: '2026-02-30', until: 'x' })}${entry({ scope: 'minimist' })}${entry({ expires: '2026-11-01' })}`;
    expect(parse(text).problems.map(({ line, path }) => [line, path])).toEqual([
      [4, 'waivers.0.reason'],
      [11, 'waivers.1.expires'],
      [12, 'waivers.1.until'],
      [14, 'waivers.2.scope'],
      [22, 'waivers.3.expires'],
    ]);
    expect(parse('waivers: no\n').problems).toMatchObject([{ line: 1, expected: 'a list of waivers' }]);
    expect(parse('- waivers').problems).toMatchObject([{ line: 1 }]);
    expect(parse('waivers: [').problems).not.toEqual([]);
  });

  it('is about the advisory by any of its names, and about the package it says', () => {
    const [waiver] = parse(`waivers:\n${entry({ scope: 'pkg:npm/minimist@0.0.8' })}`).waivers;
    const finding = vulnerability({ ids: ['GHSA-xvch-5gv4-984h', 'CVE-2021-44906'] });
    expect(isWaived(finding, waiver!)).toBe(true);
    expect(isWaived({ ...finding, purl: 'pkg:npm/minimist@0.0.9' }, waiver!)).toBe(false);
    expect(isWaived({ ...finding, purl: 'pkg:npm/other@0.0.8' }, waiver!)).toBe(false);
    expect(isWaived({ ...finding, ids: ['CVE-2000-1'] }, waiver!)).toBe(false);
  });

  it('is about one secret in one file', () => {
    const [waiver] = parse(`waivers:\n${entry({ id: 'secret:0123456789ab', scope: 'src/a.ts' })}`).waivers;
    expect(isWaived(secret(), waiver!)).toBe(true);
    expect(isWaived(secret({ file: 'src/b.ts' }), waiver!)).toBe(false);
    expect(isWaived(secret({ id: 'secret:ffffffffffff' }), waiver!)).toBe(false);
  });
});
