/** What one test did. */
export interface TestCase {
  /** The suite's or class's name. */
  readonly suite: string;
  readonly name: string;
  readonly seconds: number;
  readonly outcome: TestOutcome;
  /** Where the report says it, relative to wherever the tests ran. */
  readonly file?: string;
  readonly line?: number;
}

export type TestOutcome =
  | { readonly kind: 'passed' }
  | { readonly kind: 'skipped' }
  | {
      readonly kind: 'failed';
      /** One line. */
      readonly message: string;
      /** What the test framework printed: the stack, the difference. */
      readonly detail: string;
    };

interface TestTotals {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly seconds: number;
}

export function totalsOf(cases: readonly TestCase[]): TestTotals {
  const count = (kind: TestOutcome['kind']): number =>
    cases.filter(({ outcome }) => outcome.kind === kind).length;
  return {
    passed: count('passed'),
    failed: count('failed'),
    skipped: count('skipped'),
    seconds: cases.reduce((sum, { seconds }) => sum + seconds, 0),
  };
}
