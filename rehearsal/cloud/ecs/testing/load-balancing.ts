import type { LoadBalancing, RuleFacts, Target, TargetState, WeightedGroup } from '../world.ts';

const prefix = 'arn:aws:elasticloadbalancing:eu-west-1:000000000000';

export const blueGroup = `${prefix}:targetgroup/blue/1111111111111111`;
export const greenGroup = `${prefix}:targetgroup/green/2222222222222222`;
export const looseGroup = `${prefix}:targetgroup/loose/3333333333333333`;
export const loadBalancer = `${prefix}:loadbalancer/app/shop/4444444444444444`;
export const productionRule = `${prefix}:listener-rule/app/shop/4444444444444444/5555555555555555/6666666666666666`;
export const testRule = `${prefix}:listener-rule/app/shop/4444444444444444/7777777777777777/8888888888888888`;

/**
 * A load balancer in memory, with two target groups, a production rule and a test rule. Targets are healthy as soon
 * as they are registered unless a test says otherwise, and gone as soon as they are deregistered.
 */
export class LoadBalancingInMemory implements LoadBalancing {
  /** What every rule was set to, in order: `[percent of each group]` by rule. */
  readonly writes: { readonly rule: string; readonly weights: Readonly<Record<string, number>> }[] = [];
  /** What becomes of a target that is registered. */
  healthOf: (target: Target) => TargetState['state'] = () => 'healthy';
  /** Whether targets that are deregistered go on draining until {@link finishDraining}. */
  drains = false;
  readonly #rules = new Map<string, readonly WeightedGroup[]>([
    [productionRule, [{ targetGroupArn: blueGroup, weight: 1 }]],
    [testRule, [{ targetGroupArn: greenGroup, weight: 1 }]],
  ]);
  readonly #targets = new Map<string, TargetState[]>([
    [blueGroup, []],
    [greenGroup, []],
    [looseGroup, []],
  ]);
  readonly #listeners = new Set<(targetGroupArn: string) => void>();

  targetGroup(arn: string) {
    if (!this.#targets.has(arn)) return undefined;
    return {
      arn,
      targetType: 'instance' as const,
      loadBalancerArns: arn === looseGroup ? [] : [loadBalancer],
    };
  }

  rule(arn: string): RuleFacts | undefined {
    const forward = this.#rules.get(arn);
    if (forward === undefined) return undefined;
    return { arn, listenerArn: `${arn}-listener`, loadBalancerArn: loadBalancer, forward };
  }

  setForward(rule: string, groups: readonly WeightedGroup[]): void {
    this.#rules.set(rule, groups);
    const weights = Object.fromEntries(
      groups.map(({ targetGroupArn, weight }) => [targetGroupArn.split('/')[1] ?? '', weight]),
    );
    this.writes.push({ rule, weights });
  }

  register(targetGroupArn: string, target: Target): void {
    const others = this.#others(targetGroupArn, target);
    this.#set(targetGroupArn, [...others, { ...target, state: this.healthOf(target) }]);
  }

  deregister(targetGroupArn: string, target: Target): void {
    const others = this.#others(targetGroupArn, target);
    this.#set(targetGroupArn, this.drains ? [...others, { ...target, state: 'draining' }] : others);
  }

  finishDraining(): void {
    for (const [arn, targets] of this.#targets) {
      this.#set(
        arn,
        targets.filter(({ state }) => state !== 'draining'),
      );
    }
  }

  /** Has the health of all targets of a group be as it says. */
  setHealth(targetGroupArn: string, state: TargetState['state']): void {
    this.#set(
      targetGroupArn,
      this.targetHealth(targetGroupArn).map((target) => ({ ...target, state })),
    );
  }

  targetHealth(targetGroupArn: string): readonly TargetState[] {
    return this.#targets.get(targetGroupArn) ?? [];
  }

  onTargetChange(listener: (targetGroupArn: string) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  #others(targetGroupArn: string, { id, port }: Target): TargetState[] {
    return this.targetHealth(targetGroupArn).filter((other) => other.id !== id || other.port !== port);
  }

  #set(targetGroupArn: string, targets: TargetState[]): void {
    this.#targets.set(targetGroupArn, targets);
    for (const listener of this.#listeners) listener(targetGroupArn);
  }
}

/** Alarms in memory, all OK until a test says otherwise. */
export class AlarmsInMemory {
  readonly #states = new Map<string, 'OK' | 'ALARM' | 'INSUFFICIENT_DATA'>();
  readonly #listeners = new Set<(name: string) => void>();

  set(name: string, state: 'OK' | 'ALARM' | 'INSUFFICIENT_DATA'): void {
    this.#states.set(name, state);
    for (const listener of this.#listeners) listener(name);
  }

  states(names: readonly string[]): { name: string; state: 'OK' | 'ALARM' | 'INSUFFICIENT_DATA' }[] {
    return names.flatMap((name) => {
      const state = this.#states.get(name);
      return state === undefined ? [] : [{ name, state }];
    });
  }

  onAlarmChange(listener: (name: string) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }
}
