import {
  isGood,
  isOpen,
  payloadText,
  type DeploymentRecord,
  type ListedDeployment,
} from '../github/index.ts';

/**
 * How a release stands in an environment. `good`: it served. `failed`: it was the release's own fault, which
 * quarantines its digest there. `open`: nobody has said yet how it ended. `ended`: overtaken, cancelled, or never
 * known to have served.
 */
export type Standing = 'good' | 'failed' | 'open' | 'ended';

/** A deployment of a release, as GitHub's record and what `deploy` wrote into it tell. */
export interface RecordedRelease {
  readonly record: number;
  readonly environment: string;
  readonly version: string;
  readonly commit: string;
  /** `undefined` where the record is not one of ours. */
  readonly digest: string | undefined;
  /** `registry/repository@sha256:…` */
  readonly image: string | undefined;
  readonly by: string | undefined;
  readonly standing: Standing;
  /** What the record's last status says. */
  readonly reason: string | undefined;
  readonly since: string | undefined;
  readonly url: string | undefined;
  /** When it was deployed, by GitHub's clock. */
  readonly createdAt: string;
  /** Whether users had it once, whatever came after. */
  readonly hasServed: boolean;
  /** Whether it was deployed as the way back from another. */
  readonly isRollback: boolean;
}

/**
 * The commit that was deployed. GitHub looks up a record's ref when the record is made, and a branch may have moved
 * on by then: what `deploy` wrote down goes first.
 */
export function commitOf(deployment: ListedDeployment): string {
  const version = payloadText(deployment, 'version') ?? '';
  return payloadText(deployment, 'commit') ?? (/^[0-9a-f]{40}$/.test(version) ? version : deployment.sha);
}

export function versionOf(deployment: ListedDeployment): string {
  return payloadText(deployment, 'version') ?? deployment.sha;
}

export function releaseOf(record: DeploymentRecord): RecordedRelease {
  return {
    record: record.id,
    environment: record.environment,
    version: versionOf(record),
    commit: commitOf(record),
    digest: payloadText(record, 'digest'),
    image: payloadText(record, 'image'),
    by: record.creator,
    standing: standingOf(record),
    reason: record.reason,
    since: record.statusAt,
    url: record.url,
    createdAt: record.createdAt,
    hasServed: record.hasSucceeded,
    isRollback: isRollback(record),
  };
}

/** A rollback deploys what was checked before: it asks for no new verdicts. */
export function isRollback({ payload }: Pick<ListedDeployment, 'payload'>): boolean {
  return (
    typeof payload === 'object' && payload !== null && 'rollback' in payload && payload.rollback === true
  );
}

function standingOf(record: DeploymentRecord): Standing {
  if (isGood(record)) return 'good';
  if (isOpen(record)) return 'open';
  return record.state === 'failure' ? 'failed' : 'ended';
}
