import { formatDuration, parseDuration } from '../config/index.ts';
import type { Verdict } from '../evidence/index.ts';

/** What the scan of an image has to have been, as `sluice.yml` of the commit that is promoted says it. */
export interface ScanPolicy {
  /** Each has to have told. */
  readonly tools: readonly string[];
  readonly failOn: readonly string[];
  /** The oldest that a scanner's database may have been, in milliseconds. */
  readonly databaseAgeMs: number;
}

/**
 * Compares what a scan's verdict rests on with what had to be scanned. A variable at GitHub may have chosen other
 * scanners, and the workflow another file than this `sluice.yml`: its outcome then says nothing about what is asked.
 *
 * @param facts as `security-scan` writes them: `tools` with versions (`trivy 0.69.3, npm-audit 11.19.1`), `failOn`
 *   (`critical, high`) and `databaseAgeLimit` (`48h`)
 * @returns what goes on after “The statement of the verdict "scan"”; nothing where the scan was as it has to be
 */
export function problemsOfScan(policy: ScanPolicy, facts: Verdict['facts']): readonly string[] {
  const told = textsOf(facts['tools']).map((tool) => tool.split(' ')[0]);
  const missing = policy.tools.filter((tool) => !told.includes(tool));
  const limit = facts['databaseAgeLimit'];
  const limitMs = typeof limit === 'string' ? parseDuration(limit) : undefined;
  const failOn = textsOf(facts['failOn']);
  const problems = [
    missing.length === 0
      ? undefined
      : `is of a scan without ${missing.join(', ')}, which sluice.yml asks for; it was told by ${told.join(', ') || 'nobody'}`,
    isSameSet(failOn, policy.failOn)
      ? undefined
      : `is of a scan that failed on ${failOn.join(', ') || 'nothing that it names'}; sluice.yml says ${policy.failOn.join(', ')}`,
    limitMs !== undefined && limitMs <= policy.databaseAgeMs
      ? undefined
      : `is of a scan whose databases might be ${limitMs === undefined ? 'of any age' : `${formatDuration(limitMs)} old`}; sluice.yml says ${formatDuration(policy.databaseAgeMs)}`,
  ];
  return problems.filter((problem) => problem !== undefined);
}

function textsOf(fact: Verdict['facts'][string] | undefined): readonly string[] {
  return typeof fact !== 'string' || fact === '' ? [] : fact.split(', ');
}

function isSameSet(one: readonly string[], other: readonly string[]): boolean {
  return one.every((each) => other.includes(each)) && other.every((each) => one.includes(each));
}
