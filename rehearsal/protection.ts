import type { EnvironmentConfig } from '../src/config/index.ts';
import { reviewer } from './approvals.ts';
import type { EnvironmentRules } from './hub/environments/index.ts';

/** An environment's protection at GitHub, as docs/approvals.md tells a user to set it up. */
export function rulesOf({ on, approval }: EnvironmentConfig, actor: string): EnvironmentRules {
  return {
    refs: 'branch' in on ? { branches: [on.branch] } : { tags: [on.tag] },
    ...(approval === 'none'
      ? {}
      : { reviewers: [reviewer, actor], preventSelfReview: !approval.selfApproval }),
  };
}

/**
 * The environment whose reviewers sign acceptance tests off, as docs/uat.md tells a user to set it up.
 * @returns `undefined` where sluice.yml asks for no signature
 */
export function signOffOf(
  name: string,
  { checks }: Pick<EnvironmentConfig, 'checks'>,
  actor: string,
): { readonly name: string; readonly rules: EnvironmentRules } | undefined {
  if (checks.uat?.signOff !== 'required') return undefined;
  return { name: `${name}-sign-off`, rules: { reviewers: [reviewer, actor], preventSelfReview: true } };
}
