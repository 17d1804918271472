import type { Streak } from './probe.ts';

/** A load balancer's answer where it has nobody to ask: another one, or none of ours. */
const nobodyThere = 503;

/**
 * Whether answers that prove nothing are a version's own fault: it answers with 5xx, and it is this version that
 * answers. An address that leads elsewhere, answers with another version, redirects, refuses or is not reached says
 * nothing about it.
 */
export function isOwnFault(
  version: string,
  { seen, serverErrors }: Pick<Streak, 'seen' | 'serverErrors'>,
): boolean {
  const isAnswered = (seen[version] ?? 0) > 0;
  const isElsewhere = !isAnswered && Object.keys(seen).some((who) => who !== '(none)');
  return !isElsewhere && serverErrors.some((status) => status !== nobodyThere);
}
