import { readProtection } from './environments.ts';
import { withGitHub, type Answer } from './github.fake.ts';

const ask = async (answer: Answer): Promise<unknown> => {
  let found: unknown;
  await withGitHub(
    () => answer,
    async ({ apiUrl, asked }) => {
      found = await readProtection({ token: 't', owner: 'o', repository: 'r', apiUrl }, 'production').catch(
        (error: unknown) => error,
      );
      expect(asked[0]?.path).toBe('/repos/o/r/environments/production');
    },
  );
  return found;
};

describe('the protection of an environment', () => {
  it('counts those who may approve, and whether one may approve one’s own', async () => {
    const rule = { type: 'required_reviewers', prevent_self_review: true, reviewers: [{}, {}] };
    expect(await ask({ status: 200, body: { protection_rules: [{ type: 'wait_timer' }, rule] } })).toEqual({
      reviewers: 2,
      preventsSelfReview: true,
    });
  });

  it('is none where the environment has no rules, or is not there yet', async () => {
    const none = { reviewers: 0, preventsSelfReview: false };
    expect(await ask({ status: 200, body: { protection_rules: [] } })).toEqual(none);
    expect(await ask({ status: 404, body: { message: 'Not Found' } })).toEqual(none);
  });

  it('is not known where GitHub refuses', async () => {
    expect(await ask({ status: 403, body: { message: 'Forbidden' } })).toMatchObject({ status: 403 });
  });
});
