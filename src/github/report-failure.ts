import { Failure, failureLine } from './failure.ts';
import type { Runner } from './runner.ts';
import { codeSpan, escapeMarkdown, Summary, writeSummary } from './summary.ts';

/**
 * The one report of a failed action: one error annotation, and a summary section with the evidence. What was not
 * foreseen is reported with its stack, folded, so that it can be filed as a bug.
 */
export async function reportFailure(runner: Runner, action: string, error: unknown): Promise<void> {
  runner.fail(failureLine(error));
  const summary = new Summary().heading(3, `${action} failed`);
  if (error instanceof Failure) {
    summary.paragraph(`**${escapeMarkdown(error.message)}**`);
    const facts = [
      error.where === undefined ? [] : ['Where', codeSpan(error.where)],
      error.why === undefined ? [] : ['Why', escapeMarkdown(error.why)],
      error.remedy === undefined ? [] : ['Remedy', escapeMarkdown(error.remedy)],
    ].filter((row) => row.length > 0);
    if (facts.length > 0) summary.table(['', ''], facts);
    if (error.evidence !== undefined) summary.raw(error.evidence);
  } else {
    summary.paragraph(`**${escapeMarkdown(failureLine(error))}**`);
    const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
    await runner.group('Stack trace', () => {
      runner.info(stack);
      return Promise.resolve();
    });
    summary.details('Stack trace', new Summary().code(stack));
  }
  await writeSummary(runner, summary);
}
