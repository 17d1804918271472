import { payloadText, type DeploymentHistory } from '../github/index.ts';
import { commitOf, isRollback, releaseOf, versionOf, type RecordedRelease } from './release.ts';

/** What the records of an environment say about a release that is to come there, and about what is there. */
export interface Survey {
  /** What runs there: the newest that is good. */
  readonly live: RecordedRelease | undefined;
  /** Every commit that was ever deployed there under this version. */
  readonly commitsOfVersion: readonly string[];
  /** The last deployment of the digest whose end is known. */
  readonly lastOfDigest: RecordedRelease | undefined;
}

export interface SurveyQuery {
  readonly environment: string;
  readonly version: string;
  readonly digest: string | undefined;
}

/** Reads the records of an environment once, newest first; states are asked for only where they matter. */
export async function survey(
  history: DeploymentHistory,
  { environment, version, digest }: SurveyQuery,
): Promise<Survey> {
  let live: RecordedRelease | undefined;
  let lastOfDigest: RecordedRelease | undefined;
  const commits = new Set<string>();
  for await (const deployment of history.list({ environment })) {
    if (versionOf(deployment) === version) commits.add(commitOf(deployment));
    const isOfDigest = digest !== undefined && payloadText(deployment, 'digest') === digest;
    if (live !== undefined && (!isOfDigest || lastOfDigest !== undefined)) continue;
    const release = releaseOf(await history.withState(deployment));
    if (release.standing === 'good') live ??= release;
    if (isOfDigest && (release.standing === 'good' || release.standing === 'failed'))
      lastOfDigest ??= release;
  }
  return { live, commitsOfVersion: [...commits], lastOfDigest };
}

/** How a commit came to an environment. */
export interface CommitThere {
  /** Its last deployment; `undefined` where it never came there. */
  readonly last: RecordedRelease | undefined;
  /** When it was last deployed, rollbacks to it left out: what was found out before is of another deployment. */
  readonly deployedAt: string | undefined;
}

/** Reads the records of an environment for a commit, newest first. */
export async function commitThere(
  history: DeploymentHistory,
  environment: string,
  commit: string,
): Promise<CommitThere> {
  let last: RecordedRelease | undefined;
  for await (const deployment of history.list({ environment })) {
    if (commitOf(deployment) !== commit) continue;
    last ??= releaseOf(await history.withState(deployment));
    if (!isRollback(deployment)) return { last, deployedAt: deployment.createdAt };
  }
  return { last, deployedAt: undefined };
}
