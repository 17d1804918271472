import { parsePayload, readDeployments } from './deployment-history.ts';
import { withGitHub } from './github.fake.ts';

const connection = { token: 't', owner: 'o', repository: 'r' };
const listed = (id: number) => ({ id, ref: 'main', sha: 'a', environment: 'staging', payload: {} });

describe('reading what was deployed', () => {
  it('turns pages only as far as it is asked for', async () => {
    await withGitHub(
      ({ path }) => ({
        status: 200,
        body: path.endsWith('page=1')
          ? Array.from({ length: 100 }, (_, index) => listed(200 - index))
          : [listed(100)],
      }),
      async ({ apiUrl, asked }) => {
        const history = readDeployments({ ...connection, apiUrl });
        const found: number[] = [];
        for await (const { id } of history.list({ environment: 'staging', sha: 'a' })) {
          found.push(id);
          if (id === 150) break;
        }
        expect(asked.map(({ path }) => path)).toEqual([
          '/repos/o/r/deployments?environment=staging&sha=a&per_page=100&page=1',
        ]);
        for await (const { id } of history.list({ environment: 'staging' })) found.push(id);
        expect(found.at(-1)).toBe(100);
        expect(asked).toHaveLength(3);
      },
    );
  });

  it('does not read a refusal as nothing', async () => {
    await withGitHub(
      () => ({ status: 403, body: { message: 'Resource not accessible by integration' } }),
      async ({ apiUrl }) => {
        const list = readDeployments({ ...connection, apiUrl }).list({ environment: 'staging' });
        await expect(list.next()).rejects.toMatchObject({ status: 403 });
      },
    );
  });

  it('reads a payload in each form that GitHub gives it back in, and leaves what is none', () => {
    expect(parsePayload({ version: '1' })).toEqual({ version: '1' });
    expect(parsePayload('{"version":"1"}')).toEqual({ version: '1' });
    expect(parsePayload('by hand')).toBe('by hand');
  });
});
