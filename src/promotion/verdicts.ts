import {
  anchoredImage,
  anchorState,
  pipelineAccount,
  readAnchor,
  type AttachedStatement,
  type CommitStatus,
  type VerdictKind,
  type VerdictStatement,
  type WorkflowRun,
} from '../evidence/index.ts';
import type { RequiredVerdict } from './evidence.ts';
import type { Objection } from './objection.ts';
import { problemsOfScan, type ScanPolicy } from './scan-policy.ts';

/** What a verdict has to be about, and who may have given it. */
export interface VerdictQuery {
  /** The environment that recorded it. */
  readonly from: string;
  /** The branch that deploys `from`; `undefined` where tags do. */
  readonly branch: string | undefined;
  readonly commit: string;
  /** `owner/repository` */
  readonly repository: string;
  /** The image that is to be promoted. */
  readonly digest: string;
  readonly maxAgeMs: number;
  /** What `sluice.yml` asks of the scan; `undefined` where it asks for none. */
  readonly scan: ScanPolicy | undefined;
  /** When the commit was last deployed to `from`, by GitHub's clock; a rollback to it does not count. */
  readonly deployedAt: string | undefined;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** What is known of a verdict. */
export interface VerdictFacts {
  /** The newest commit status of its name. */
  readonly status: CommitStatus | undefined;
  /** The run that the status names, as GitHub knows it. */
  readonly run: WorkflowRun | undefined;
  readonly attached: AttachedEvidence;
}

/** The statements in the registry; without a look into it, GitHub's records are all there is. */
export type AttachedEvidence =
  | { readonly kind: 'not-looked-at' }
  | {
      readonly kind: 'looked-at';
      /** What is attached to the digest by `from` about the commit. */
      readonly statements: readonly AttachedStatement[];
      /** What the status names, wherever it belongs; `undefined` where the registry has no such manifest. */
      readonly anchored: AttachedStatement | undefined;
    };

/** Clocks of runners and of GitHub may differ by this much. */
const clockSkewMs = 5 * 60_000;

/**
 * The run that a commit status links to; `undefined` where it is none of this repository. Its number is what counts:
 * GitHub is asked for it at its own address.
 */
export function runOf(targetUrl: string, repository: string): number | undefined {
  const [, of, id] =
    /^\/([^/]+\/[^/]+)\/actions\/runs\/(\d{1,15})$/.exec(URL.parse(targetUrl)?.pathname ?? '') ?? [];
  return of === repository ? Number(id) : undefined;
}

/** Holds one required verdict against everything that is known of it. */
export function judgeVerdict(
  kind: VerdictKind,
  query: VerdictQuery,
  facts: VerdictFacts,
): { readonly verdict: RequiredVerdict; readonly objections: readonly Objection[] } {
  const { status } = facts;
  if (status === undefined) {
    return {
      verdict: { name: kind, outcome: 'missing' },
      objections: [
        {
          what: `The verdict "${kind}" is required, and ${query.from} has recorded none`,
          remedy: again(query, 'to its end, so that it records what its checks found'),
        },
      ],
    };
  }
  const anchor = readAnchor(status.description);
  const statement =
    facts.attached.kind === 'looked-at' && facts.attached.anchored?.kind === 'statement'
      ? facts.attached.anchored.statement
      : undefined;
  return {
    verdict: {
      name: kind,
      outcome: statement?.verdict.outcome ?? anchor?.outcome ?? 'missing',
      ...(anchor === undefined ? {} : { statement: anchor.statement }),
      run: status.targetUrl,
      recordedAt: status.createdAt,
      ...(statement === undefined ? {} : { summary: statement.verdict.summary }),
    },
    objections: [
      ...objectionsToStatus(kind, query, status),
      ...objectionsToRun(kind, query, status, facts.run),
      ...objectionsToAttached(kind, query, status, facts),
    ],
  };
}

/** What the record at GitHub says, and when. */
function objectionsToStatus(
  kind: VerdictKind,
  query: VerdictQuery,
  status: CommitStatus,
): readonly Objection[] {
  const { from, digest, deployedAt } = query;
  const anchor = readAnchor(status.description);
  const objections: (Objection | undefined)[] = [
    status.creator === pipelineAccount
      ? undefined
      : {
          what: `The verdict "${kind}" of ${from} was recorded by ${status.creator ?? 'an account that is gone'}, and not by a pipeline`,
          remedy: again(query),
        },
    status.state === 'success' && anchor?.outcome === 'passed'
      ? undefined
      : {
          what: `"${kind}" did not pass in ${from}: ${anchor?.outcome ?? status.state}`,
          remedy: `See ${status.targetUrl}; release a corrected commit, or run the check again where it was not to blame`,
        },
    anchor === undefined
      ? {
          what: `The record of the verdict "${kind}" names no statement: ${JSON.stringify(status.description)}`,
          remedy: again(query),
        }
      : anchor.image === anchoredImage(digest)
        ? undefined
        : {
            what: `"${kind}" looked at another image: its digest begins with ${anchor.image}, and ${digest} is to be promoted`,
            remedy: again(query),
          },
    tooOld(kind, query, status.createdAt),
    // The scan looks at the image alone, and comes before the deployment.
    kind !== 'scan' && deployedAt !== undefined && Date.parse(status.createdAt) < Date.parse(deployedAt)
      ? {
          what: `"${kind}" was recorded at ${status.createdAt}, before the commit was last deployed to ${from} (${deployedAt})`,
          remedy: again(query, 'to its end'),
        }
      : undefined,
  ];
  return objections.filter((objection) => objection !== undefined);
}

/** Who vouches for it: a run of this repository, for this commit, from the branch that deploys the environment. */
function objectionsToRun(
  kind: VerdictKind,
  query: VerdictQuery,
  { targetUrl }: CommitStatus,
  run: WorkflowRun | undefined,
): readonly Objection[] {
  const { commit, repository, branch, from } = query;
  const remedy = again(query);
  if (run === undefined || run.id !== runOf(targetUrl, query.repository)) {
    return [{ what: `The run that vouches for "${kind}" is not known to GitHub: ${targetUrl}`, remedy }];
  }
  const objections: (string | undefined)[] = [
    run.sha === commit ? undefined : `was for commit ${run.sha.slice(0, 12)}, not ${commit.slice(0, 12)}`,
    run.from === repository && !run.event.startsWith('pull_request')
      ? undefined
      : `was for a pull request or another repository (${run.event}, ${run.from ?? 'gone'})`,
    branch === undefined || run.branch === branch
      ? undefined
      : `was on ${run.branch ?? 'a branch that is gone'}; ${from} is deployed from ${branch}`,
  ];
  return objections
    .filter((objection) => objection !== undefined)
    .map((objection) => ({ what: `The run that vouches for "${kind}" ${objection}: ${targetUrl}`, remedy }));
}

/** The statement itself: there, the newest, unchanged, and about what is to be promoted. */
function objectionsToAttached(
  kind: VerdictKind,
  query: VerdictQuery,
  status: CommitStatus,
  { run, attached }: VerdictFacts,
): readonly Objection[] {
  const anchor = readAnchor(status.description);
  if (attached.kind === 'not-looked-at' || anchor === undefined) return [];
  const remedy = again(query);
  const { anchored, statements } = attached;
  if (anchored === undefined) {
    return [
      {
        what: `The statement of the verdict "${kind}" is not in the registry: ${anchor.statement}. It was removed or edited after it was recorded`,
        remedy,
      },
    ];
  }
  if (anchored.kind === 'unreadable') {
    return [
      {
        what: `The statement of the verdict "${kind}" (${anchored.manifest}) is not understood: ${anchored.why}`,
        remedy,
      },
    ];
  }
  const newest = newestOf(kind, statements);
  const problems: (string | undefined)[] = [
    anchored.subject === query.digest
      ? undefined
      : `is attached to ${anchored.subject ?? 'nothing'}, and ${query.digest} is to be promoted`,
    newest === undefined || newest.manifest === anchored.manifest
      ? undefined
      : `is not the newest: ${newest.manifest} came after it, and no pipeline recorded that at GitHub. It was edited, or the run was stopped between the two`,
    ...problemsOfStatement(kind, query, status, anchored.statement, run),
  ];
  return [
    ...problems
      .filter((problem) => problem !== undefined)
      .map((problem) => ({ what: `The statement of the verdict "${kind}" ${problem}`, remedy })),
    tooOld(kind, query, anchored.statement.verdict.finishedAt),
  ].filter((objection) => objection !== undefined);
}

function problemsOfStatement(
  kind: VerdictKind,
  query: VerdictQuery,
  status: CommitStatus,
  { verdict, issue }: VerdictStatement,
  run: WorkflowRun | undefined,
): readonly (string | undefined)[] {
  const differs = (what: string, says: string, expected: string): string | undefined =>
    says === expected ? undefined : `is of ${what} ${says}, not ${expected}`;
  const ref = query.branch === undefined ? undefined : `refs/heads/${query.branch}`;
  return [
    differs('the image', verdict.digest, query.digest),
    differs('the check', verdict.kind, kind),
    differs('the environment', issue.environment, query.from),
    differs('commit', issue.commit, query.commit),
    differs('the repository', issue.repository, query.repository),
    differs('the run', issue.run.url, status.targetUrl),
    run === undefined
      ? undefined
      : issue.run.id === run.id && issue.run.attempt <= run.attempt
        ? undefined
        : `is of attempt ${issue.run.attempt} of run ${issue.run.id}, which GitHub does not know`,
    run === undefined || isOfWorkflow(issue.workflow, `${query.repository}/${run.workflow}`, ref)
      ? undefined
      : `is of the workflow ${issue.workflow}; the run is of ${run.workflow}${ref === undefined ? '' : ` on ${ref}`}`,
    verdict.outcome === 'passed' ? undefined : `says ${verdict.outcome}: ${verdict.summary}`,
    ...(kind === 'scan' && query.scan !== undefined ? problemsOfScan(query.scan, verdict.facts) : []),
    anchorState(verdict.outcome) === status.state
      ? undefined
      : `says ${verdict.outcome}, and GitHub's record says ${status.state}`,
    areTimesInOrder([verdict.startedAt, verdict.finishedAt, issue.issuedAt, status.createdAt])
      ? undefined
      : `has times that do not fit: from ${verdict.startedAt} to ${verdict.finishedAt}, issued at ${issue.issuedAt}, recorded at ${status.createdAt}`,
  ];
}

/** What was attached to the digest, and is no statement at all; each once, however often it is listed. */
export function objectionsToUnreadable(
  statements: readonly AttachedStatement[],
  digest: string,
): readonly Objection[] {
  const unreadable = statements.filter((each) => each.kind === 'unreadable');
  const whyByManifest = new Map(unreadable.map(({ manifest, why }) => [manifest, why]));
  return [...whyByManifest].map(([manifest, why]) => ({
    what: `A statement that is attached to ${digest} is not understood (${manifest}): ${why}`,
    remedy: 'Find out who attached it, and delete it from the registry by its digest',
  }));
}

function newestOf(
  kind: VerdictKind,
  statements: readonly AttachedStatement[],
): Extract<AttachedStatement, { readonly kind: 'statement' }> | undefined {
  return statements
    .filter((each) => each.kind === 'statement')
    .filter(({ statement }) => statement.verdict.kind === kind)
    .toSorted((a, b) => Date.parse(a.statement.issue.issuedAt) - Date.parse(b.statement.issue.issuedAt))
    .at(-1);
}

function tooOld(kind: VerdictKind, query: VerdictQuery, at: string): Objection | undefined {
  const ageMs = query.now - Date.parse(at);
  if (ageMs <= query.maxAgeMs) return undefined;
  const days = (ms: number): string => `${Math.round((ms / 86_400_000) * 10) / 10} days`;
  return {
    what: `The verdict "${kind}" of ${query.from} is ${days(ageMs)} old (${at}), and promote.maxAge allows ${days(query.maxAgeMs)}`,
    remedy: again(query),
  };
}

function isOfWorkflow(reference: string, workflow: string, ref: string | undefined): boolean {
  return ref === undefined ? reference.startsWith(`${workflow}@`) : reference === `${workflow}@${ref}`;
}

function areTimesInOrder(times: readonly string[]): boolean {
  return times.every((time, index) => {
    const before = times[index - 1];
    return before === undefined || Date.parse(before) <= Date.parse(time) + clockSkewMs;
  });
}

function again({ from, commit }: VerdictQuery, how = 'again'): string {
  return `Run the pipeline of ${from} for commit ${commit.slice(0, 12)} ${how}`;
}
