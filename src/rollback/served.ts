import { payloadText, type DeploymentHistory } from '../github/index.ts';
import { releaseOf, type RecordedRelease } from '../promotion/index.ts';

/**
 * What an environment runs, by the records: the newest deployment that users had once, whatever was said of it since.
 * One that was found wanting runs until something takes its place.
 */
export async function lastServed(
  history: DeploymentHistory,
  environment: string,
): Promise<RecordedRelease | undefined> {
  for await (const deployment of history.list({ environment })) {
    const record = await history.withState(deployment);
    if (record.hasSucceeded) return releaseOf(record);
  }
  return undefined;
}

/** The newest deployment of a digest, however it went; an older one of the same digest is another deployment. */
export async function lastOfDigest(
  history: DeploymentHistory,
  environment: string,
  digest: string,
): Promise<RecordedRelease | undefined> {
  for await (const deployment of history.list({ environment })) {
    if (payloadText(deployment, 'digest') === digest) return releaseOf(await history.withState(deployment));
  }
  return undefined;
}
