import type { RecordedRelease } from './release.ts';

/** A verdict that `promote.require` names, and whether it was given. */
export interface RequiredVerdict {
  readonly name: string;
  /** `missing`: the pipeline of the environment before records none. */
  readonly outcome: 'missing';
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
