import { gzipSync } from 'node:zlib';
import { createHash } from 'node:crypto';
import type { Category, Finding } from './finding.ts';
import { keyOf, weightOf } from './finding.ts';

/**
 * What code scanning takes, and no more: https://docs.github.com/en/code-security/reference/code-scanning/sarif-files.
 * There are 20 runs to a file; these files have one each.
 */
export const sarifLimits = { results: 25_000, gzipBytes: 10_000_000 } as const;

export interface Sarif {
  readonly category: Category;
  readonly document: string;
  /** Findings that did not fit, the least bad of all. */
  readonly leftOut: number;
}

/** `security-severity` by which code scanning rates an alert: the middle of the band of CVSS scores. */
const scores = { critical: '9.5', high: '8.0', medium: '5.5', low: '2.0' } as const;
const levels = { critical: 'error', high: 'error', medium: 'warning', low: 'note' } as const;

/**
 * SARIF 2.1.0 of the findings of a category, the worst first; those that are beyond GitHub's limits are left out from
 * the end, and the file says so.
 *
 * @param findings sorted, the worst first
 * @param scanners who looked, each with its version
 */
export function writeSarif(
  category: Category,
  findings: readonly Finding[],
  scanners: readonly string[],
  limits: { readonly results: number; readonly gzipBytes: number } = sarifLimits,
): Sarif {
  let kept = Math.min(findings.length, limits.results);
  for (;;) {
    const leftOut = findings.length - kept;
    const document = JSON.stringify(describe(category, findings.slice(0, kept), leftOut, scanners));
    // The quickest compression: what fits by this fits by any other.
    if (kept === 0 || gzipSync(document, { level: 1 }).length <= limits.gzipBytes)
      return { category, document, leftOut };
    kept = Math.floor(kept / 2);
  }
}

function describe(
  category: Category,
  findings: readonly Finding[],
  leftOut: number,
  scanners: readonly string[],
): unknown {
  const rules = new Map<string, { readonly index: number; readonly rule: unknown }>();
  const results = findings.map((finding) => {
    const id = ruleOf(finding);
    const known = rules.get(id) ?? { index: rules.size, rule: describeRule(finding) };
    rules.set(id, known);
    return {
      ruleId: id,
      ruleIndex: known.index,
      level: levels[weightOf(finding)],
      message: { text: messageOf(finding) },
      locations: [
        {
          physicalLocation: {
            artifactLocation: { uri: uriOf(finding.kind === 'secret' ? finding.file : finding.place) },
            region: { startLine: finding.kind === 'secret' ? Math.max(1, finding.line) : 1 },
          },
        },
      ],
      partialFingerprints: {
        'sluiceFinding/v1': createHash('sha256').update(keyOf(finding)).digest('hex').slice(0, 32),
      },
    };
  });
  const notifications =
    leftOut === 0
      ? []
      : [
          {
            level: 'warning',
            message: {
              text: `${leftOut} findings, the least bad, are left out: code scanning takes no more.`,
            },
          },
        ];
  return {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        // Code scanning tells uploads of one commit apart by what comes before the last slash.
        automationDetails: { id: `sluice/${category}/` },
        tool: {
          driver: {
            name: 'Sluice security-scan',
            informationUri: 'https://github.com/sluice-pack/sluice/blob/main/docs/security-scan.md',
            properties: { scanners },
            rules: [...rules.values()].map(({ rule }) => rule),
          },
        },
        invocations: [{ executionSuccessful: true, toolExecutionNotifications: notifications }],
        results,
      },
    ],
  };
}

/**
 * Relative, as code scanning wants it; in an image, from its root. It leads nowhere out of there, and it is never empty:
 * one result without a place refuses the whole file.
 */
function uriOf(place: string): string {
  const parts = place
    .toWellFormed()
    .split('/')
    .filter((part) => !['', '.', '..'].includes(part))
    .map((part) => encodeURIComponent(part));
  return parts.length === 0 ? 'unknown' : parts.join('/');
}

function ruleOf(finding: Finding): string {
  return finding.kind === 'secret' ? finding.rule : (finding.ids[0] ?? '');
}

function describeRule(finding: Finding): unknown {
  const severity = weightOf(finding);
  const common = {
    id: ruleOf(finding),
    defaultConfiguration: { level: levels[severity] },
    properties: { tags: ['security', finding.kind], 'security-severity': scores[severity] },
  };
  if (finding.kind === 'secret') {
    return {
      ...common,
      shortDescription: { text: 'A secret in the repository' },
      help: { text: 'Revoke it first: whoever can read the repository has it. Then remove it.' },
    };
  }
  return {
    ...common,
    shortDescription: { text: shorten(finding.title === '' ? ruleOf(finding) : finding.title) },
    help: {
      text: `Known as ${finding.ids.join(', ')}.${finding.url === undefined ? '' : ` ${finding.url}`}`,
    },
    ...(finding.url === undefined ? {} : { helpUri: finding.url }),
  };
}

function messageOf(finding: Finding): string {
  if (finding.kind === 'secret') return `A secret (${finding.rule}), ${finding.id}.`;
  const fix = finding.fixedIn === undefined ? 'no fixed version is known' : `fixed in ${finding.fixedIn}`;
  const rating = finding.severity === 'unknown' ? 'not rated, so taken as high' : finding.severity;
  return `${finding.purl}: ${finding.ids.join(', ')}, ${rating}; ${fix}. Found by ${finding.scanners.join(', ')}.`;
}

/** The most that code scanning shows of a rule's short description. */
function shorten(text: string): string {
  return text.length <= 1024 ? text : `${text.slice(0, 1023)}…`;
}
