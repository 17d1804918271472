import type { Action, RuleCondition } from '@aws-sdk/client-elastic-load-balancing-v2';
import type { TargetState } from '../ecs/world.ts';

/** What Elastic Load Balancing remembers. Plain data: the snapshot writes it as it is. */
export interface ElbState {
  loadBalancers: LoadBalancerRecord[];
  targetGroups: TargetGroupRecord[];
  listeners: ListenerRecord[];
  rules: RuleRecord[];
}

interface Tagged {
  readonly arn: string;
  tags: Record<string, string>;
}

export interface LoadBalancerRecord extends Tagged {
  readonly name: string;
  readonly scheme: 'internet-facing' | 'internal';
  readonly subnets: readonly string[];
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
  attributes: Record<string, string>;
}

export interface HealthCheck {
  path: string;
  /** `traffic-port`, or a number as text. */
  port: string;
  intervalSeconds: number;
  timeoutSeconds: number;
  healthyThreshold: number;
  unhealthyThreshold: number;
  /** As AWS writes it: `200`, `200-299`, `200,302`. */
  matcher: string;
}

export interface TargetGroupRecord extends Tagged {
  readonly name: string;
  readonly port: number;
  readonly vpcId: string;
  readonly targetType: 'instance' | 'ip';
  healthCheck: HealthCheck;
  attributes: Record<string, string>;
  targets: TargetRecord[];
}

export interface TargetRecord {
  readonly id: string;
  readonly port: number;
  state: Exclude<TargetState['state'], 'unused'>;
  reason?: string;
  description?: string;
  /** Health checks in a row with the same outcome. */
  streak: { isGood: boolean; length: number };
  /** When its draining is over: milliseconds since the epoch, of the cloud's clock. */
  drainedAt?: number;
}

/** What a listener speaks TLS with. */
export interface ListenerTls {
  certificateArn: string;
  sslPolicy: string;
}

export interface ListenerRecord extends Tagged {
  readonly loadBalancerArn: string;
  port: number;
  /** Without it, plain HTTP. */
  tls?: ListenerTls;
}

export interface RuleRecord extends Tagged {
  readonly listenerArn: string;
  /** A listener's default rule comes last, and has no conditions. */
  priority: number | 'default';
  conditions: RuleCondition[];
  actions: Action[];
}

export function loadBalancersOf(state: ElbState, targetGroupArn: string): string[] {
  const listeners = state.rules
    .filter(({ actions }) => forwardOf(actions).some((group) => group.targetGroupArn === targetGroupArn))
    .map(({ listenerArn }) => listenerArn);
  return [
    ...new Set(
      state.listeners
        .filter(({ arn }) => listeners.includes(arn))
        .map(({ loadBalancerArn }) => loadBalancerArn),
    ),
  ];
}

/** Where a rule's forward action sends requests; empty where it has none. */
export function forwardOf(
  actions: readonly Action[],
): { readonly targetGroupArn: string; readonly weight: number }[] {
  const forward = actions.find(({ Type }) => Type === 'forward');
  if (forward === undefined) return [];
  const groups = forward.ForwardConfig?.TargetGroups;
  if (groups === undefined || groups.length === 0) {
    return forward.TargetGroupArn === undefined
      ? []
      : [{ targetGroupArn: forward.TargetGroupArn, weight: 1 }];
  }
  return groups.map(({ TargetGroupArn = '', Weight = 1 }) => ({
    targetGroupArn: TargetGroupArn,
    weight: Weight,
  }));
}

/** `app/name/id` and `targetgroup/name/id`: how CloudWatch's dimensions name them. */
export function dimensionOf(arn: string): string {
  const resource = arn.split(':').slice(5).join(':');
  return resource.replace(/^loadbalancer\//, '');
}
