import { Refused } from '../control/refused.ts';
import type { TargetRecord } from './model.ts';

/** What can be made to go wrong with load balancers, by tests and by people. */
export interface ElbFaults {
  /** How far the API runs ahead of the traffic after a rule was changed, in milliseconds of real time. */
  propagationMs: number;
  /** Targets that fail their health checks whatever they answer: a group's ARN alone is all of its targets. */
  unhealthy: readonly { readonly targetGroupArn: string; readonly port?: number }[];
}

/** What the documentation leaves open ("propagates in seconds"), at its quick end. */
export const defaultPropagationMs = 500;

export function isBroken({ unhealthy }: ElbFaults, targetGroupArn: string, { port }: TargetRecord): boolean {
  return unhealthy.some(
    (fault) => fault.targetGroupArn === targetGroupArn && (fault.port === undefined || fault.port === port),
  );
}

/** A change of the faults, as the control plane gets it. @throws Refused */
export function readElbFaults(body: unknown): Partial<ElbFaults> {
  const { propagationMs, unhealthy } = (body ?? {}) as { propagationMs?: unknown; unhealthy?: unknown };
  const isDelay = typeof propagationMs === 'number' && propagationMs >= 0 && propagationMs <= 600_000;
  if (propagationMs !== undefined && !isDelay) {
    throw new Refused('"propagationMs" is a number of milliseconds, 0 to 600000.');
  }
  const isList =
    Array.isArray(unhealthy) &&
    unhealthy.every(
      (one: unknown) =>
        typeof one === 'object' &&
        one !== null &&
        typeof (one as { targetGroupArn?: unknown }).targetGroupArn === 'string',
    );
  if (unhealthy !== undefined && !isList) {
    throw new Refused('"unhealthy" is a list of { "targetGroupArn": …, "port": … }.');
  }
  return {
    ...(isDelay ? { propagationMs } : {}),
    ...(isList ? { unhealthy: unhealthy as ElbFaults['unhealthy'] } : {}),
  };
}
