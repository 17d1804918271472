import { formatDuration } from '../config/index.ts';
import type { Verdict } from '../evidence/index.ts';
import { type Finding, weightOf } from './finding.ts';
import type { Judgement } from './judge.ts';
import type { ScannerRun } from './run.ts';
import type { Scan } from './scan.ts';
import type { ScanSettings } from './settings.ts';

/** How a scanner fared, in one line of the log. */
export function describeRun(run: ScannerRun): string {
  const { name, category } = run.scanner;
  if (run.kind !== 'reported') return `${name} did not tell: ${run.why}`;
  const { report, version } = run;
  const unit = category === 'secrets' ? 'file' : 'package';
  const looked = report.looked === undefined ? '' : ` in ${count(report.looked, unit)}`;
  return `${name} ${version}: ${count(report.findings.length, 'finding')}${looked}${describeDatabase(run)}`;
}

function describeDatabase({ report: { database } }: Extract<ScannerRun, { kind: 'reported' }>): string {
  switch (database.kind) {
    case 'none':
      return '';
    case 'live':
      return '; asked as it ran';
    case 'undated':
      return '; its database does not say how old it is';
    case 'dated':
      return `; its database is of ${database.builtAt.toISOString()}`;
  }
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? '' : 's'}`;
}

/** `2 critical, 1 high` */
export function countBySeverity(findings: readonly Finding[]): string {
  const parts = (['critical', 'high', 'medium', 'low'] as const).flatMap((each) => {
    const number = findings.filter((finding) => weightOf(finding) === each).length;
    return number === 0 ? [] : [`${number} ${each}`];
  });
  return parts.length === 0 ? 'none' : parts.join(', ');
}

/** One line for people: why it is clean, or why it is not. */
export function summaryLine({ blocking, accepted, tolerated, gaps, problems, outcome }: Judgement): string {
  const rest = [
    ...(accepted.length > 0 ? [`${accepted.length} accepted`] : []),
    ...(tolerated.length > 0 ? [`${tolerated.length} below what fails`] : []),
  ];
  const words = [
    ...(blocking.length > 0 ? [`findings that fail: ${countBySeverity(blocking)}`] : []),
    ...(problems.length > 0 ? [`${count(problems.length, 'mistake')} in the waivers`] : []),
    ...gaps.map(({ scanner, what }) => `${scanner} ${what}`),
    ...(outcome === 'passed' ? ['no finding that fails'] : []),
    ...rest,
  ].join('; ');
  return words.length <= 300 ? words : `${words.slice(0, 299)}…`;
}

/** What the verdict rests on. */
export function factsOf({ runs, judgement }: Scan, settings: ScanSettings, source: string): Verdict['facts'] {
  const reported = runs.filter((run) => run.kind === 'reported');
  const databases = reported.flatMap(({ scanner, report: { database } }) =>
    database.kind === 'dated' ? [`${scanner.name} ${database.builtAt.toISOString()}`] : [],
  );
  const notRun = [
    ...runs.flatMap(({ kind, scanner }) => (kind === 'reported' ? [] : [scanner.name])),
    ...(settings.chosenBy?.instead ?? []),
  ];
  return {
    tools: reported.map(({ scanner, version }) => `${scanner.name} ${version}`).join(', '),
    notRun: notRun.join(', '),
    failOn: settings.failOn.join(', '),
    blocking: judgement.blocking.length,
    tolerated: judgement.tolerated.length,
    accepted: judgement.accepted.length,
    databaseAgeLimit: formatDuration(settings.databaseAgeMs),
    databases: databases.join(', '),
    source,
  };
}
