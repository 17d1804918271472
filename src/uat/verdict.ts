import type { Outcome, Verdict } from '../evidence/index.ts';
import type { UatResult } from './result.ts';

type SignOff = 'none' | 'optional' | 'required';

/** What acceptance tests say about a digest. */
export interface Acceptance {
  readonly outcome: Outcome;
  /** One line, for people. */
  readonly summary: string;
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  /** Whether nothing but a signature is missing. */
  readonly awaitsSignOff: boolean;
}

/**
 * Sums up. One scenario that fails fails all; where none was played there is nothing to say, and what a person has to
 * sign off is open until she has.
 */
export function accept(
  results: readonly UatResult[],
  { signOff, browserRequired }: { readonly signOff: SignOff; readonly browserRequired: boolean },
): Acceptance {
  const count = (kind: UatResult['outcome']['kind']): number =>
    results.filter(({ outcome }) => outcome.kind === kind).length;
  const [passed, failed, skipped] = [count('passed'), count('failed'), count('skipped')];
  const skippedWords = skipped === 0 ? '' : `, ${skipped} skipped`;
  const counts = { passed, failed, skipped, awaitsSignOff: false };
  if (failed > 0) {
    return {
      outcome: 'failed',
      summary: `${failed} of ${scenarios(passed + failed)} failed${skippedWords}`,
      ...counts,
    };
  }
  if (passed === 0 || (skipped > 0 && browserRequired)) {
    return {
      outcome: 'inconclusive',
      summary: `${scenarios(passed)} passed${skippedWords}: the page checks need a browser`,
      ...counts,
    };
  }
  const summary = `${scenarios(passed)} passed${skippedWords}`;
  return signOff === 'required'
    ? { outcome: 'inconclusive', summary: `${summary}; not signed off yet`, ...counts, awaitsSignOff: true }
    : { outcome: 'passed', summary, ...counts };
}

function scenarios(count: number): string {
  return count === 1 ? '1 scenario' : `${count} scenarios`;
}

/** What the outcome rests on, as the verdict tells it. */
export function factsOf(
  { passed, failed, skipped, awaitsSignOff }: Acceptance,
  {
    signOff,
    browser,
    version,
  }: { readonly signOff: SignOff; readonly browser: string; readonly version: string },
): Verdict['facts'] {
  return {
    passed,
    failed,
    skipped,
    signOff,
    browser,
    ...(version === '' ? {} : { version }),
    ...(awaitsSignOff ? { open: openSignOff } : {}),
  };
}

export interface Signature {
  readonly by: string;
  readonly comment: string;
  /** The GitHub environment whose reviewer she is. */
  readonly environment: string;
}

/** How much of a comment a verdict carries; all of it is at GitHub. */
const commentLength = 120;

/** What a verdict says is still open, where nothing but a signature is missing. */
const openSignOff = 'sign-off';

/**
 * The verdict with a person's signature. Only what was accepted but for it can be signed off: a signature does not make
 * a failure good.
 *
 * @returns `undefined` where there is nothing to sign
 */
export function sign(verdict: Verdict, signature: Signature, finishedAt: string): Verdict | undefined {
  const { open, ...facts } = verdict.facts;
  const isComplete = verdict.outcome === 'passed' || open === openSignOff;
  if (verdict.kind !== 'uat' || !isComplete || facts['signOff'] === 'none') return undefined;
  const { by, environment, comment } = signature;
  return {
    ...verdict,
    outcome: 'passed',
    summary: `${verdict.summary.replace(/; not signed off yet$/, '')}; signed off by ${by}`,
    facts: {
      ...facts,
      signedOffBy: by,
      signedOffOn: environment,
      ...(comment === '' ? {} : { comment: comment.replace(/\s+/g, ' ').slice(0, commentLength) }),
    },
    finishedAt,
  };
}
