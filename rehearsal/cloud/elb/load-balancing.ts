import type { Clock } from '../clock.ts';
import type { LoadBalancing, Target, TargetState, WeightedGroup } from '../ecs/world.ts';
import { unchecked } from './data-plane/health-check.ts';
import type { DataPlane } from './data-plane/index.ts';
import {
  forwardOf,
  loadBalancersOf,
  type ElbState,
  type TargetGroupRecord,
  type TargetRecord,
} from './model.ts';

export interface LoadBalancingOptions {
  readonly state: ElbState;
  readonly clock: Clock;
  readonly dataPlane: () => DataPlane;
  readonly changed: () => void;
}

export interface Targets extends LoadBalancing {
  /** To be told by the data plane. */
  readonly targetChanged: (targetGroupArn: string) => void;
}

/** Target groups and rules as others in the cloud work with them: ECS, and the API's own operations. */
export function loadBalancing({ state, clock, dataPlane, changed }: LoadBalancingOptions): Targets {
  const listeners = new Set<(targetGroupArn: string) => void>();
  const groupOf = (arn: string): TargetGroupRecord | undefined =>
    state.targetGroups.find((group) => group.arn === arn);
  const targetChanged = (arn: string): void => {
    for (const listener of listeners) listener(arn);
    changed();
  };

  return {
    targetChanged,
    targetGroup: (arn) => {
      const group = groupOf(arn);
      if (group === undefined) return undefined;
      return { arn, targetType: group.targetType, loadBalancerArns: loadBalancersOf(state, arn) };
    },
    rule: (arn) => {
      const rule = state.rules.find((one) => one.arn === arn);
      const listener = state.listeners.find((one) => one.arn === rule?.listenerArn);
      if (rule === undefined || listener === undefined) return undefined;
      return {
        arn,
        listenerArn: listener.arn,
        loadBalancerArn: listener.loadBalancerArn,
        forward: forwardOf(rule.actions),
      };
    },
    setForward: (arn, groups) => {
      const rule = state.rules.find((one) => one.arn === arn);
      if (rule === undefined) return;
      rule.actions = [
        ...rule.actions.filter(({ Type }) => Type !== 'forward'),
        {
          Type: 'forward',
          Order: 1,
          ForwardConfig: {
            TargetGroups: groups.map(({ targetGroupArn, weight }: WeightedGroup) => ({
              TargetGroupArn: targetGroupArn,
              Weight: weight,
            })),
            TargetGroupStickinessConfig: { Enabled: false },
          },
        },
      ];
      dataPlane().propagate(rule.listenerArn);
      changed();
      // Targets of a group that a rule refers to now are no longer `unused`, and the other way round.
      for (const { targetGroupArn } of groups) targetChanged(targetGroupArn);
    },
    register: (arn, target) => {
      const group = groupOf(arn);
      if (group === undefined) return;
      const existing = find(group, target);
      if (existing !== undefined && existing.state !== 'draining') return;
      const registered: TargetRecord = { id: target.id, port: target.port, ...unchecked };
      group.targets = [...group.targets.filter((one) => one !== existing), registered];
      dataPlane().watch(group, registered);
      targetChanged(arn);
    },
    deregister: (arn, target) => {
      const group = groupOf(arn);
      const existing = group === undefined ? undefined : find(group, target);
      if (group === undefined || existing === undefined || existing.state === 'draining') return;
      const seconds = Number(group.attributes['deregistration_delay.timeout_seconds'] ?? 300);
      const draining: TargetRecord = {
        ...existing,
        state: 'draining',
        reason: 'Target.DeregistrationInProgress',
        description: 'Target deregistration is in progress',
        drainedAt: clock.now().getTime() + seconds * 1000,
      };
      group.targets = group.targets.map((one) => (one === existing ? draining : one));
      dataPlane().watch(group, draining);
      targetChanged(arn);
    },
    targetHealth: (arn) => {
      const group = groupOf(arn);
      if (group === undefined) return [];
      const isUsed = loadBalancersOf(state, arn).length > 0;
      return group.targets.map((target) => healthOf(target, isUsed));
    },
    onTargetChange: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

function healthOf({ id, port, state, reason, description }: TargetRecord, isUsed: boolean): TargetState {
  // A group that no rule refers to is not checked by an ALB: its targets are unused, whatever they would answer.
  if (!isUsed && state !== 'draining') {
    return {
      id,
      port,
      state: 'unused',
      reason: 'Target.NotInUse',
      description: 'Target group is not configured to receive traffic from the load balancer',
    };
  }
  return {
    id,
    port,
    state,
    ...(reason === undefined ? {} : { reason }),
    ...(description === undefined ? {} : { description }),
  };
}

function find(group: TargetGroupRecord, { id, port }: Target): TargetRecord | undefined {
  return group.targets.find((target) => target.id === id && target.port === port);
}
