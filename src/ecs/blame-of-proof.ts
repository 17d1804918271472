import type { Streak } from '../traffic/index.ts';
import type { Blame } from './decide.ts';
import type { Check } from './proof.ts';

/** A load balancer's answer where it has nobody to ask: the front door of another one, or of none of ours. */
const nobodyThere = 503;

/**
 * Whose fault it is that ECS reports success and the front door does not prove it. The release's own is only what it
 * does itself: it answers with 5xx, and it is the release that answers. A front door that leads elsewhere, answers with
 * another version, redirects, refuses or is not reached says nothing about it; nor does what ECS itself has made of it.
 *
 * @param ecs what ECS was asked, about the deployment and its traffic
 */
export function blameOfProof(
  ecs: readonly Pick<Check, 'verdict'>[],
  version: string,
  { seen, serverErrors }: Pick<Streak, 'seen' | 'serverErrors'>,
): Blame {
  if (ecs.some(({ verdict }) => verdict === 'does not hold')) return 'circumstances';
  const isAnswered = (seen[version] ?? 0) > 0;
  const isElsewhere = !isAnswered && Object.keys(seen).some((who) => who !== '(none)');
  const failing = serverErrors.filter((status) => status !== nobodyThere);
  return failing.length > 0 && !isElsewhere ? 'release' : 'circumstances';
}
