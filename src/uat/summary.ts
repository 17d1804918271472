import { escapeMarkdown, formatDuration, Summary } from '../github/index.ts';
import { signOf } from './evidence.ts';
import type { UatResult } from './result.ts';
import { transcript } from './transcript.ts';
import type { Acceptance } from './verdict.ts';

/** The section of the job's summary: a table of all scenarios, and each conversation to unfold. */
export function summariseUat(
  results: readonly UatResult[],
  { outcome, summary }: Pick<Acceptance, 'outcome' | 'summary'>,
  against: string,
): Summary {
  const page = new Summary().heading(3, 'UAT Tests');
  page.paragraph(`**${outcome}**: ${escapeMarkdown(summary)}. Against ${escapeMarkdown(against)}.`);
  page.table(
    ['', 'Scenario', 'Time'],
    results.map((result) => [
      signOf(result),
      escapeMarkdown(result.scenario.name),
      formatDuration(result.milliseconds),
    ]),
  );
  for (const result of results) {
    const isOpen = result.outcome.kind === 'failed';
    page.details(`${signOf(result)} ${result.scenario.name}`, transcript(result), isOpen);
  }
  return page;
}
