import type { Outcome, Verdict } from '../analysis/index.ts';

/** What is said of the new version at one look, and why in a sentence. */
export interface Ruling {
  readonly outcome: Outcome;
  readonly why: string;
  /** Whose fault a `fail` is; the release's own where it is left out. */
  readonly blame?: 'release' | 'circumstances';
}

/** A verdict as a ruling: what decided it is the reason. */
export function rulingOf({ outcome, checks }: Verdict): Ruling {
  const deciding = checks.filter((check) => check.outcome === outcome);
  return {
    outcome,
    why: deciding.length === 0 ? 'nothing was measured' : deciding.map(({ what }) => what).join('; '),
  };
}

/** What both say together: the worse of the two. */
export function worseOf(first: Ruling, second: Ruling): Ruling {
  const order: readonly Outcome[] = ['fail', 'held', 'inconclusive', 'pass'];
  if (first.outcome === second.outcome) {
    return { outcome: first.outcome, why: `${first.why}; ${second.why}` };
  }
  return order.indexOf(first.outcome) < order.indexOf(second.outcome) ? first : second;
}
