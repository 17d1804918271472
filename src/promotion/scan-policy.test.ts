import { problemsOfScan, type ScanPolicy } from './scan-policy.ts';

const policy: ScanPolicy = {
  tools: ['trivy', 'npm-audit', 'secretlint'],
  failOn: ['critical', 'high'],
  databaseAgeMs: 48 * 3_600_000,
};
const facts = {
  tools: 'trivy 0.69.3, npm-audit 11.19.1, secretlint 12.0.0',
  failOn: 'critical, high',
  databaseAgeLimit: '48h',
};

describe('the scan that a promotion rests on', () => {
  it('is as sluice.yml says it, or stricter', () => {
    expect(problemsOfScan(policy, facts)).toEqual([]);
    const more = { ...facts, tools: `grype 0.110.0, ${facts.tools}`, databaseAgeLimit: '1d' };
    expect(problemsOfScan(policy, more)).toEqual([]);
  });

  it.each([
    [
      { tools: 'local-advisories 1, secretlint 12.0.0' },
      'is of a scan without trivy, npm-audit, which sluice.yml asks for; it was told by local-advisories, secretlint',
    ],
    [{ tools: '' }, 'it was told by nobody'],
    // A name that only begins or goes on like one of them.
    [{ tools: 'trivy-dummy 1, npm-audit 11.19.1, secretlint 12.0.0' }, 'without trivy, which'],
    [{ failOn: 'critical' }, 'failed on critical; sluice.yml says critical, high'],
    [{ failOn: '' }, 'failed on nothing that it names'],
    [{ databaseAgeLimit: '3650d' }, 'might be 3650d old; sluice.yml says 2d'],
    [{ databaseAgeLimit: 'for ever' }, 'might be of any age'],
  ])('is refused where it was weaker: %j', (change, problem) => {
    const problems = problemsOfScan(policy, { ...facts, ...change });
    expect(problems).toEqual([expect.stringContaining(problem)]);
  });

  it('is refused for all of it where the verdict says nothing of it', () => {
    expect(problemsOfScan(policy, {})).toHaveLength(3);
  });
});
