import type { Objection } from './objection.ts';
import { compareVersions, parseVersion } from './semver.ts';
import type { Survey } from './survey.ts';

/** How a commit stands to the release branch, as GitHub's comparison of the two has it. */
export type BranchStatus = 'identical' | 'behind' | 'ahead' | 'diverged';

export interface TaggedRelease {
  readonly environment: string;
  /** `v1.2.3` */
  readonly tag: string;
  readonly sha: string;
  readonly branch: string;
  readonly onBranch: BranchStatus;
  readonly survey: Pick<Survey, 'live' | 'commitsOfVersion'>;
}

/** The version of a tag; `undefined` where it is not strictly `vMAJOR.MINOR.PATCH`. */
export function versionOfTag(tag: string): string | undefined {
  return tag.startsWith('v') && parseVersion(tag.slice(1)) !== undefined ? tag.slice(1) : undefined;
}

/** Everything that speaks against releasing a tag. */
export function objectionsToTag(release: TaggedRelease): readonly Objection[] {
  const { environment, tag, sha, branch, onBranch, survey } = release;
  const version = versionOfTag(tag);
  const objections: (Objection | undefined)[] = [
    version === undefined
      ? {
          what: `The tag ${tag} is not a version: ${environment} is deployed from tags of the form vMAJOR.MINOR.PATCH, strictly as https://semver.org has it`,
          remedy: `Delete the tag (git push --delete origin ${tag}) and push one such as v1.2.3`,
        }
      : undefined,
    // The comparison is from the branch to the commit: a commit behind the branch is part of it.
    onBranch === 'identical' || onBranch === 'behind'
      ? undefined
      : {
          what: `The tag is not on ${branch}: compared with it, commit ${sha.slice(0, 12)} is ${onBranch}`,
          remedy: `Merge the commit to ${branch} first, then tag it there`,
        },
    version === undefined ? undefined : reused(version, release),
    version === undefined ? undefined : olderThanLive(version, environment, survey.live),
  ];
  return objections.filter((objection) => objection !== undefined);
}

function reused(version: string, { environment, sha, survey }: TaggedRelease): Objection | undefined {
  const other = survey.commitsOfVersion.find((commit) => commit !== sha);
  if (other === undefined) return undefined;
  return {
    what: `The version ${version} was deployed to ${environment} before, from commit ${other.slice(0, 12)}, and this tag is on ${sha.slice(0, 12)}`,
    remedy: 'A version stands for one commit, for good: tag this one with the next version',
  };
}

/** A release may not silently undo a newer one. Versions that are no semantic versions cannot be compared. */
export function olderThanLive(
  version: string,
  environment: string,
  live: Survey['live'],
): Objection | undefined {
  const ours = parseVersion(version);
  const theirs = live === undefined ? undefined : parseVersion(live.version);
  if (live === undefined || ours === undefined || theirs === undefined) return undefined;
  if (compareVersions(ours, theirs) >= 0) return undefined;
  return {
    what: `${environment} runs ${live.version}, which is newer than ${version}`,
    remedy: `To go back, start the rollback workflow with version ${version}; to go on, release a version above ${live.version}`,
  };
}
