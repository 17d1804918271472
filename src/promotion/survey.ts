import { payloadText, type DeploymentHistory, type ListedDeployment } from '../github/index.ts';
import { commitOf, releaseOf, versionOf, type RecordedRelease } from './release.ts';

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

/** The last deployment of a commit to an environment; `undefined` where it never came there. */
export async function lastOfCommit(
  history: DeploymentHistory,
  environment: string,
  commit: string,
): Promise<RecordedRelease | undefined> {
  const deployment = await first(history, environment, (each) => commitOf(each) === commit);
  return deployment === undefined ? undefined : releaseOf(await history.withState(deployment));
}

async function first(
  history: DeploymentHistory,
  environment: string,
  matches: (deployment: ListedDeployment) => boolean,
): Promise<ListedDeployment | undefined> {
  for await (const deployment of history.list({ environment })) if (matches(deployment)) return deployment;
  return undefined;
}
