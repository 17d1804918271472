import { withGitHub, type Answer } from '../github/github.fake.ts';
import { requireReleasable } from './release-tag.ts';

const sha = 'a'.repeat(40);
const other = 'b'.repeat(40);

interface World {
  readonly branch?: Answer;
  /** What was deployed to production, newest first. */
  readonly deployments?: readonly {
    readonly version: string;
    readonly commit: string;
    readonly state: string;
  }[];
}

/** What speaks against releasing a tag. */
async function outcomeOf(tag: string, { branch, deployments = [] }: World = {}): Promise<unknown> {
  let error: unknown;
  await withGitHub(
    ({ path }) => {
      if (path.includes('/compare/')) return branch ?? { status: 200, body: { status: 'behind' } };
      const id = /deployments\/(\d+)\/statuses/.exec(path)?.[1];
      if (id !== undefined) return { status: 200, body: [{ state: deployments[Number(id)]?.state }] };
      const body = deployments.map(({ version, commit }, index) => ({
        id: index,
        sha: commit,
        environment: 'production',
        payload: { version, commit },
      }));
      return { status: 200, body };
    },
    async ({ apiUrl }) => {
      const connection = { token: 't', owner: 'o', repository: 'r', apiUrl };
      const release = { environment: 'production', tag, sha, branch: 'main' };
      error = await requireReleasable(connection, release).then(
        () => undefined,
        (reason: unknown) => reason,
      );
    },
  );
  return error;
}

describe('a release tag', () => {
  it.each(['identical', 'behind'])('is good when its commit is %s main', async (status) => {
    expect(await outcomeOf('v1.0.0', { branch: { status: 200, body: { status } } })).toBeUndefined();
  });

  it.each(['ahead', 'diverged'])('is refused when its commit is %s', async (status) => {
    expect(await outcomeOf('v1.0.0', { branch: { status: 200, body: { status } } })).toMatchObject({
      message: 'v1.0.0 is not released to production',
      why: `The tag is not on main: compared with it, commit ${sha.slice(0, 12)} is ${status}`,
      remedy: 'Merge the commit to main first, then tag it there',
    });
  });

  it('is good again for the commit that it was deployed from, and for a newer version', async () => {
    const deployments = [{ version: '1.0.0', commit: sha, state: 'success' }];
    expect(await outcomeOf('v1.0.0', { deployments })).toBeUndefined();
    expect(await outcomeOf('v1.0.1', { deployments })).toBeUndefined();
  });

  it('is refused for another commit, however its deployment went', async () => {
    const deployments = [{ version: '1.0.0', commit: other, state: 'failure' }];
    expect(await outcomeOf('v1.0.0', { deployments })).toMatchObject({
      why: `The version 1.0.0 was deployed to production before, from commit ${other.slice(0, 12)}, and this tag is on ${sha.slice(0, 12)}`,
    });
  });

  it('is refused when it is older than what runs, and told the way back', async () => {
    const deployments = [
      { version: '3.0.0', commit: other, state: 'failure' },
      { version: '2.0.0', commit: other, state: 'success' },
    ];
    expect(await outcomeOf('v1.9.9', { deployments })).toMatchObject({
      why: 'production runs 2.0.0, which is newer than 1.9.9',
      remedy:
        'To go back, start the rollback workflow with version 1.9.9; to go on, release a version above 2.0.0',
    });
  });

  it('is told everything at once', async () => {
    const error = await outcomeOf('v1.0', { branch: { status: 200, body: { status: 'diverged' } } });
    expect((error as { why: string }).why).toMatch(
      /The tag v1\.0 is not a version: .*The tag is not on main: /,
    );
  });

  it.each([
    [
      { status: 404, body: { message: 'Not Found' } } as const,
      'It could not be seen whether the tag is on main',
    ],
  ])('is refused when GitHub does not say', async (branch, message) => {
    expect(await outcomeOf('v1.0.0', { branch })).toMatchObject({ message, where: 'o/r' });
  });
});
