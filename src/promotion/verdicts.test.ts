import fc from 'fast-check';
import {
  anchoredImage,
  anchorState,
  formatAnchor,
  outcomes,
  verdictKinds,
  type AttachedStatement,
  type CommitStatus,
  type Outcome,
  type VerdictKind,
  type VerdictStatement,
  type WorkflowRun,
} from '../evidence/index.ts';
import { decidePromotion, type PromotionFacts, type PromotionRequest } from './promote.ts';
import type { RecordedRelease } from './release.ts';
import { judgeVerdict, type VerdictFacts, type VerdictQuery } from './verdicts.ts';

const minute = 60_000;
const day = 86_400_000;
const commit = 'c'.repeat(40);
const digest = `sha256:${'d'.repeat(64)}`;
const otherDigest = `sha256:${'0'.repeat(64)}`;
const runs = 'https://github.com/acme/shop/actions/runs/';
const now = Date.parse('2026-11-24T12:00:00Z');
const at = (ms: number): string => new Date(ms).toISOString();

/** Everything that a verdict is judged by, in a form that is easy to spoil. */
interface Case {
  readonly query: VerdictQuery;
  readonly status: CommitStatus;
  readonly run: WorkflowRun;
  readonly statement: VerdictStatement;
  /** The digest of the statement's manifest. */
  readonly manifest: string;
  /** What the manifest is attached to. */
  readonly subject: string | undefined;
  /** What else is attached to the digest. */
  readonly others: readonly AttachedStatement[];
}

const manifestOf = (kind: VerdictKind): string =>
  `sha256:${{ scan: 'a', uat: 'b', performance: 'c' }[kind].repeat(64)}`;

/** A verdict that holds, of any kind, of a time within what is allowed. */
const good = (kind: VerdictKind): fc.Arbitrary<Case> =>
  fc
    .record({
      id: fc.integer({ min: 1, max: 1e9 }),
      attempt: fc.integer({ min: 1, max: 5 }),
      more: fc.integer({ min: 0, max: 3 }),
      ageMs: fc.integer({ min: 0, max: 6 * day }),
      lengthMs: fc.integer({ min: 0, max: 60 * minute }),
      summary: fc.string({ minLength: 1, maxLength: 50 }),
    })
    .map(({ id, attempt, more, ageMs, lengthMs, summary }) => {
      const recordedMs = now - ageMs;
      const manifest = manifestOf(kind);
      const outcome: Outcome = 'passed';
      return {
        query: {
          from: 'staging',
          branch: 'main',
          commit,
          repository: 'acme/shop',
          digest,
          maxAgeMs: 7 * day,
          scan: { tools: ['trivy', 'secretlint'], failOn: ['high'], databaseAgeMs: 2 * day },
          deployedAt: at(recordedMs - 90 * minute),
          now,
        },
        status: {
          context: `sluice/staging/${kind}`,
          state: anchorState(outcome),
          description: formatAnchor({ outcome, image: anchoredImage(digest), statement: manifest }),
          targetUrl: `${runs}${id}`,
          creator: 'github-actions[bot]',
          createdAt: at(recordedMs),
        },
        run: {
          id,
          attempt: attempt + more,
          sha: commit,
          branch: 'main',
          workflow: '.github/workflows/on-push-staging.yml',
          event: 'push',
          from: 'acme/shop',
        },
        statement: {
          verdict: {
            kind,
            outcome,
            digest,
            summary,
            facts:
              kind === 'scan'
                ? { tools: 'trivy 0.69.3, secretlint 12.0.0', failOn: 'high', databaseAgeLimit: '2d' }
                : {},
            startedAt: at(recordedMs - lengthMs),
            finishedAt: at(recordedMs),
          },
          issue: {
            environment: 'staging',
            commit,
            repository: 'acme/shop',
            version: commit,
            workflow: 'acme/shop/.github/workflows/on-push-staging.yml@refs/heads/main',
            run: { id, attempt, url: `${runs}${id}` },
            actor: 'ada',
            issuedAt: at(recordedMs),
          },
        },
        manifest,
        subject: digest,
        others: [],
      };
    });

