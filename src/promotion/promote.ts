import type { VerdictKind } from '../evidence/index.ts';
import { inputs } from '../github/index.ts';
import type { Evidence } from './evidence.ts';
import type { Objection } from './objection.ts';
import type { RecordedRelease } from './release.ts';
import type { Survey } from './survey.ts';
import { olderThanLive } from './tag-rules.ts';
import { judgeVerdict, objectionsToUnreadable, type VerdictFacts, type VerdictQuery } from './verdicts.ts';

export interface PromotionRequest {
  readonly version: string;
  readonly commit: string;
  /** The environment that it has to have passed. */
  readonly from: string;
  readonly to: string;
  /** The verdicts that it must carry, and what holds for all of them. */
  readonly require: readonly VerdictKind[];
  readonly verdicts: Pick<VerdictQuery, 'branch' | 'repository' | 'maxAgeMs' | 'scan' | 'now'>;
  /** The image that an earlier step promoted; it must be the same still. */
  readonly expected: string | undefined;
  /** The digest whose quarantine somebody lifts by naming it. */
  readonly override: string | undefined;
}

export interface PromotionFacts {
  /** The last deployment of the commit to `from`. */
  readonly staged: RecordedRelease | undefined;
  /** What `to` says of the version and the digest. */
  readonly survey: Pick<Survey, 'live' | 'lastOfDigest'>;
  /** When the commit was last deployed to `from`, a rollback to it left out. */
  readonly deployedAt: string | undefined;
  /** What is known of each verdict; one that is not in here was never recorded. */
  readonly verdicts: ReadonlyMap<VerdictKind, VerdictFacts>;
}

export type Promotion =
  | {
      readonly kind: 'promoted';
      readonly image: string;
      readonly digest: string;
      readonly evidence: Evidence;
    }
  | { readonly kind: 'refused'; readonly objections: readonly Objection[]; readonly evidence: Evidence };

/** Decides whether what passed one environment may go to the next. */
export function decidePromotion(request: PromotionRequest, facts: PromotionFacts): Promotion {
  const { version, commit, from, to, expected, override } = request;
  const { staged, survey } = facts;
  const required = judgeRequired(request, facts);
  const quarantine = quarantineOf(survey.lastOfDigest);
  const isOverridden = quarantine !== undefined && override === staged?.digest;
  const evidence: Evidence = {
    version,
    commit,
    image: staged?.image,
    digest: staged?.digest,
    provenIn:
      staged === undefined
        ? null
        : {
            environment: from,
            deployment: staged.record,
            standing: staged.standing,
            since: staged.since,
            by: staged.by,
          },
    verdicts: required.verdicts,
    overriddenQuarantine: isOverridden ? quarantine : null,
  };
  const objections = [
    notProven(staged, from, commit),
    ...required.objections,
    quarantine === undefined || isOverridden
      ? undefined
      : {
          what: `The digest ${staged?.digest ?? ''} is quarantined: it failed in ${to} (${quarantine})`,
          remedy: `Release a corrected version; or, if the release was not to blame, start the workflow by hand on the tag with override: ${staged?.digest ?? ''}`,
        },
    olderThanLive(version, to, survey.live),
    expected === undefined || staged?.image === undefined || staged.image === expected
      ? undefined
      : {
          what: `${expected} was promoted before, and ${from} now says ${staged.image}`,
          remedy: 'Start the workflow again from its beginning, so that what is approved is what is deployed',
        },
  ].filter((objection) => objection !== undefined);

  const { image, digest } = staged ?? {};
  return objections.length === 0 && image !== undefined && digest !== undefined
    ? { kind: 'promoted', image, digest, evidence }
    : { kind: 'refused', objections, evidence };
}

/** Holds every verdict that is required against what is known of it. */
function judgeRequired(
  { require, verdicts, from, commit }: PromotionRequest,
  { staged, deployedAt, verdicts: known }: PromotionFacts,
): Pick<Evidence, 'verdicts'> & { readonly objections: readonly Objection[] } {
  const digest = staged?.digest ?? '';
  const judged = require.map((kind) => {
    const facts = known.get(kind) ?? neverRecorded;
    return judgeVerdict(kind, { ...verdicts, from, commit, digest, deployedAt }, facts);
  });
  const statements = require.flatMap((kind) => {
    const attached = known.get(kind)?.attached;
    return attached?.kind === 'looked-at' ? attached.statements : [];
  });
  return {
    verdicts: judged.map(({ verdict }) => verdict),
    objections: [
      ...judged.flatMap(({ objections, verdict }) =>
        // Without an image there is nothing that they could be about, and it is said already.
        digest === '' && verdict.outcome !== 'missing' ? [] : objections,
      ),
      ...objectionsToUnreadable(statements, digest),
    ],
  };
}

const neverRecorded: VerdictFacts = {
  status: undefined,
  run: undefined,
  attached: { kind: 'not-looked-at' },
};

function notProven(staged: RecordedRelease | undefined, from: string, commit: string): Objection | undefined {
  const shortCommit = commit.slice(0, 12);
  if (staged === undefined) {
    return {
      what: `Commit ${shortCommit} was never deployed to ${from}`,
      remedy: `Push it to the branch that deploys ${from}, and tag it once that is done: where several commits were pushed at once, only the last was deployed`,
    };
  }
  const because = staged.reason === undefined ? '' : ` (${staged.reason})`;
  switch (staged.standing) {
    case 'good':
      return namesItsImage(staged)
        ? undefined
        : {
            what: `The record of the deployment of ${shortCommit} to ${from} does not name its image by the digest`,
            remedy: `Deploy the commit to ${from} with the action deploy, which writes it down`,
          };
    case 'open':
      return {
        what: `The deployment of ${shortCommit} to ${from} is not done${because}`,
        remedy: `Wait for it and run this job again; if its runner died, run the pipeline of ${from} again`,
      };
    case 'failed':
    case 'ended':
      return {
        what: `The last deployment of ${shortCommit} to ${from} did not succeed${because}`,
        remedy: `Run the pipeline of ${from} again for this commit, or release another one`,
      };
  }
}

function namesItsImage({ image, digest }: RecordedRelease): boolean {
  return image !== undefined && inputs.imageByDigest.parse(image)?.split('@')[1] === digest;
}

/** Why a digest is kept out of an environment; `undefined` where it is not. */
function quarantineOf(last: RecordedRelease | undefined): string | undefined {
  if (last?.standing !== 'failed') return undefined;
  return `as ${last.version}${last.since === undefined ? '' : `, ${last.since}`}: ${last.reason ?? 'no reason recorded'}`;
}
