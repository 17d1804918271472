import { formatProblem } from '../config/index.ts';
import { codeSpan, escapeMarkdown, Summary } from '../github/index.ts';
import type { Finding } from './finding.ts';
import { weightOf } from './finding.ts';
import type { Accepted } from './judge.ts';
import type { Sarif } from './sarif.ts';
import type { Scan } from './scan.ts';
import type { ScanSettings } from './settings.ts';
import { countBySeverity, describeRun, summaryLine } from './words.ts';

/** Of each kind: the file beside it has all of them. */
const mostListed = 50;

/** The scan on the run's page. Of a secret, it says where it is and which rule knew it. */
export function scanSummary(
  { runs, judgement }: Scan,
  settings: ScanSettings,
  image: string | undefined,
  sarifs: readonly Sarif[],
): Summary {
  const { outcome, blocking, tolerated, accepted, gaps, problems } = judgement;
  const title = { passed: 'clean', failed: 'not clean', inconclusive: 'not clean: it could not tell' }[
    outcome
  ];
  const summary = new Summary()
    .heading(3, `Security scan: ${title}`)
    .paragraph(`${escapeMarkdown(summaryLine(judgement))}.`)
    .table(
      ['', ''],
      [
        ['Image', image === undefined ? 'not looked at; the source alone' : codeSpan(image)],
        ['Fails on', `${settings.failOn.join(', ')}, and any secret`],
        ['Findings that fail', countBySeverity(blocking)],
        ['Below that', countBySeverity(tolerated)],
        ['Accepted', String(accepted.length)],
      ],
    )
    .heading(4, 'Told by')
    .list(runs.flatMap((run) => (run.kind === 'reported' ? [escapeMarkdown(describeRun(run))] : [])));
  if (settings.chosenBy !== undefined) {
    const instead = settings.chosenBy.instead.join(', ') || 'fewer';
    summary.paragraph(
      `${codeSpan(settings.chosenBy.variable)} chose these scanners. Not run, though sluice.yml has them: ${escapeMarkdown(instead)}.`,
    );
  }
  if (gaps.length > 0) {
    summary
      .heading(4, 'What could not be told')
      .list(gaps.map(({ scanner, what, why }) => escapeMarkdown(`${scanner} ${what}: ${why}`)));
  }
  if (problems.length > 0) {
    summary.heading(4, 'Waivers').list(problems.map((problem) => escapeMarkdown(formatProblem(problem))));
  }
  if (blocking.length > 0) summary.heading(4, 'Findings that fail').raw(findingTable(blocking).toString());
  if (accepted.length > 0) {
    summary.details(`Accepted (${accepted.length})`, acceptedTable(accepted));
  }
  if (tolerated.length > 0) {
    summary.details(`Below what fails (${tolerated.length})`, findingTable(tolerated));
  }
  for (const { category, leftOut } of sarifs) {
    if (leftOut > 0) {
      summary.paragraph(
        `Code scanning takes no more than it was given of ${category}: ${leftOut} findings, the least bad, are left out there.`,
      );
    }
  }
  return summary;
}

function findingTable(findings: readonly Finding[]): Summary {
  const table = new Summary().table(
    ['Severity', 'What', 'Where', 'Fixed in', 'Found by'],
    findings
      .slice(0, mostListed)
      .map((finding) => [
        finding.kind === 'vulnerability' && finding.severity === 'unknown' ? 'not rated' : weightOf(finding),
        finding.kind === 'secret'
          ? `a secret: ${codeSpan(finding.rule)} ${codeSpan(finding.id)}`
          : `${finding.ids.map(escapeMarkdown).join(', ')}: ${escapeMarkdown(finding.title)}`,
        finding.kind === 'secret' ? codeSpan(`${finding.file}:${finding.line}`) : codeSpan(finding.purl),
        finding.kind === 'secret' ? 'revoke it first' : escapeMarkdown(finding.fixedIn ?? '–'),
        finding.scanners.join(', '),
      ]),
  );
  const more = findings.length - mostListed;
  return more > 0 ? table.paragraph(`… and ${more} more; the files of the scan have all of them.`) : table;
}

function acceptedTable(accepted: readonly Accepted[]): Summary {
  return new Summary().table(
    ['What', 'Where', 'By', 'Why', 'Until'],
    accepted
      .slice(0, mostListed)
      .map(({ finding, by }) => [
        finding.kind === 'secret' ? codeSpan(finding.id) : escapeMarkdown(finding.ids.join(', ')),
        codeSpan(finding.kind === 'secret' ? `${finding.file}:${finding.line}` : finding.purl),
        by.kind === 'waiver'
          ? escapeMarkdown(by.waiver.owner)
          : escapeMarkdown(`${by.statement.author} (OpenVEX)`),
        escapeMarkdown(
          by.kind === 'waiver' ? by.waiver.reason : `${by.statement.status}: ${by.statement.justification}`,
        ),
        by.kind === 'waiver' ? by.waiver.expires : '–',
      ]),
  );
}
