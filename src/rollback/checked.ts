import {
  anchorContext,
  anchoredImage,
  pipelineAccount,
  readAnchor,
  readCommitStatuses,
  verdictKinds,
  type CommitStatus,
  type VerdictKind,
} from '../evidence/index.ts';
import type { EnvironmentConfig } from '../config/index.ts';
import type { GitHubConnection } from '../github/index.ts';
import type { RecordedRelease } from '../promotion/index.ts';

/**
 * What the checks of an environment said of a release that was deployed there. `silent`: nothing at all; the release
 * is older than the checks, or its run was killed before they could say anything.
 */
export type Checked =
  | { readonly kind: 'passed' }
  | { readonly kind: 'silent' }
  | { readonly kind: 'not-passed'; readonly why: string };

/** The checks that look at a release once it is deployed: until they have passed, it has served nobody. */
export function checksAfterDeployment(checks: EnvironmentConfig['checks']): readonly VerdictKind[] {
  return verdictKinds.filter((kind) => kind !== 'scan' && checks[kind] !== undefined);
}

/** @param statuses the newest commit status of each context */
export function judgeChecked(
  statuses: ReadonlyMap<string, CommitStatus>,
  environment: string,
  digest: string,
  kinds: readonly VerdictKind[],
): Checked {
  const said = kinds.map((kind) => ({ kind, status: statuses.get(anchorContext(environment, kind)) }));
  if (said.every(({ status }) => status === undefined)) return { kind: 'silent' };
  const problems = said.flatMap(({ kind, status }) => {
    if (status === undefined) return [`"${kind}" never said how it came out`];
    if (status.creator !== pipelineAccount) return [`"${kind}" was not recorded by a pipeline`];
    const anchor = readAnchor(status.description);
    if (anchor !== undefined && anchor.image !== anchoredImage(digest))
      return [`"${kind}" looked at another image`];
    return status.state === 'success' ? [] : [`"${kind}" did not pass: ${anchor?.outcome ?? status.state}`];
  });
  return problems.length === 0 ? { kind: 'passed' } : { kind: 'not-passed', why: problems.join(', ') };
}

/**
 * The releases that may not be gone back to, with the reason: deployed, but never accepted.
 *
 * A release that nothing was ever said of is old, or its run was killed. The first release that something was said of
 * tells the two apart: from then on the checks were there, and silence is no pass.
 *
 * @param releases newest first
 */
export function notAccepted(
  releases: readonly { readonly record: number; readonly checked: Checked }[],
): ReadonlyMap<number, string> {
  const adopted = releases.findLastIndex(({ checked }) => checked.kind !== 'silent');
  return new Map(
    releases.flatMap(({ record, checked }, index): [number, string][] => {
      switch (checked.kind) {
        case 'passed':
          return [];
        case 'silent':
          return index < adopted ? [[record, 'its checks never said how they came out']] : [];
        case 'not-passed':
          return [[record, checked.why]];
      }
    }),
  );
}

/**
 * Asks GitHub which of an environment's releases its checks have accepted. Without checks after the deployment there is
 * nothing to ask.
 *
 * @param releases newest first
 * @throws what GitHub's client throws: no answer is no acceptance
 */
export async function readNotAccepted(
  connection: GitHubConnection,
  environment: string,
  kinds: readonly VerdictKind[],
  releases: readonly RecordedRelease[],
): Promise<ReadonlyMap<number, string>> {
  if (kinds.length === 0) return new Map();
  const checked: { record: number; checked: Checked }[] = [];
  for (const { record, commit, digest, standing } of releases) {
    if (standing !== 'good' || digest === undefined) continue;
    const statuses = await readCommitStatuses(connection, commit, `sluice/${environment}/`);
    checked.push({ record, checked: judgeChecked(statuses, environment, digest, kinds) });
  }
  return notAccepted(checked);
}