const factsOf = ({ status, run, statement, manifest, subject, others }: Case): VerdictFacts => {
  const anchored: AttachedStatement = { kind: 'statement', manifest, subject, statement };
  return {
    status,
    run,
    attached: { kind: 'looked-at', statements: [anchored, ...others], anchored },
  };
};

type Spoil = (given: Case, kind: VerdictKind) => Case;

const inStatus =
  (change: Partial<CommitStatus>): Spoil =>
  (given) => ({ ...given, status: { ...given.status, ...change } });
const inRun =
  (change: Partial<WorkflowRun>): Spoil =>
  (given) => ({ ...given, run: { ...given.run, ...change } });
const inVerdict =
  (change: Partial<VerdictStatement['verdict']>): Spoil =>
  (given) => ({
    ...given,
    statement: { ...given.statement, verdict: { ...given.statement.verdict, ...change } },
  });
const inIssue =
  (change: Partial<VerdictStatement['issue']>): Spoil =>
  (given) => ({
    ...given,
    statement: { ...given.statement, issue: { ...given.statement.issue, ...change } },
  });

/** Everything that alone has to keep a digest out. */
const spoils: Readonly<Record<string, Spoil>> = {
  'recorded by a person': inStatus({ creator: 'mallory' }),
  'recorded by an account that is gone': inStatus({ creator: undefined }),
  'recorded as failed': inStatus({ state: 'failure' }),
  'recorded as an error': inStatus({ state: 'error' }),
  'still pending': inStatus({ state: 'pending' }),
  'recorded without a statement': inStatus({ description: 'passed' }),
  'recorded about another image': (given) =>
    inStatus({
      description: formatAnchor({
        outcome: 'passed',
        image: anchoredImage(otherDigest),
        statement: given.manifest,
      }),
    })(given, 'scan'),
  'recorded as failed in words': (given) =>
    inStatus({ description: given.status.description.replace('passed', 'failed') })(given, 'scan'),
  'recorded for another page': inStatus({ targetUrl: 'https://github.com/acme/other/actions/runs/1' }),
  'recorded too long ago': inStatus({ createdAt: at(now - 7 * day - minute) }),
  'of a run for another commit': inRun({ sha: 'f'.repeat(40) }),
  'of a run on another branch': inRun({ branch: 'feature' }),
  'of a run on a branch that is gone': inRun({ branch: undefined }),
  'of a run of a pull request': inRun({ event: 'pull_request' }),
  'of a run of a fork': inRun({ from: 'mallory/shop' }),
  'of another workflow than the run': inRun({ workflow: '.github/workflows/another.yml' }),
  'of another run than it says': inRun({ id: 2e9 }),
  'of an attempt that was not there': inRun({ attempt: 0 }),
  'stated about another digest': inVerdict({ digest: otherDigest }),
  'stated as failed': inVerdict({ outcome: 'failed' }),
  'stated as inconclusive': inVerdict({ outcome: 'inconclusive' }),
  'stated of another check': (given, kind) =>
    inVerdict({ kind: verdictKinds.find((each) => each !== kind)! })(given, kind),
  'found too long ago': inVerdict({
    startedAt: at(now - 8 * day),
    finishedAt: at(now - 7 * day - minute),
  }),
  'found after it was recorded': (given) =>
    inVerdict({ finishedAt: at(Date.parse(given.status.createdAt) + 6 * minute) })(given, 'scan'),
  'ended before it began': (given) =>
    inVerdict({ startedAt: at(Date.parse(given.status.createdAt) + 6 * minute) })(given, 'scan'),
  'issued after it was recorded': (given) =>
    inIssue({ issuedAt: at(Date.parse(given.status.createdAt) + 6 * minute) })(given, 'scan'),
  'of another environment': inIssue({ environment: 'development' }),
  'of another commit': inIssue({ commit: 'f'.repeat(40) }),
  'of another repository': inIssue({ repository: 'mallory/shop' }),
  'issued by another workflow': inIssue({
    workflow: 'acme/shop/.github/workflows/other.yml@refs/heads/main',
  }),
  'issued on another branch': inIssue({
    workflow: 'acme/shop/.github/workflows/on-push-staging.yml@refs/heads/feature',
  }),
  'issued by another run': (given) =>
    inIssue({ run: { ...given.statement.issue.run, url: `${runs}77`, id: 77 } })(given, 'scan'),
  'attached to another digest': (given) => ({ ...given, subject: otherDigest }),
  'attached to nothing': (given) => ({ ...given, subject: undefined }),
  'followed by a statement that nobody recorded': (given) => ({
    ...given,
    others: [
      {
        kind: 'statement',
        manifest: otherDigest,
        subject: digest,
        statement: {
          ...given.statement,
          issue: { ...given.statement.issue, issuedAt: at(Date.parse(given.status.createdAt) + 1) },
        },
      },
    ],
  }),
  'beside something that is no statement': (given) => ({
    ...given,
    others: [{ kind: 'unreadable', manifest: otherDigest, why: 'it is empty' }],
  }),
};

