import type { ResolvedEnvironment } from '../../config/index.ts';
import { environmentOf, release } from '../environment.fixture.ts';
import { objections } from './checks/index.ts';
import type { Direction, Gathered, Objection, Read } from './facts.ts';

export const ok = <T>(value: T): Read<T> & { readonly ok: true } => ({ ok: true, value });

/** Nothing speaks against a rolling deployment. For tests alone. */
export const good: Gathered = {
  caller: ok({ account: '123456789012', arn: 'arn:aws:sts::123456789012:assumed-role/deploy/run' }),
  cluster: ok({ isActive: true, instances: 1 }),
  service: ok({ status: 'ACTIVE', desiredCount: 1, deploymentController: { type: 'ECS' } }),
  latest: ok(undefined),
  image: ok(['linux/amd64']),
  logGroup: ok(true),
  secrets: {},
  secretKeys: [],
  parameters: {},
  roles: {},
  grants: [],
  targetGroups: {},
  targets: {},
  rules: {},
  alarms: ok([]),
};

export function against(
  changes: Partial<Gathered>,
  keys: Readonly<Record<string, unknown>> = {},
): Objection[] {
  return objections({ ...good, ...changes }, environmentOf(keys), release);
}

const elb = 'arn:aws:elasticloadbalancing:eu-west-1:123456789012';
export const balancer = `${elb}:loadbalancer/app/shop/1a`;
export const blue = `${elb}:targetgroup/shop-blue/2b`;
export const green = `${elb}:targetgroup/shop-green/3c`;
export const production = `${elb}:listener-rule/app/shop/1a/4d/5e`;
export const test = `${elb}:listener-rule/app/shop/1a/6f/7a`;
export const traffic = 'arn:aws:iam::123456789012:role/shop-traffic';

/** An environment that shifts traffic between two target groups. For tests alone. */
export function shifting(keys: Readonly<Record<string, unknown>> = {}): ResolvedEnvironment {
  return environmentOf({
    deploy: { strategy: 'blue-green' },
    loadBalancer: {
      targetGroup: blue,
      alternateTargetGroup: green,
      productionRule: production,
      testRule: test,
      role: traffic,
    },
    ...keys,
  });
}

const group = (arn: string) =>
  ok({ TargetGroupArn: arn, TargetType: 'instance' as const, VpcId: 'vpc-1', LoadBalancerArns: [balancer] });

export const forwarding = (...weights: readonly (readonly [string, number])[]) =>
  ok({
    Actions: [
      {
        Type: 'forward' as const,
        ForwardConfig: {
          TargetGroups: weights.map(([arn, weight]) => ({ TargetGroupArn: arn, Weight: weight })),
        },
      },
    ],
  });

export const healthy = ok([{ TargetHealth: { State: 'healthy' as const } }]);

/** Nothing speaks against a deployment that shifts traffic. For tests alone. */
export const goodShift: Gathered = {
  ...good,
  service: ok({
    status: 'ACTIVE',
    desiredCount: 1,
    deploymentController: { type: 'ECS' },
    loadBalancers: [{ targetGroupArn: blue }],
  }),
  targetGroups: { [blue]: group(blue), [green]: group(green) },
  targets: { [blue]: healthy, [green]: ok([]) },
  rules: {
    [production]: forwarding([blue, 100], [green, 0]),
    [test]: forwarding([green, 1]),
  },
};

export function againstShift(
  changes: Partial<Gathered>,
  keys: Readonly<Record<string, unknown>> = {},
  direction: Direction = 'forward',
): Objection[] {
  return objections({ ...goodShift, ...changes }, shifting(keys), release, undefined, direction);
}
