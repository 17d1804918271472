import {
  anchorContext,
  anchoredImage,
  anchorState,
  formatAnchor,
  type CommitStatus,
  type Outcome,
  type VerdictKind,
} from '../evidence/index.ts';
import { checksAfterDeployment, judgeChecked, notAccepted, type Checked } from './checked.ts';

const digest = `sha256:${'d'.repeat(64)}`;
const kinds = ['uat', 'performance'] as const;

const status = (
  kind: VerdictKind,
  outcome: Outcome,
  change: Partial<CommitStatus> = {},
): [string, CommitStatus] => {
  const context = anchorContext('staging', kind);
  return [
    context,
    {
      context,
      state: anchorState(outcome),
      description: formatAnchor({
        outcome,
        image: anchoredImage(digest),
        statement: `sha256:${'a'.repeat(64)}`,
      }),
      targetUrl: 'https://github.com/acme/shop/actions/runs/1',
      creator: 'github-actions[bot]',
      createdAt: '2026-11-24T10:00:00Z',
      ...change,
    },
  ];
};

const checked = (...statuses: [string, CommitStatus][]): Checked =>
  judgeChecked(new Map(statuses), 'staging', digest, kinds);

describe('a release that was deployed', () => {
  it('is accepted once every check has passed', () => {
    expect(checked(status('uat', 'passed'), status('performance', 'passed'))).toEqual({ kind: 'passed' });
  });

  it('is silent where nothing was said of it; a scan comes before and says nothing of that', () => {
    expect(checked()).toEqual({ kind: 'silent' });
    expect(checked(status('scan', 'passed'))).toEqual({ kind: 'silent' });
    const elsewhere = status('uat', 'passed');
    expect(checked([anchorContext('production', 'uat'), elsewhere[1]])).toEqual({ kind: 'silent' });
  });

  it.each([
    [
      'a check failed',
      [status('uat', 'failed'), status('performance', 'passed')],
      '"uat" did not pass: failed',
    ],
    [
      'a check could not tell',
      [status('uat', 'passed'), status('performance', 'inconclusive')],
      '"performance" did not pass: inconclusive',
    ],
    ['a check was killed', [status('uat', 'passed')], '"performance" never said how it came out'],
    [
      'somebody else said so',
      [status('uat', 'passed', { creator: 'mallory' }), status('performance', 'passed')],
      '"uat" was not recorded by a pipeline',
    ],
    [
      'it was of another image',
      [
        status('uat', 'passed'),
        status('performance', 'passed', {
          description: formatAnchor({
            outcome: 'passed',
            image: '0'.repeat(12),
            statement: `sha256:${'a'.repeat(64)}`,
          }),
        }),
      ],
      '"performance" looked at another image',
    ],
  ])('is not accepted where %s', (_, statuses, why) => {
    expect(checked(...statuses)).toEqual({ kind: 'not-passed', why });
  });
});

describe('the releases that may not be gone back to', () => {
  const of = (...kinds: Checked['kind'][]): Record<number, string> =>
    Object.fromEntries(
      notAccepted(
        kinds.map((kind, record) => ({
          record,
          checked: kind === 'not-passed' ? { kind, why: '"uat" did not pass: failed' } : { kind },
        })),
      ),
    );
  const silent = 'its checks never said how they came out';

  it('are those that did not pass, and those that were killed since there are checks', () => {
    expect(of('not-passed', 'silent', 'passed', 'silent', 'passed')).toEqual({
      0: '"uat" did not pass: failed',
      1: silent,
      3: silent,
    });
  });

  it('are none of the time before there were checks', () => {
    expect(of('silent', 'passed', 'silent', 'silent')).toEqual({ 0: silent });
    expect(of('silent', 'not-passed', 'silent')).toEqual({ 0: silent, 1: '"uat" did not pass: failed' });
    expect(of('silent', 'silent')).toEqual({});
  });
});

it('only checks that look at what is deployed accept it', () => {
  expect(checksAfterDeployment({})).toEqual([]);
  expect(checksAfterDeployment({ scan: {} as never, uat: {} as never })).toEqual(['uat']);
});