const staged: RecordedRelease = {
  record: 7,
  environment: 'staging',
  version: commit,
  commit,
  digest,
  image: `127.0.0.1:5000/shop@${digest}`,
  by: 'ada',
  standing: 'good',
  reason: undefined,
  since: undefined,
  url: undefined,
  createdAt: at(now - 7 * day),
  hasServed: true,
  isRollback: false,
};

const decide = (
  cases: Readonly<Record<VerdictKind, Case>>,
  change: (facts: Map<VerdictKind, VerdictFacts>) => void = () => undefined,
  facts: Partial<PromotionFacts> = {},
) => {
  const { branch, repository, maxAgeMs, scan } = cases.uat.query;
  const request: PromotionRequest = {
    version: '1.0.0',
    commit,
    from: 'staging',
    to: 'production',
    require: verdictKinds,
    verdicts: { branch, repository, maxAgeMs, scan, now },
    expected: undefined,
    override: undefined,
  };
  const verdicts = new Map(verdictKinds.map((kind) => [kind, factsOf(cases[kind])]));
  change(verdicts);
  return decidePromotion(request, {
    staged,
    survey: { live: undefined, lastOfDigest: undefined },
    deployedAt: cases.uat.query.deployedAt,
    verdicts,
    ...facts,
  });
};

const allGood = fc.record({ scan: good('scan'), uat: good('uat'), performance: good('performance') });
/** Of one deployment: its checks come after it. */
const afterOneDeployment = allGood.map((cases) => ({
  ...cases,
  uat: { ...cases.uat, query: { ...cases.uat.query, deployedAt: at(now - 7 * day) } },
}));

