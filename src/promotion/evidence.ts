import type { Outcome } from '../evidence/index.ts';
import type { RecordedRelease } from './release.ts';

/** A verdict that `promote.require` names, and what is known of it. */
export interface RequiredVerdict {
  readonly name: string;
  /** `missing`: the environment before has recorded none for the commit. */
  readonly outcome: Outcome | 'missing';
  /** The digest of the statement's manifest, as GitHub's record names it. */
  readonly statement?: string;
  /** The run that vouches for it. */
  readonly run?: string;
  readonly recordedAt?: string;
  /** What the check itself says. Only where the statement was read. */
  readonly summary?: string;
}

/** What a promotion rests on: given as an output, for whoever audits it. */
export interface Evidence {
  readonly version: string;
  readonly commit: string;
  readonly image: string | undefined;
  readonly digest: string | undefined;
  /** The deployment that proves it. */
  readonly provenIn: {
    readonly environment: string;
    readonly deployment: number;
    readonly standing: RecordedRelease['standing'];
    readonly since: string | undefined;
    readonly by: string | undefined;
  } | null;
  readonly verdicts: readonly RequiredVerdict[];
  /** Why the digest was kept out, and that it was let in by name all the same. */
  readonly overriddenQuarantine: string | null;
}
