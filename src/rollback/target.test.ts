import type { RecordedRelease } from '../promotion/index.ts';
import type { DeploymentHistory } from '../github/index.ts';
import { chooseTarget, releasesOf, type Wanted } from './target.ts';

const digestOf = (letter: string): string => `sha256:${letter.repeat(64)}`;

const release = (
  version: string,
  letter: string,
  standing: RecordedRelease['standing'] = 'good',
): RecordedRelease => ({
  record: 1,
  environment: 'production',
  version,
  commit: letter.repeat(40),
  digest: digestOf(letter),
  image: `registry/chatbot@${digestOf(letter)}`,
  by: 'ada',
  standing,
  reason: standing === 'failed' ? 'green answers 5xx' : undefined,
  since: undefined,
  url: undefined,
  createdAt: '2026-11-24T09:59:00Z',
  hasServed: true,
  isRollback: false,
});

const choose = (releases: readonly RecordedRelease[], version?: string) => {
  const wanted: Wanted = version === undefined ? { kind: 'last-good' } : { kind: 'version', version };
  const target = chooseTarget(releases, wanted, 'production');
  return target.kind === 'found'
    ? `${target.live?.version ?? 'nothing'} → ${target.release.version}`
    : target.objections.map(({ what }) => what).join('; ');
};

describe('the release to go back to', () => {
  it('is the newest that served before the one that runs', () => {
    expect(choose([release('3.0.0', 'c'), release('2.0.0', 'b'), release('1.0.0', 'a')])).toBe(
      '3.0.0 → 2.0.0',
    );
  });

  it('is none that failed, and none that is the same image under another name', () => {
    const releases = [
      release('5.0.0', 'e', 'failed'),
      release('4.0.0', 'd'),
      release('3.0.0', 'd'),
      release('2.0.0', 'b', 'failed'),
      release('1.0.0', 'a'),
    ];
    expect(choose(releases)).toBe('4.0.0 → 1.0.0');
  });

  it('is none whose digest failed later as another version', () => {
    const releases = [
      release('3.0.0', 'c'),
      release('2.1.0', 'b', 'failed'),
      release('2.0.0', 'b'),
      release('1.0.0', 'a'),
    ];
    expect(choose(releases)).toBe('3.0.0 → 1.0.0');
    expect(choose(releases, '2.0.0')).toBe('2.0.0 is recorded without its image, or its digest failed later');
  });

  it('can be chosen', () => {
    expect(choose([release('3.0.0', 'c'), release('2.0.0', 'b'), release('1.0.0', 'a')], '1.0.0')).toBe(
      '3.0.0 → 1.0.0',
    );
  });

  it.each([
    ['9.9.9', '9.9.9 has no good record in production'],
    ['2.0.0', '2.0.0 failed in production: green answers 5xx'],
    ['3.0.0', '3.0.0 is what production runs'],
  ])('is not %s', (version, reason) => {
    expect(
      choose([release('3.0.0', 'c'), release('2.0.0', 'b', 'failed'), release('1.0.0', 'a')], version),
    ).toBe(reason);
  });

  it('may be none at all', () => {
    expect(choose([])).toBe('No release of production is known that served before anything');
    expect(choose([release('1.0.0', 'a')])).toBe(
      'No release of production is known that served before 1.0.0',
    );
  });
});

describe('the release to go back to, where one was not accepted', () => {
  const releases = [
    { ...release('4', 'd', 'failed'), record: 4 },
    { ...release('3', 'c'), record: 3 },
    { ...release('2', 'b'), record: 2 },
    { ...release('1', 'a'), record: 1 },
  ];
  const insteadOf = (letter: string, ...unaccepted: number[]): string => {
    const target = chooseTarget(
      releases,
      { kind: 'instead-of', digest: digestOf(letter) },
      'staging',
      new Map(unaccepted.map((record) => [record, 'its checks never said how they came out'])),
    );
    return target.kind === 'found'
      ? target.release.version
      : target.objections.map(({ what }) => what).join('; ');
  };

  it('is the newest other image that was accepted', () => {
    expect(insteadOf('d')).toBe('3');
    expect(insteadOf('d', 3)).toBe('2');
    expect(insteadOf('c')).toBe('2');
  });

  it('may be none at all', () => {
    expect(insteadOf('d', 3, 2, 1)).toBe(
      'There is no release of staging to go back to: none before it was accepted',
    );
  });

  it('is none that was not accepted, even by name', () => {
    const target = chooseTarget(
      releases,
      { kind: 'version', version: '2' },
      'staging',
      new Map([[2, '"uat" did not pass: failed']]),
    );
    expect(target.kind === 'refused' && target.objections[0]?.what).toBe(
      '2 was never accepted in staging: "uat" did not pass: failed',
    );
  });
});

describe('the releases of an environment', () => {
  it('are one of each version, by the last deployment of it whose end is known', async () => {
    // Newest first: 2.0.0 is under way once more, and served before; 1.0.0 served, and failed before that.
    const records = [
      { version: '2.0.0', state: 'in_progress', hasSucceeded: false },
      { version: '2.0.0', state: 'success', hasSucceeded: true },
      { version: '1.0.0', state: 'inactive', hasSucceeded: true },
      { version: '1.0.0', state: 'failure', hasSucceeded: false },
      { version: '0.9.0', state: 'error', hasSucceeded: false },
    ];
    const history: DeploymentHistory = {
      list: async function* () {
        for (const [id, { version }] of records.entries()) {
          yield await Promise.resolve({
            id,
            ref: 'v',
            sha: 'a',
            environment: 'production',
            createdAt: '',
            creator: undefined,
            payload: { version },
          });
        }
      },
      withState: (deployment) => {
        const { state, hasSucceeded } = records[deployment.id]!;
        return Promise.resolve({
          ...deployment,
          state,
          hasSucceeded,
          reason: undefined,
          url: undefined,
          statusAt: undefined,
        });
      },
    };
    const releases = await releasesOf(history, 'production');
    expect(releases.map(({ record, version, standing }) => [record, version, standing])).toEqual([
      [1, '2.0.0', 'good'],
      [2, '1.0.0', 'good'],
    ]);
  });
});
