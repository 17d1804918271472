import { randomBytes } from 'node:crypto';
import type { Clock } from '../clock.ts';
import { pageOf } from '../wire/page.ts';
import type { Call } from '../wire/service.ts';
import type { DataPlane } from './data-plane/index.ts';
import { notFound, validationError } from './errors.ts';
import type { Targets } from './load-balancing.ts';
import type { ElbState, ListenerRecord, LoadBalancerRecord, RuleRecord, TargetGroupRecord } from './model.ts';
import type { Certificates } from './tls.ts';

/** What the operations work on. */
export interface ElbContext {
  readonly state: ElbState;
  readonly clock: Clock;
  readonly dataPlane: DataPlane;
  readonly targets: Targets;
  readonly certificates: Certificates;
  readonly changed: () => void;
}

/** @throws LoadBalancerNotFound */
export function loadBalancerOf({ state }: ElbContext, arn: string | undefined): LoadBalancerRecord {
  const found = state.loadBalancers.find((one) => one.arn === arn);
  if (found === undefined) throw notFound('LoadBalancer');
  return found;
}

/** @throws TargetGroupNotFound */
export function targetGroupOf({ state }: ElbContext, arn: string | undefined): TargetGroupRecord {
  const found = state.targetGroups.find((one) => one.arn === arn);
  if (found === undefined) throw notFound('TargetGroup');
  return found;
}

/** @throws ListenerNotFound */
export function listenerOf({ state }: ElbContext, arn: string | undefined): ListenerRecord {
  const found = state.listeners.find((one) => one.arn === arn);
  if (found === undefined) throw notFound('Listener');
  return found;
}

/** @throws RuleNotFound */
export function ruleOf({ state }: ElbContext, arn: string | undefined): RuleRecord {
  const found = state.rules.find((one) => one.arn === arn);
  if (found === undefined) throw notFound('Rule');
  return found;
}

export function arnOf({ region, accountId }: Call, resource: string): string {
  return `arn:aws:elasticloadbalancing:${region}:${accountId}:${resource}`;
}

/** Sixteen hexadecimal digits, as at the end of each ARN. */
export function newId(): string {
  return randomBytes(8).toString('hex');
}

/** A page of at most 400, as all of its Describe operations give them. @throws ValidationError */
export function paged<T>(
  items: readonly T[],
  { PageSize = 400, Marker }: { PageSize?: number | undefined; Marker?: string | undefined },
): { items: readonly T[]; marker: { NextMarker?: string } } {
  const { items: page, token } = pageOf(items, PageSize, Marker, () => validationError('Invalid marker'));
  return { items: page, marker: token.nextToken === undefined ? {} : { NextMarker: token.nextToken } };
}

/** Letters, digits and hyphens, not at the ends, at most 32. @throws ValidationError */
export function checkName(kind: 'Load balancer' | 'Target group', name: string): void {
  if (name.length > 32) {
    throw validationError(`${kind} name '${name}' cannot be longer than '32' characters`);
  }
  if (!/^[A-Za-z0-9-]+$/.test(name)) {
    throw validationError(
      `${kind} name '${name}' can only contain characters that are alphanumeric characters and hyphens(-)`,
    );
  }
  if (name.startsWith('-') || name.endsWith('-')) {
    throw validationError(`${kind} name '${name}' cannot begin or end with '-'`);
  }
  if (kind === 'Load balancer' && name.startsWith('internal-')) {
    throw validationError(`Load balancer name '${name}' cannot begin with 'internal-'`);
  }
}
