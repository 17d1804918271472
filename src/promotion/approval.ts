import type { EnvironmentConfig } from '../config/index.ts';
import type { Protection } from '../github/index.ts';
import type { Objection } from './objection.ts';

/** What speaks against an environment's protection at GitHub as the approval that sluice.yml asks for. */
export function objectionsToApproval(
  environment: string,
  approval: EnvironmentConfig['approval'],
  protection: Protection,
): readonly Objection[] {
  if (approval === 'none') return [];
  const elsewhere =
    'or, where the repository’s plan has no required reviewers, arrange it as docs/approvals.md says and set approval: elsewhere in the workflow that calls this one';
  if (protection.reviewers === 0) {
    return [
      {
        what: `sluice.yml asks for an approval of ${environment}, and nobody would be asked: the environment has no required reviewers at GitHub`,
        remedy: `Set them under Settings → Environments → ${environment} → Required reviewers, ${elsewhere}`,
      },
    ];
  }
  if (!approval.selfApproval && !protection.preventsSelfReview) {
    return [
      {
        what: `sluice.yml forbids to approve one’s own release to ${environment}, and the environment allows it at GitHub`,
        remedy: `Tick "Prevent self-review" under Settings → Environments → ${environment}, or set approval.selfApproval in sluice.yml`,
      },
    ];
  }
  return [];
}
