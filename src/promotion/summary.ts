import { codeSpan, escapeMarkdown, Summary } from '../github/index.ts';
import type { Evidence } from './evidence.ts';
import type { Objection } from './objection.ts';
import type { PromotionRequest } from './promote.ts';

/** What a reviewer reads before saying yes: which image it is, and what it rests on. */
export function promotionSummary(
  { from, to, version }: Pick<PromotionRequest, 'from' | 'to' | 'version'>,
  evidence: Evidence,
  isImageVerified: boolean,
  against: readonly Objection[],
): Summary {
  const isRefused = against.length > 0;
  const { provenIn, verdicts, overriddenQuarantine } = evidence;
  const summary = new Summary().heading(
    3,
    `${isRefused ? 'Not promoted' : 'Promoted'}: ${version} from ${from} to ${to}`,
  );
  summary.table(
    ['', ''],
    [
      ['Commit', codeSpan(evidence.commit)],
      ['Digest', evidence.digest === undefined ? '–' : codeSpan(evidence.digest)],
      ['Image', evidence.image === undefined ? '–' : codeSpan(evidence.image)],
      [
        `In ${from}`,
        provenIn === null
          ? 'never'
          : `${provenIn.standing}${provenIn.since === undefined ? '' : `, ${provenIn.since}`}${
              provenIn.by === undefined ? '' : `, by ${escapeMarkdown(provenIn.by)}`
            } (deployment ${provenIn.deployment})`,
      ],
      ...(verdicts.length === 0 ? [['Verdicts', 'none required']] : []),
      [
        'Image looked at',
        isImageVerified && !isRefused ? 'there, and of this commit’s source' : 'not in this step',
      ],
      ...(overriddenQuarantine === null
        ? []
        : [['Quarantine', `overridden by name: ${escapeMarkdown(overriddenQuarantine)}`]]),
    ],
  );
  return verdicts.length === 0
    ? summary
    : summary.heading(4, `Verdicts of ${from}`).table(...tableOf(verdicts));
}

function tableOf(
  verdicts: Evidence['verdicts'],
): [header: readonly string[], rows: readonly (readonly string[])[]] {
  return [
    ['Check', 'Outcome', 'What it says', 'Recorded', 'Statement'],
    verdicts.map(({ name, outcome, summary, recordedAt, run, statement }) => [
      name,
      outcome,
      summary === undefined ? '–' : escapeMarkdown(summary),
      recordedAt === undefined ? '–' : run === undefined ? recordedAt : `[${recordedAt}](${run})`,
      statement === undefined ? '–' : codeSpan(statement),
    ]),
  ];
}
