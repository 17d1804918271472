import type { Risk } from './certainty.ts';
import { binomialUpperTail, excess, type Proportion } from './statistics/proportions.ts';
import type { Check, Outcome } from './verdict.ts';
import { errorShare, percent } from './wording.ts';

/** From here on a side is broken, whatever the other one does. */
export const brokenShare = 0.05;

/** Whether more errors than the other side's, by at least the margin, are more than chance. */
export function isWorse(green: Proportion, blue: Proportion, margin: number, risk: number): boolean {
  return shareOf(green) - shareOf(blue) >= margin && excess(green, blue).p < risk;
}

/** Green's errors against those of blue in the same minutes. */
export function compareErrors(green: Proportion, blue: Proportion, margin: number, risk: Risk): Check {
  const outcome = ((): Outcome => {
    if (isWorse(green, blue, margin, risk.fail)) return 'fail';
    if (Math.min(shareOf(green), shareOf(blue)) >= brokenShare) return 'held';
    return isWorse(green, blue, margin, risk.doubt) ? 'inconclusive' : 'pass';
  })();
  return {
    name: 'errors',
    outcome,
    what: `green answers ${errorShare(green)}, blue ${errorShare(blue)}${remark(outcome, margin)}`,
  };
}

/** Without another side and without a service level: no more errors than the margin itself. */
export function limitErrors(green: Proportion, margin: number, risk: Risk): Check {
  const p = binomialUpperTail(green, margin);
  const outcome = p < risk.fail ? 'fail' : p < risk.doubt ? 'inconclusive' : 'pass';
  return {
    name: 'errors',
    outcome,
    what: `green answers ${errorShare(green)}; ${percent(margin)} is tolerated where sluice.yml has no slo.availability`,
  };
}

function shareOf({ errors, requests }: Proportion): number {
  return requests === 0 ? 0 : errors / requests;
}

function remark(outcome: Outcome, margin: number): string {
  switch (outcome) {
    case 'fail':
      return `: more than chance, and ${percent(margin)} or more above`;
    case 'held':
      return ': both are broken, and green is not to blame';
    case 'inconclusive':
      return `: ${percent(margin)} or more above, which more requests have to confirm`;
    case 'pass':
      return '';
  }
}
