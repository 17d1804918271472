import { formatComparison } from '../../config/index.ts';
import type { TestCase, TestOutcome } from '../../junit/index.ts';
import { formatMeasured } from '../judge.ts';
import { describeComparison, type Report } from './report.ts';

/** Each threshold as a test, and the comparison where there is one. What is unclear is skipped, not passed. */
export function testCasesOf(report: Report): TestCase[] {
  const { thresholds, comparison, environment, elapsedMs, reasons } = report;
  const base = { suite: `performance of ${environment}`, seconds: elapsedMs / 1000 };
  const cases: TestCase[] = thresholds.map(({ name, limit, measured, result }) => ({
    ...base,
    name: `${name} ${formatComparison(limit)}`,
    outcome: outcomeOf(
      result,
      `${name} was ${formatMeasured(measured ?? undefined, limit.unit)}`,
      reasons.join('\n'),
    ),
  }));
  if (comparison.kind !== 'interleaved') return cases;
  const results = { worse: 'breached', 'not worse': 'held', unclear: 'unclear' } as const;
  return [
    ...cases,
    {
      ...base,
      name: 'not slower than the previous release',
      outcome: outcomeOf(results[comparison.result], describeComparison(comparison), reasons.join('\n')),
    },
  ];
}

function outcomeOf(
  result: Report['thresholds'][number]['result'],
  message: string,
  detail: string,
): TestOutcome {
  switch (result) {
    case 'held':
      return { kind: 'passed' };
    case 'unclear':
      return { kind: 'skipped' };
    case 'breached':
      return { kind: 'failed', message, detail };
  }
}
