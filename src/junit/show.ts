import { codeSpan, escapeMarkdown, formatDuration, type Runner, Summary } from '../github/index.ts';
import { type TestCase, totalsOf } from './report.ts';

/** GitHub shows ten annotations of a step; the summary has all failures. */
const annotationLimit = 10;

/** Adds the results of tests to a summary: totals, then each failure with what it printed. */
export function summarise(summary: Summary, cases: readonly TestCase[]): Summary {
  const { passed, failed, skipped, seconds } = totalsOf(cases);
  summary.table(
    ['Passed', 'Failed', 'Skipped', 'Time'],
    [[String(passed), String(failed), String(skipped), formatDuration(seconds * 1000)]],
  );
  const failures = cases.filter(({ outcome }) => outcome.kind === 'failed');
  if (failures.length === 0) return summary;
  summary.list(
    failures.map((test) => `❌ **${escapeMarkdown(nameOf(test))}** — ${codeSpan(messageOf(test))}`),
  );
  for (const test of failures) {
    if (test.outcome.kind === 'failed') {
      summary.details(nameOf(test), new Summary().code(test.outcome.detail));
    }
  }
  return summary;
}

interface Place {
  /** In the repository. */
  readonly file: string;
  readonly line?: number;
}

/**
 * Puts an annotation at each of the first failures.
 *
 * @param locate where a test failed; where its own report says so, if that is left out
 */
export function annotate(
  runner: Runner,
  cases: readonly TestCase[],
  locate: (test: TestCase) => Place | undefined = reportedPlace,
): void {
  const failures = cases.filter(({ outcome }) => outcome.kind === 'failed').slice(0, annotationLimit);
  for (const test of failures) runner.error(messageOf(test), { title: nameOf(test), ...locate(test) });
}

function reportedPlace({ file, line }: TestCase): Place | undefined {
  return file === undefined ? undefined : { file, ...(line === undefined ? {} : { line }) };
}

export function nameOf({ suite, name }: TestCase): string {
  return suite === '' || name.startsWith(suite) ? name : `${suite} › ${name}`;
}

function messageOf({ outcome }: TestCase): string {
  return outcome.kind === 'failed' ? outcome.message : '';
}
