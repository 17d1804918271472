import type { TargetGroupRecord, TargetRecord } from '../model.ts';
import type { LiveRule } from './routing.ts';
import { groupCookie, pin, pinned, targetCookie, targetKey } from './stickiness.ts';

/** What a choice depends on, besides the rule. */
export interface Surroundings {
  group(arn: string): TargetGroupRecord | undefined;
  /** A number that grows with every request to the group: round robin. */
  turn(groupArn: string): number;
  /** From 0 up to 1. */
  random(): number;
}

/** Where a request goes, and the cookies (`Set-Cookie`) that say so to the client. */
export interface Choice {
  readonly group: TargetGroupRecord;
  /** `undefined`: the group has none, and the request is answered with 503. */
  readonly target: TargetRecord | undefined;
  readonly cookies: readonly string[];
}

const noCookies: readonly string[] = [];

/**
 * Chooses a target group by weight, then one of its targets in turn; a client with cookies keeps those that it had.
 * A group without targets keeps its share, as on AWS: weights say where requests go, and not health.
 *
 * @param cookie the request's `Cookie` header
 * @returns `undefined` where the rule forwards to no group that is there, or to none with a weight
 */
export function choose(
  { groups, stickySeconds }: Pick<LiveRule, 'groups' | 'stickySeconds'>,
  cookie: string | undefined,
  surroundings: Surroundings,
): Choice | undefined {
  const wanted = stickySeconds === undefined ? undefined : pinned(cookie, groupCookie);
  const picked =
    groups.find(({ targetGroupArn, weight }) => targetGroupArn === wanted && weight > 0) ??
    chooseGroup(groups, surroundings.random());
  const group = picked === undefined ? undefined : surroundings.group(picked.targetGroupArn);
  if (group === undefined) return undefined;
  const cookies = stickySeconds === undefined ? noCookies : [pin(groupCookie, group.arn, stickySeconds)];

  const candidates = eligible(group.targets);
  if (group.attributes['stickiness.enabled'] !== 'true') {
    return { group, target: inTurn(candidates, group, surroundings), cookies };
  }
  const key = pinned(cookie, targetCookie);
  const target = candidates.find((one) => targetKey(one) === key) ?? inTurn(candidates, group, surroundings);
  if (target === undefined) return { group, target, cookies };
  const seconds = Number(group.attributes['stickiness.lb_cookie.duration_seconds'] ?? 86_400);
  return { group, target, cookies: [...cookies, pin(targetCookie, targetKey(target), seconds)] };
}

/**
 * One of the groups, by weight.
 *
 * @param random from 0 up to 1
 * @returns `undefined` where no group has a weight
 */
export function chooseGroup<T extends { readonly weight: number }>(
  groups: readonly T[],
  random: number,
): T | undefined {
  let total = 0;
  for (const { weight } of groups) total += weight;
  let left = random * total;
  for (const group of groups) {
    if (group.weight === 0) continue;
    left -= group.weight;
    if (left < 0) return group;
  }
  return undefined;
}

/**
 * The targets that requests go to: the healthy ones. Where none is, all that are not leaving: a load balancer whose
 * targets are all unhealthy fails open.
 */
function eligible(targets: readonly TargetRecord[]): readonly TargetRecord[] {
  if (targets.every(isHealthy)) return targets;
  const healthy = targets.filter(isHealthy);
  return healthy.length > 0 ? healthy : targets.filter(({ state }) => state !== 'draining');
}

function isHealthy({ state }: TargetRecord): boolean {
  return state === 'healthy';
}

function inTurn(
  candidates: readonly TargetRecord[],
  { arn }: TargetGroupRecord,
  surroundings: Surroundings,
): TargetRecord | undefined {
  return candidates.length < 2 ? candidates[0] : candidates[surroundings.turn(arn) % candidates.length];
}
