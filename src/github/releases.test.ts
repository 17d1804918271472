import { withGitHub } from './github.fake.ts';
import { readRelease, updateReleaseNotes } from './releases.ts';
import { readReviews } from './reviews.ts';

const connection = { token: 't', owner: 'o', repository: 'r' };

it('reads a release by its tag, and changes its notes alone', async () => {
  await withGitHub(
    ({ method }) =>
      method === 'GET'
        ? { status: 200, body: { id: 4, body: null, html_url: 'http://github/o/r/releases/tag/v1.0.0' } }
        : { status: 200, body: {} },
    async ({ apiUrl, asked }) => {
      expect(await readRelease({ ...connection, apiUrl }, 'v1.0.0')).toEqual({
        id: 4,
        notes: '',
        url: 'http://github/o/r/releases/tag/v1.0.0',
      });
      await updateReleaseNotes({ ...connection, apiUrl }, 4, 'new');
      expect(asked).toEqual([
        { method: 'GET', path: '/repos/o/r/releases/tags/v1.0.0', body: undefined },
        { method: 'PATCH', path: '/repos/o/r/releases/4', body: { body: 'new' } },
      ]);
    },
  );
});

it('finds no release where nobody made one', async () => {
  await withGitHub(
    () => ({ status: 404, body: { message: 'Not Found' } }),
    async ({ apiUrl }) => {
      expect(await readRelease({ ...connection, apiUrl }, 'v1.0.0')).toBeUndefined();
    },
  );
});

it('reads who approved', async () => {
  await withGitHub(
    () => ({
      status: 200,
      body: [
        {
          state: 'approved',
          comment: 'go',
          user: { login: 'grace' },
          environments: [{ id: 1, name: 'production' }],
        },
      ],
    }),
    async ({ apiUrl, asked }) => {
      expect(await readReviews({ ...connection, apiUrl }, 12)).toEqual([
        { state: 'approved', by: 'grace', comment: 'go', environments: ['production'] },
      ]);
      expect(asked[0]?.path).toBe('/repos/o/r/actions/runs/12/approvals');
    },
  );
});
