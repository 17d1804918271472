import type { Action, RuleCondition } from '@aws-sdk/client-elastic-load-balancing-v2';
import type { TargetRecord } from '../model.ts';

/** A rule as the data plane has it: what it was when it reached it. */
export interface LiveRule {
  readonly arn: string;
  readonly conditions: readonly RuleCondition[];
  readonly actions: readonly Action[];
}

/** What a rule may look at in a request. */
export interface RequestFacts {
  readonly method: string;
  readonly host: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly sourceIp: string;
}

/** The first rule, in order of priority, whose conditions all hold; the default rule has none. */
export function matchRule(rules: readonly LiveRule[], request: RequestFacts): LiveRule | undefined {
  return rules.find(({ conditions }) => conditions.every((condition) => holds(condition, request)));
}

function holds(condition: RuleCondition, request: RequestFacts): boolean {
  const values = (config: { Values?: string[] | undefined } | undefined): readonly string[] =>
    config?.Values ?? condition.Values ?? [];
  switch (condition.Field) {
    case 'path-pattern':
      return values(condition.PathPatternConfig).some((pattern) => like(pattern, request.path, false));
    case 'host-header':
      return values(condition.HostHeaderConfig).some((pattern) =>
        like(pattern, request.host.replace(/:\d+$/, ''), true),
      );
    case 'http-request-method':
      return values(condition.HttpRequestMethodConfig).includes(request.method);
    case 'http-header': {
      const name = condition.HttpHeaderConfig?.HttpHeaderName?.toLowerCase() ?? '';
      const found = [request.headers[name] ?? []].flat();
      return values(condition.HttpHeaderConfig).some((pattern) =>
        found.some((value) => like(pattern, value, true)),
      );
    }
    case 'query-string':
      return (condition.QueryStringConfig?.Values ?? []).some(({ Key, Value = '' }) =>
        [...request.query].some(
          ([key, value]) => (Key === undefined || like(Key, key, true)) && like(Value, value, true),
        ),
      );
    case 'source-ip':
      return values(condition.SourceIpConfig).some((cidr) => isWithin(request.sourceIp, cidr));
    default:
      return false;
  }
}

const patterns = new Map<string, RegExp>();

/** `*` is any number of characters, `?` exactly one; nothing else is special. */
function like(pattern: string, value: string, ignoreCase: boolean): boolean {
  const key = `${ignoreCase ? 'i' : ''}/${pattern}`;
  let expression = patterns.get(key);
  if (expression === undefined) {
    const source = pattern
      .replaceAll(/[.+^${}()|[\]\\]/g, '\\$&')
      .replaceAll('*', '.*')
      .replaceAll('?', '.');
    expression = new RegExp(`^${source}$`, ignoreCase ? 'is' : 's');
    patterns.set(key, expression);
  }
  return expression.test(value);
}

/** IPv4 alone: that is what 127.0.0.1 sees. */
function isWithin(address: string, cidr: string): boolean {
  const [network = '', bits = '32'] = cidr.split('/');
  const shift = 32 - Number(bits);
  const [a, b] = [toNumber(address), toNumber(network)];
  return a !== undefined && b !== undefined && Math.floor(a / 2 ** shift) === Math.floor(b / 2 ** shift);
}

function toNumber(address: string): number | undefined {
  const parts = address.split('.').map(Number);
  if (parts.length !== 4 || parts.some((part) => !(part >= 0 && part <= 255))) return undefined;
  return parts.reduce((sum, part) => sum * 256 + part, 0);
}

/**
 * One of the groups, by weight. A group without targets keeps its share, as on AWS: weights say where requests go,
 * and not health.
 *
 * @param random from 0 up to 1
 * @returns `undefined` where no group has a weight
 */
export function chooseGroup<T extends { readonly weight: number }>(
  groups: readonly T[],
  random: number,
): T | undefined {
  const total = groups.reduce((sum, { weight }) => sum + weight, 0);
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
export function eligible(targets: readonly TargetRecord[]): readonly TargetRecord[] {
  const healthy = targets.filter(({ state }) => state === 'healthy');
  return healthy.length > 0 ? healthy : targets.filter(({ state }) => state !== 'draining');
}
