import { decidePromotion, type PromotionFacts, type PromotionRequest } from './promote.ts';
import type { RecordedRelease } from './release.ts';

const commit = 'c'.repeat(40);
const digest = `sha256:${'d'.repeat(64)}`;
const image = `127.0.0.1:5000/chatbot@${digest}`;

const request: PromotionRequest = {
  version: '1.1.0',
  commit,
  from: 'staging',
  to: 'production',
  require: [],
  verdicts: {
    branch: 'main',
    repository: 'acme/shop',
    maxAgeMs: 7 * 86_400_000,
    scan: undefined,
    now: Date.parse('2026-11-24T12:00:00Z'),
  },
  expected: undefined,
  override: undefined,
};

const recorded = (change: Partial<RecordedRelease> = {}): RecordedRelease => ({
  record: 7,
  environment: 'staging',
  version: commit,
  commit,
  digest,
  image,
  by: 'ada',
  standing: 'good',
  reason: undefined,
  since: '2026-11-24T10:00:00Z',
  url: 'https://staging',
  createdAt: '2026-11-24T09:59:00Z',
  hasServed: true,
  isRollback: false,
  ...change,
});

const facts = (change: Partial<PromotionFacts> = {}): PromotionFacts => ({
  staged: recorded(),
  survey: { live: undefined, lastOfDigest: undefined },
  deployedAt: '2026-11-24T09:59:00Z',
  verdicts: new Map(),
  ...change,
});

const reasons = (change: Partial<PromotionRequest>, given: PromotionFacts): readonly string[] => {
  const decided = decidePromotion({ ...request, ...change }, given);
  return decided.kind === 'promoted' ? [] : decided.objections.map(({ what }) => what);
};

describe('promoting', () => {
  it('takes the very image that served in the environment before, and says what that rests on', () => {
    expect(decidePromotion(request, facts())).toEqual({
      kind: 'promoted',
      image,
      digest,
      evidence: {
        version: '1.1.0',
        commit,
        image,
        digest,
        provenIn: {
          environment: 'staging',
          deployment: 7,
          standing: 'good',
          since: '2026-11-24T10:00:00Z',
          by: 'ada',
        },
        verdicts: [],
        overriddenQuarantine: null,
      },
    });
  });

  it.each([
    ['was never there', undefined, `Commit ${commit.slice(0, 12)} was never deployed to staging`],
    [
      'is still on its way',
      recorded({ standing: 'open' }),
      `The deployment of ${commit.slice(0, 12)} to staging is not done`,
    ],
    [
      'failed',
      recorded({ standing: 'failed', reason: 'rolled back' }),
      `The last deployment of ${commit.slice(0, 12)} to staging did not succeed (rolled back)`,
    ],
    [
      'was overtaken',
      recorded({ standing: 'ended' }),
      `The last deployment of ${commit.slice(0, 12)} to staging did not succeed`,
    ],
    [
      'names no image',
      recorded({ image: undefined }),
      `The record of the deployment of ${commit.slice(0, 12)} to staging does not name its image by the digest`,
    ],
    [
      'names an image of another digest',
      recorded({ image: `127.0.0.1:5000/chatbot@sha256:${'e'.repeat(64)}` }),
      `The record of the deployment of ${commit.slice(0, 12)} to staging does not name its image by the digest`,
    ],
  ])('refuses a commit that %s', (_, staged, reason) => {
    expect(reasons({}, facts({ staged }))).toEqual([reason]);
  });

  it('refuses what lacks a verdict that is required: no verdict is no pass', () => {
    expect(reasons({ require: ['scan', 'uat'] }, facts())).toEqual([
      'The verdict "scan" is required, and staging has recorded none',
      'The verdict "uat" is required, and staging has recorded none',
    ]);
  });

  it('refuses a digest that failed there, unless it is named', () => {
    const failed = recorded({
      environment: 'production',
      version: '1.0.0',
      standing: 'failed',
      reason: 'green answers 5xx',
    });
    const given = facts({ survey: { live: undefined, lastOfDigest: failed } });
    const why = 'as 1.0.0, 2026-11-24T10:00:00Z: green answers 5xx';
    expect(reasons({}, given)).toEqual([
      `The digest ${digest} is quarantined: it failed in production (${why})`,
    ]);
    expect(reasons({ override: `sha256:${'0'.repeat(64)}` }, given)).toHaveLength(1);
    expect(decidePromotion({ ...request, override: digest }, given)).toMatchObject({
      kind: 'promoted',
      evidence: { overriddenQuarantine: why },
    });
  });

  it('knows no quarantine after the digest has served', () => {
    const lastOfDigest = recorded({ environment: 'production', standing: 'good' });
    expect(reasons({}, facts({ survey: { live: lastOfDigest, lastOfDigest } }))).toEqual([]);
  });

  it('refuses when a newer version has gone live in the meantime', () => {
    const live = recorded({ environment: 'production', version: '1.2.0' });
    expect(reasons({}, facts({ survey: { live, lastOfDigest: undefined } }))).toEqual([
      'production runs 1.2.0, which is newer than 1.1.0',
    ]);
  });

  it('refuses another image than the one that was approved', () => {
    const expected = `127.0.0.1:5000/chatbot@sha256:${'e'.repeat(64)}`;
    expect(reasons({ expected }, facts())).toEqual([
      `${expected} was promoted before, and staging now says ${image}`,
    ]);
    expect(reasons({ expected: image }, facts())).toEqual([]);
  });

  it('says everything at once', () => {
    expect(
      reasons(
        { require: ['scan'] },
        facts({
          staged: undefined,
          survey: { live: recorded({ version: '2.0.0' }), lastOfDigest: undefined },
        }),
      ),
    ).toHaveLength(3);
  });
});
