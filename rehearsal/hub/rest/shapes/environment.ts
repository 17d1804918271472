import type { Environment, RefPattern } from '../../model.ts';
import { nodeId, type Addresses, type Schemas } from './addresses.ts';
import { user } from './user.ts';

export function environment(at: Addresses, record: Environment, createdAt: string): Schemas['environment'] {
  return {
    ...environmentLink(at, record),
    created_at: createdAt,
    updated_at: createdAt,
    protection_rules: rulesOf(at, record),
    deployment_branch_policy: policyOf(record),
  };
}

/** An environment as other records name it. */
export function environmentLink(at: Addresses, { id, name }: Environment) {
  const segment = encodeURIComponent(name);
  return {
    id,
    node_id: nodeId('Environment', id),
    name,
    url: `${at.api}/environments/${segment}`,
    html_url: `${at.serverUrl}/environments/${segment}`,
  };
}

export function reviewers(at: Addresses, { protection }: Environment) {
  return protection.reviewers.map((login) => ({ type: 'User' as const, reviewer: user(at, login) }));
}

export function refPattern({ id, type, name }: RefPattern): Schemas['deployment-branch-policy'] {
  return { id, node_id: nodeId('DeploymentBranchPolicy', id), name, type };
}

function rulesOf(at: Addresses, record: Environment) {
  const { protection, id } = record;
  // An environment has at most one rule of each kind.
  const rule = <Type extends string>(type: Type) => ({ id, node_id: nodeId(type, id), type });
  return [
    ...(protection.waitMinutes > 0 ? [{ ...rule('wait_timer'), wait_timer: protection.waitMinutes }] : []),
    ...(protection.reviewers.length > 0
      ? [
          {
            ...rule('required_reviewers'),
            prevent_self_review: protection.preventSelfReview,
            reviewers: reviewers(at, record),
          },
        ]
      : []),
    ...(protection.refs.kind === 'any' ? [] : [rule('branch_policy')]),
  ];
}

function policyOf({ protection }: Environment) {
  const { kind } = protection.refs;
  if (kind === 'any') return null;
  return { protected_branches: kind === 'protected', custom_branch_policies: kind === 'selected' };
}
