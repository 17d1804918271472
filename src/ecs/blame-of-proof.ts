import { isOwnFault, type Streak } from '../traffic/index.ts';
import type { Blame } from './decision.ts';
import type { Check } from './check.ts';

/**
 * Whose fault it is that ECS reports success and the front door does not prove it. The release's own is only what it
 * does itself; not what ECS has made of it, and not a front door that leads elsewhere.
 *
 * @param ecs what ECS was asked, about the deployment and its traffic
 */
export function blameOfProof(
  ecs: readonly Pick<Check, 'verdict'>[],
  version: string,
  streak: Pick<Streak, 'seen' | 'serverErrors'>,
): Blame {
  if (ecs.some(({ verdict }) => verdict === 'does not hold')) return 'circumstances';
  return isOwnFault(version, streak) ? 'release' : 'circumstances';
}
