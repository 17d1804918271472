import type { Problem } from '../config/index.ts';
import type { Outcome } from '../evidence/index.ts';
import { isAtLeast, type Finding, type ScannerName, type Severity, weightOf } from './finding.ts';
import { mergeFindings } from './merge.ts';
import { parsePurl } from './purl.ts';
import type { ScannerRun } from './run.ts';
import { exoneration, type VexStatement } from './vex.ts';
import { isWaived, unusedWaiver, type Waiver, type Waivers } from './waivers.ts';

/** The clocks of a runner and of whoever built a database may differ by this much. */
const clockSkewMs = 3_600_000;

export interface Policy {
  /** The least of these fails, and everything above it. */
  readonly failOn: readonly Exclude<Severity, 'unknown'>[];
  /** The oldest that a scanner's database may be, in milliseconds. */
  readonly databaseAgeMs: number;
}

/** Why a finding does not count. */
export type Acceptance =
  | { readonly kind: 'waiver'; readonly waiver: Waiver }
  | { readonly kind: 'vex'; readonly statement: VexStatement };

export interface Accepted {
  readonly finding: Finding;
  readonly by: Acceptance;
}

/** Why the scan cannot vouch for the image, whatever it found. */
export interface Gap {
  readonly scanner: ScannerName;
  /** Goes on after its name: `crashed`. */
  readonly what: string;
  readonly why: string;
}

export interface Judgement {
  readonly outcome: Outcome;
  /** Those that fail it, the worst first. */
  readonly blocking: readonly Finding[];
  /** Those below what fails. */
  readonly tolerated: readonly Finding[];
  readonly accepted: readonly Accepted[];
  readonly gaps: readonly Gap[];
  /** Mistakes in the waivers. */
  readonly problems: readonly Problem[];
}

/**
 * Decides whether an image is clean: every scanner that was asked has told something current, nothing it found is as
 * bad as what fails, and every waiver holds and is needed. What could not be looked at is not clean either.
 */
export function judge(facts: {
  readonly runs: readonly ScannerRun[];
  readonly waivers: Waivers;
  readonly statements: readonly VexStatement[];
  readonly policy: Policy;
  readonly now: Date;
}): Judgement {
  const { runs, waivers, statements, policy } = facts;
  const findings = mergeFindings(runs.flatMap((run) => (run.kind === 'reported' ? run.report.findings : [])));
  const blocking: Finding[] = [];
  const tolerated: Finding[] = [];
  const accepted: Accepted[] = [];
  for (const finding of findings) {
    const by = acceptance(finding, waivers.waivers, statements);
    if (by !== undefined) accepted.push({ finding, by });
    else if (fails(finding, policy)) blocking.push(finding);
    else tolerated.push(finding);
  }
  const gaps = runs.flatMap((run) => gapOf(run, policy, facts.now));
  const unused = waivers.waivers
    .filter((waiver) => canBeSeen(waiver, runs) && !findings.some((finding) => isWaived(finding, waiver)))
    .map(unusedWaiver);
  const problems = [...waivers.problems, ...unused];
  const outcome =
    blocking.length > 0 || problems.length > 0 ? 'failed' : gaps.length > 0 ? 'inconclusive' : 'passed';
  return { outcome, blocking, tolerated, accepted, gaps, problems };
}

function acceptance(
  finding: Finding,
  waivers: readonly Waiver[],
  statements: readonly VexStatement[],
): Acceptance | undefined {
  const waiver = waivers.find((each) => isWaived(finding, each));
  if (waiver !== undefined) return { kind: 'waiver', waiver };
  const statement = exoneration(finding, statements);
  return statement === undefined ? undefined : { kind: 'vex', statement };
}

/** A secret always fails: whoever can read the repository has it. */
function fails(finding: Finding, { failOn }: Policy): boolean {
  return finding.kind === 'secret' || failOn.some((least) => isAtLeast(weightOf(finding), least));
}

function gapOf(run: ScannerRun, policy: Policy, now: Date): Gap[] {
  const gap = (what: string, why: string): Gap[] => [{ scanner: run.scanner.name, what, why }];
  switch (run.kind) {
    case 'unasked':
      return gap('was not run', run.why);
    case 'missing':
      return gap('is missing', run.why);
    case 'crashed':
      return gap('crashed', run.why);
    case 'silent':
      return gap('said nothing', run.why);
    case 'unreadable':
      return gap('gave no report', run.why);
    case 'too-slow':
      return gap('was stopped', run.why);
    case 'reported':
      if (run.report.looked === 0) return gap('looked at nothing', 'it found no package and no file');
      return databaseGap(run, policy, now);
  }
}

function databaseGap(
  { scanner: { name }, report: { database } }: Extract<ScannerRun, { kind: 'reported' }>,
  { databaseAgeMs }: Policy,
  now: Date,
): Gap[] {
  switch (database.kind) {
    case 'none':
    case 'live':
      return [];
    case 'undated':
      return [
        { scanner: name, what: 'has a database of unknown age', why: 'it does not say when it was built' },
      ];
    case 'dated': {
      const age = now.getTime() - database.builtAt.getTime();
      if (age < -clockSkewMs) {
        return [
          {
            scanner: name,
            what: 'has a database of the future',
            why: `it says that it is of ${database.builtAt.toISOString()}, so that its age is not known`,
          },
        ];
      }
      if (age <= databaseAgeMs) return [];
      return [
        {
          scanner: name,
          what: `has a database that is ${hours(age)} old`,
          why: `it is of ${database.builtAt.toISOString()}, and at most ${hours(databaseAgeMs)} are allowed`,
        },
      ];
    }
  }
}

function hours(ms: number): string {
  return `${Math.round(ms / 3_600_000)} h`;
}

/**
 * Secrets are seen by scanners of secrets alone, and the packages of a distribution by scanners of images: where none
 * was asked, none could find them.
 */
function canBeSeen({ id, scope }: Waiver, runs: readonly ScannerRun[]): boolean {
  const ran = new Set(runs.map(({ scanner }) => scanner.category));
  if (id.startsWith('secret:')) return ran.has('secrets');
  const isOfSystem = ['deb', 'apk', 'rpm'].includes(parsePurl(scope)?.type ?? '');
  return ran.has('image') || (ran.has('dependencies') && !isOfSystem);
}
