import { withGitHub, type Answer } from '../github/github.fake.ts';
import { requireOnBranch } from './release-branch.ts';

const sha = 'a'.repeat(40);

const ask = (answer: Answer) => {
  let path = '';
  const outcome = new Promise<unknown>((resolve, reject) => {
    withGitHub(
      () => answer,
      async ({ apiUrl, asked }) => {
        const connection = { token: 't', owner: 'o', repository: 'r', apiUrl };
        const error: unknown = await requireOnBranch(connection, 'main', sha).then(
          () => undefined,
          (reason: unknown) => reason,
        );
        path = asked[0]?.path ?? '';
        resolve(error);
      },
    ).catch(reject);
  });
  return outcome.then((error) => ({ error, path }));
};

describe('a release tag', () => {
  it.each(['identical', 'behind'])('is good when its commit is %s main', async (status) => {
    const { error, path } = await ask({ status: 200, body: { status } });
    expect(error).toBeUndefined();
    expect(path).toBe(`/repos/o/r/compare/main...${sha}?per_page=1`);
  });

  it.each(['ahead', 'diverged'])('is refused when its commit is %s', async (status) => {
    const { error } = await ask({ status: 200, body: { status } });
    expect(error).toMatchObject({
      message: 'The tag is not on main',
      where: sha,
      why: `compared with main, the tagged commit is ${status}`,
    });
  });

  it('is refused when GitHub does not know the branch', async () => {
    const { error } = await ask({ status: 404, body: { message: 'Not Found' } });
    expect(error).toMatchObject({ message: 'It could not be seen whether the tag is on main', where: 'o/r' });
  });
});
