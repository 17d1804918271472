import type { scannerNames } from '../config/index.ts';

/** From the worst to the least; `failOn` of sluice.yml names the least that fails. */
export const severities = ['critical', 'high', 'medium', 'low', 'unknown'] as const;
export type Severity = (typeof severities)[number];

export type ScannerName = (typeof scannerNames)[number];

/** What code scanning shows beside each other: one SARIF file each. */
export const categories = ['image', 'dependencies', 'secrets'] as const;
export type Category = (typeof categories)[number];

/** A known vulnerability of a package that the image or the lock file has. */
export interface Vulnerability {
  readonly kind: 'vulnerability';
  /** Every name that the advisory has, the preferred one first: `CVE-2024-1`, `GHSA-…`. */
  readonly ids: readonly string[];
  /** Without qualifiers, in the canonical form: `pkg:npm/%40scope/name@1.2.3`. */
  readonly purl: string;
  readonly severity: Severity;
  readonly title: string;
  readonly fixedIn: string | undefined;
  readonly url: string | undefined;
  /** The lock file, relative to the repository; or the target in the image, as the scanner names it. */
  readonly place: string;
  /** Who found it. */
  readonly scanners: readonly ScannerName[];
}

/** A secret in the repository. What it is, is nowhere in here. */
export interface LeakedSecret {
  readonly kind: 'secret';
  /** `secret:` and a slow, salted hash, so that the same secret can be told again and not be guessed. */
  readonly id: string;
  /** The scanner's rule: `@secretlint/secretlint-rule-github`. */
  readonly rule: string;
  /** Relative to the repository. */
  readonly file: string;
  readonly line: number;
  readonly scanners: readonly ScannerName[];
}

export type Finding = Vulnerability | LeakedSecret;

/** What a title may have: the rest is where the advisory is. */
const longestText = 300;

/**
 * Text of a scanner's, or of an advisory's, as it may stand in a log or on a page: one line, without what moves the
 * cursor, turns the direction of writing, or starts a command of the runner (which knows `##[` anywhere in a line).
 */
export function printable(text: string, longest = longestText): string {
  const line = text
    .toWellFormed()
    .replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ')
    .replace(/\p{Cf}/gu, '')
    .replaceAll('##[', '## [')
    .trim();
  return line.length <= longest ? line : `${line.slice(0, longest - 1)}…`;
}

/** A finding whose texts are {@link printable}, and whose link is one that a browser may follow. */
export function cleaned(finding: Finding): Finding {
  if (finding.kind === 'secret') return finding;
  const { url, fixedIn } = finding;
  return {
    ...finding,
    purl: printable(finding.purl),
    title: printable(finding.title),
    place: printable(finding.place),
    fixedIn: fixedIn === undefined ? undefined : printable(fixedIn),
    url: url !== undefined && /^https?:$/.test(URL.parse(url)?.protocol ?? '') ? url : undefined,
  };
}

/** Reads a severity as any of the scanners writes it. What is not told is `unknown`. */
export function severityOf(text: string | undefined): Severity {
  switch (text?.toLowerCase()) {
    case 'critical':
      return 'critical';
    case 'high':
    case 'important':
      return 'high';
    case 'medium':
    case 'moderate':
      return 'medium';
    case 'low':
    case 'negligible':
    case 'info':
      return 'low';
    default:
      return 'unknown';
  }
}

/** The qualitative rating of a CVSS base score: https://www.first.org/cvss/v3.1/specification-document, section 5. */
export function severityOfScore(score: number): Severity {
  if (!(score >= 0 && score <= 10)) return 'unknown';
  if (score >= 9) return 'critical';
  if (score >= 7) return 'high';
  if (score >= 4) return 'medium';
  return 'low';
}

/** Where `a` is the worse of the two, or as bad. What is unknown is below all: somebody else may tell more. */
export function isAtLeast(a: Severity, b: Severity): boolean {
  return severities.indexOf(a) <= severities.indexOf(b);
}

export function worse(a: Severity, b: Severity): Severity {
  return isAtLeast(a, b) ? a : b;
}

/** What a finding weighs when it is judged: a secret in a repository is out, and what nobody rated may be bad. */
export function weightOf(finding: Finding): Exclude<Severity, 'unknown'> {
  if (finding.kind === 'secret') return 'critical';
  return finding.severity === 'unknown' ? 'high' : finding.severity;
}

/** The worst first, then by name, so that the same findings always give the same report. */
export function sortFindings(findings: readonly Finding[]): readonly Finding[] {
  return findings
    .map((finding) => ({ finding, rank: severities.indexOf(weightOf(finding)), key: keyOf(finding) }))
    .sort((a, b) => a.rank - b.rank || (a.key < b.key ? -1 : a.key > b.key ? 1 : 0))
    .map(({ finding }) => finding);
}

export function keyOf(finding: Finding): string {
  return finding.kind === 'secret'
    ? `${finding.file}:${finding.line} ${finding.rule} ${finding.id}`
    : `${finding.purl} ${finding.ids[0] ?? ''}`;
}
