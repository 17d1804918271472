import { randomUUID } from 'node:crypto';
import type { PolicyAlarms } from '../cloudwatch/policy-alarms.ts';
import type { ServiceScaling } from '../ecs/index.ts';
import { capacityFor, within } from './capacity.ts';
import type { ScalableTarget, ScalingPolicy, ScalingStore } from './store.ts';

export interface ScalerOptions {
  readonly store: ScalingStore;
  readonly services: ServiceScaling;
  readonly alarms: PolicyAlarms;
  readonly now: () => number;
  readonly changed: () => void;
}

/** Source: Application Auto Scaling API reference, "TargetTrackingScalingPolicyConfiguration": 300 seconds for ECS. */
const usualCooldownSeconds = 300;

/** Moves desired counts: to their limits when these change, and to where the policies' alarms say. */
export class Scaler {
  readonly #options: ScalerOptions;

  constructor(options: ScalerOptions) {
    this.#options = options;
  }

  /** Brings a service between the limits of its target. */
  enforceLimits(target: ScalableTarget): void {
    const desired = this.#desiredOf(target);
    if (desired === undefined) return;
    const { minimum, maximum } = target;
    const wanted = within(desired, minimum, maximum);
    if (wanted > desired) this.#set(target, wanted, `minimum capacity was set to ${minimum}`);
    if (wanted < desired) this.#set(target, wanted, `maximum capacity was set to ${maximum}`);
  }

  /** After each evaluation of the alarms. */
  scaleAll(): void {
    for (const target of this.#options.store.targets.values()) this.#scale(target);
  }

  #scale(target: ScalableTarget): void {
    const { store } = this.#options;
    const policies = store.policiesOf(target.resourceId);
    if (policies.length === 0) return;
    // What is needed most counts: out where one policy says so, in where all do.
    const out = policies.map((policy) => this.#wanted('out', policy, target)).sort(most)[0];
    if (out !== undefined) {
      this.#follow('out', target, out);
      return;
    }
    const ins = policies.map((policy) => this.#wanted('in', policy, target));
    if (ins.includes(undefined)) return;
    const [least] = ins.sort(most);
    if (least !== undefined) this.#follow('in', target, least);
  }

  /** What the policy would have, where its alarm is on and nothing keeps it. */
  #wanted(way: 'out' | 'in', policy: ScalingPolicy, target: ScalableTarget): Wanted | undefined {
    const { alarms, services, now } = this.#options;
    const { configuration } = policy;
    const alarm = way === 'out' ? policy.alarms.high : policy.alarms.low;
    if (alarm === undefined || target.suspended[way] || alarms.state(alarm.name) !== 'ALARM')
      return undefined;
    const cooldownSeconds =
      (way === 'out' ? configuration.ScaleOutCooldown : configuration.ScaleInCooldown) ??
      usualCooldownSeconds;
    // Scaling out is not to be undone in the time that its effect takes, scaling in even less.
    const last = way === 'out' ? target.scaledAt.out : latest(target.scaledAt);
    if (last !== undefined && now() < last + cooldownSeconds * 1000) return undefined;
    const { cluster, name } = serviceOf(target.resourceId);
    if (way === 'in' && services.isDeploying(cluster, name)) return undefined;
    const desired = this.#desiredOf(target);
    const value = alarms.latest(alarm.name);
    if (desired === undefined || value === undefined) return undefined;
    const { minimum, maximum } = target;
    const wanted = capacityFor(way, {
      desired,
      minimum,
      maximum,
      value,
      target: configuration.TargetValue ?? value,
    });
    return wanted === desired
      ? undefined
      : {
          capacity: wanted,
          cause: `monitor alarm ${alarm.name} in state ALARM triggered policy ${policy.name}`,
        };
  }

  #follow(way: 'out' | 'in', target: ScalableTarget, { capacity, cause }: Wanted): void {
    target.scaledAt = { ...target.scaledAt, [way]: this.#options.now() };
    this.#set(target, capacity, cause);
  }

  #desiredOf({ resourceId }: ScalableTarget): number | undefined {
    const { cluster, name } = serviceOf(resourceId);
    return this.#options.services.desiredCount(cluster, name);
  }

  #set({ resourceId }: ScalableTarget, capacity: number, cause: string): void {
    const { services, store, now, changed } = this.#options;
    const { cluster, name } = serviceOf(resourceId);
    services.setDesiredCount(cluster, name, capacity);
    store.note({
      id: randomUUID(),
      resourceId,
      description: `Setting desired count to ${capacity}.`,
      cause,
      at: now(),
      status: 'Successful',
      message: `Successfully set desired count to ${capacity}. Change successfully fulfilled by ecs.`,
    });
    changed();
  }
}

interface Wanted {
  readonly capacity: number;
  readonly cause: string;
}

function most(a: Wanted | undefined, b: Wanted | undefined): number {
  return (b?.capacity ?? -1) - (a?.capacity ?? -1);
}

function latest({ out, in: scaledIn }: ScalableTarget['scaledAt']): number | undefined {
  const times = [out, scaledIn].filter((time) => time !== undefined);
  return times.length === 0 ? undefined : Math.max(...times);
}

/** `service/cluster/name`. */
export function serviceOf(resourceId: string): { readonly cluster: string; readonly name: string } {
  const [, cluster = '', name = ''] = resourceId.split('/');
  return { cluster, name };
}
