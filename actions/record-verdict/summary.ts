import type { RecordedVerdict } from '../../src/evidence/index.ts';
import { codeSpan, escapeMarkdown, Summary } from '../../src/github/index.ts';

/** What the digest carries now, a row a verdict. */
export function recordedSummary(
  recorded: readonly RecordedVerdict[],
  environment: string,
  digest: string,
): Summary {
  return new Summary()
    .heading(3, `Evidence of ${environment}`)
    .paragraph(`About ${codeSpan(digest)}, attached to it in the registry and anchored at the commit.`)
    .table(
      ['Check', 'Outcome', 'What it says', 'Rests on', 'Statement'],
      recorded.map(({ verdict, statement }) => [
        verdict.kind,
        verdict.outcome,
        escapeMarkdown(verdict.summary),
        Object.entries(verdict.facts)
          .map(([name, value]) => `${escapeMarkdown(name)}: ${escapeMarkdown(String(value))}`)
          .join('\n'),
        codeSpan(statement),
      ]),
    );
}
