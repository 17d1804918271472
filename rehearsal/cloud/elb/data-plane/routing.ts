import type { Action, RuleCondition } from '@aws-sdk/client-elastic-load-balancing-v2';
import type { WeightedGroup } from '../../ecs/world.ts';
import { forwardOf, type RuleRecord } from '../model.ts';

/** A rule as the data plane has it: what it was when it reached it, with all worked out that requests ask for. */
export interface LiveRule {
  readonly arn: string;
  readonly conditions: readonly RuleCondition[];
  readonly action: Action | undefined;
  /** Where a forward action sends requests; empty where the action is another one. */
  readonly groups: readonly WeightedGroup[];
  /** For so long a client keeps its group; `undefined`: it does not. */
  readonly stickySeconds: number | undefined;
}

/** A request, as far as rules look at it: Node's own `IncomingMessage` is one. */
export interface RequestFacts {
  readonly method?: string | undefined;
  /** Path and query. */
  readonly url?: string | undefined;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly socket: { readonly remoteAddress?: string | undefined };
}

/** A listener's rules at this moment, in the order in which they are tried. */
export function liveRules(rules: readonly RuleRecord[], listenerArn: string): readonly LiveRule[] {
  const order = ({ priority }: RuleRecord): number => (priority === 'default' ? Infinity : priority);
  return rules
    .filter((rule) => rule.listenerArn === listenerArn)
    .sort((a, b) => order(a) - order(b))
    .map((rule) => {
      const { arn, conditions, actions } = structuredClone(rule);
      const sticky = actions.at(-1)?.ForwardConfig?.TargetGroupStickinessConfig;
      return {
        arn,
        conditions,
        action: actions.at(-1),
        groups: forwardOf(actions),
        stickySeconds: sticky?.Enabled === true ? (sticky.DurationSeconds ?? 3600) : undefined,
      };
    });
}

export function addressOf({ socket }: Pick<RequestFacts, 'socket'>): string {
  return (socket.remoteAddress ?? '127.0.0.1').replace(/^::ffff:/, '');
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
      return values(condition.PathPatternConfig).some((pattern) => like(pattern, pathOf(request), false));
    case 'host-header':
      return values(condition.HostHeaderConfig).some((pattern) =>
        like(pattern, String(request.headers.host ?? '').replace(/:\d+$/, ''), true),
      );
    case 'http-request-method':
      return values(condition.HttpRequestMethodConfig).includes(request.method ?? 'GET');
    case 'http-header': {
      const name = condition.HttpHeaderConfig?.HttpHeaderName?.toLowerCase() ?? '';
      const found = [request.headers[name] ?? []].flat();
      return values(condition.HttpHeaderConfig).some((pattern) =>
        found.some((value) => like(pattern, value, true)),
      );
    }
    case 'query-string':
      return (condition.QueryStringConfig?.Values ?? []).some(({ Key, Value = '' }) =>
        [...queryOf(request)].some(
          ([key, value]) => (Key === undefined || like(Key, key, true)) && like(Value, value, true),
        ),
      );
    case 'source-ip':
      return values(condition.SourceIpConfig).some((cidr) => isWithin(addressOf(request), cidr));
    default:
      return false;
  }
}

function pathOf({ url = '/' }: RequestFacts): string {
  const end = url.indexOf('?');
  return end === -1 ? url : url.slice(0, end);
}

function queryOf({ url = '/' }: RequestFacts): URLSearchParams {
  const end = url.indexOf('?');
  return new URLSearchParams(end === -1 ? '' : url.slice(end + 1));
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
