import type { TestCase } from '../junit/index.ts';
import type { ChatAnswer } from './answer.ts';
import type { UatScenario } from './scenario.ts';

export interface UatResult {
  readonly scenario: UatScenario;
  readonly outcome: Outcome;
  /** Up to the first that failed: what comes after it builds on it. */
  readonly exchanges: readonly ExchangeRecord[];
  readonly milliseconds: number;
}

export type Outcome =
  | { readonly kind: 'passed' }
  | { readonly kind: 'failed' }
  | { readonly kind: 'skipped'; readonly why: string };

export interface ExchangeRecord {
  readonly done: readonly DoneRecord[];
  readonly checks: readonly CheckRecord[];
  readonly pictures: readonly Picture[];
}

/** What she did, and what the service said to it. */
export interface DoneRecord {
  readonly words: string;
  readonly line: number;
  readonly milliseconds: number;
  readonly said: Said | undefined;
  /** Why it could not be done. */
  readonly problem: string | undefined;
}

export type Said =
  | { readonly kind: 'answer'; readonly answer: ChatAnswer }
  | { readonly kind: 'response'; readonly status: number; readonly body: string };

/** A sentence that had to hold, and what of it does not. */
export interface CheckRecord {
  readonly words: string;
  readonly line: number;
  readonly failures: readonly string[];
}

export interface Picture {
  readonly of: string;
  readonly png: Buffer;
}

/** What did not hold in a scenario, in the order in which it was found. */
export function failuresOf({ exchanges }: UatResult): readonly Failing[] {
  return exchanges.flatMap(({ done, checks }) => [
    ...done.flatMap(({ words, line, problem }) =>
      problem === undefined ? [] : [{ words, line, found: problem }],
    ),
    ...checks.flatMap(({ words, line, failures }) => failures.map((found) => ({ words, line, found }))),
  ]);
}

interface Failing {
  /** The sentence of the file that does not hold. */
  readonly words: string;
  readonly line: number;
  readonly found: string;
}

/** A scenario as a test, for reports: what was asked, what was answered, what was expected. */
export function toTestCase(result: UatResult): TestCase {
  const { scenario, outcome, milliseconds } = result;
  const base = {
    suite: scenario.file,
    name: scenario.name,
    seconds: milliseconds / 1000,
    file: scenario.file,
  };
  if (outcome.kind !== 'failed') return { ...base, line: scenario.line, outcome: { kind: outcome.kind } };
  const failures = failuresOf(result);
  const [first] = failures;
  return {
    ...base,
    line: first?.line ?? scenario.line,
    outcome: {
      kind: 'failed',
      message: first === undefined ? 'failed' : `${first.words}: ${first.found}`,
      detail: [
        ...result.exchanges.flatMap(({ done }) => done.flatMap(toldOf)),
        ...failures.map(({ words, found }) => `Expected: ${words}\nFound: ${found}`),
      ].join('\n'),
    },
  };
}

function toldOf({ words, said }: DoneRecord): readonly string[] {
  if (said === undefined) return [`Then: ${words}`];
  switch (said.kind) {
    case 'answer':
      return [`Asked: ${said.answer.question}`, `Answered: ${said.answer.text}`];
    case 'response':
      return [`Then: ${words}`, `Answered: status ${said.status} ${said.body}`];
  }
}