describe('a promotion that requires verdicts', () => {
  it('is made where everything holds', () => {
    fc.assert(
      fc.property(afterOneDeployment, (cases) => {
        const decided = decide(cases);
        expect(decided.kind === 'refused' ? decided.objections : []).toEqual([]);
        expect(decided.evidence.verdicts.map(({ name, outcome }) => `${name}: ${outcome}`)).toEqual(
          verdictKinds.map((name) => `${name}: passed`),
        );
      }),
    );
  });

  it('is never made where one thing does not hold, whichever it is', () => {
    const names = Object.keys(spoils);
    const kinds = fc.constantFrom(...verdictKinds);
    for (const name of names) {
      fc.assert(
        fc.property(afterOneDeployment, kinds, (cases, kind) => {
          const spoilt = { ...cases, [kind]: spoils[name]!(cases[kind], kind) };
          expect(`${name}: ${decide(spoilt).kind}`).toBe(`${name}: refused`);
        }),
        { numRuns: 25 },
      );
    }
  });

  it('is never made where any number of things do not hold, and each is said with its remedy', () => {
    const names = fc.uniqueArray(fc.constantFrom(...Object.keys(spoils)), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(afterOneDeployment, fc.constantFrom(...verdictKinds), names, (cases, kind, chosen) => {
        const spoilt = chosen.reduce((given, name) => spoils[name]!(given, kind), cases[kind]);
        const decided = decide({ ...cases, [kind]: spoilt });
        expect(decided.kind).toBe('refused');
        if (decided.kind !== 'refused') return;
        for (const { what, remedy } of decided.objections) {
          expect(what).not.toBe('');
          expect(remedy).not.toBe('');
        }
      }),
    );
  });

  it('is never made where the scan passed, and was another than sluice.yml asks for', () => {
    fc.assert(
      fc.property(
        afterOneDeployment,
        fc.constantFrom('tools', 'failOn', 'databaseAgeLimit'),
        (cases, fact) => {
          const facts = { ...cases.scan.statement.verdict.facts, [fact]: '' };
          const decided = decide({ ...cases, scan: inVerdict({ facts })(cases.scan, 'scan') });
          expect(decided.kind === 'refused' && decided.objections).toMatchObject([
            { what: expect.stringMatching(/^The statement of the verdict "scan" is of a scan /) as string },
          ]);
        },
      ),
    );
  });

  it('is never made where a verdict, its run or its statement is missing', () => {
    const missing: Readonly<Record<string, (facts: VerdictFacts) => VerdictFacts | undefined>> = {
      verdict: () => undefined,
      status: (facts) => ({ ...facts, status: undefined }),
      run: (facts) => ({ ...facts, run: undefined }),
      statement: (facts) => ({
        ...facts,
        attached: { kind: 'looked-at', statements: [], anchored: undefined },
      }),
      readable: (facts) => ({
        ...facts,
        attached: {
          kind: 'looked-at',
          statements: [],
          anchored: { kind: 'unreadable', manifest: otherDigest, why: 'it is empty' },
        },
      }),
    };
    fc.assert(
      fc.property(
        afterOneDeployment,
        fc.constantFrom(...verdictKinds),
        fc.constantFrom(...Object.keys(missing)),
        (cases, kind, name) => {
          const decided = decide(cases, (facts) => {
            const left = missing[name]!(facts.get(kind)!);
            if (left === undefined) facts.delete(kind);
            else facts.set(kind, left);
          });
          expect(`${name}: ${decided.kind}`).toBe(`${name}: refused`);
        },
      ),
    );
  });

  it('is never made of a release that did not serve, however good its verdicts are', () => {
    fc.assert(
      fc.property(afterOneDeployment, fc.constantFrom('failed', 'open', 'ended'), (cases, standing) => {
        expect(decide(cases, undefined, { staged: { ...staged, standing } }).kind).toBe('refused');
        expect(decide(cases, undefined, { staged: undefined }).kind).toBe('refused');
      }),
    );
  });
});

describe('a verdict', () => {
  const [uat] = fc.sample(good('uat'), { seed: 1, numRuns: 1 });
  const reasonsOf = (given: Case, kind: VerdictKind = 'uat'): readonly string[] =>
    judgeVerdict(kind, given.query, factsOf(given)).objections.map(({ what }) => what);

  it('of what was deployed has to come after the deployment; a scan may come before', () => {
    const later = at(Date.parse(uat!.status.createdAt) + 1000);
    const given: Case = { ...uat!, query: { ...uat!.query, deployedAt: later } };
    expect(reasonsOf(given)).toEqual([
      `"uat" was recorded at ${uat!.status.createdAt}, before the commit was last deployed to staging (${later})`,
    ]);
    const [scan] = fc.sample(good('scan'), { seed: 1, numRuns: 1 });
    expect(reasonsOf({ ...scan!, query: { ...scan!.query, deployedAt: at(now) } }, 'scan')).toEqual([]);
  });

  it('of an environment that tags deploy may be of any ref of the workflow', () => {
    const query = { ...uat!.query, branch: undefined };
    expect(reasonsOf({ ...uat!, query, run: { ...uat!.run, branch: 'v1.0.0' } })).toEqual([]);
  });

  it('is known by GitHub’s records alone where nobody looked into the registry', () => {
    fc.assert(
      fc.property(good('uat'), fc.constantFrom(...outcomes), (given, outcome) => {
        const status: CommitStatus = {
          ...given.status,
          state: anchorState(outcome),
          description: formatAnchor({
            outcome,
            image: anchoredImage(digest),
            statement: given.manifest,
          }),
        };
        const { verdict, objections } = judgeVerdict('uat', given.query, {
          status,
          run: given.run,
          attached: { kind: 'not-looked-at' },
        });
        expect(verdict.outcome).toBe(outcome);
        expect(objections.length === 0).toBe(outcome === 'passed');
      }),
    );
  });
});
