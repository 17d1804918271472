import type { SplitTimes } from '../traffic/index.ts';
import { isSameShare, type Shift } from './shift.ts';
import { gateAt } from './stages.ts';

/**
 * When the split that is live now began, as far as AWS's own times tell: ECS writes down neither when it moved traffic
 * nor when a pause was answered. What it does say is enough: when the deployment started, how long it stays at each
 * step, and since when it waits. Nothing of it is remembered, so that a follower that was killed and started again
 * comes to the same.
 *
 * @param steps the percentages on green that the deployment goes through, rising, from 0 to 100
 */
export function splitTimesOf(shift: Shift, steps: readonly number[]): SplitTimes {
  const { startedAt, stepBakeMs, gate, live, requested, hasBlue, stage } = shift;
  const share = live?.green ?? 0;
  const index = hasBlue ? steps.findIndex((step) => isSameShare(step, share)) : -1;
  // Before the second step the first one has baked, and so on; before the first step there is none.
  const earliest = startedAt + Math.max(0, index - 1) * stepBakeMs;
  if (gate?.openedAt === undefined || !isSameShare(share, requested)) return { earliest, pause: undefined };
  const at = gate.openedAt;
  switch (gateAt(stage)) {
    case 'eachStep':
      // ECS pauses for the next step when this one has baked.
      return { earliest, pause: { at, latest: Math.max(earliest, at - stepBakeMs), wasLookedAt: true } };
    case 'afterTraffic':
      // Nobody looks at green alone before this pause.
      return { earliest: at, pause: { at, latest: at, wasLookedAt: false } };
    case 'beforeTraffic':
    case undefined:
      return { earliest, pause: undefined };
  }
}
