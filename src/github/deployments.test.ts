import { openDeployments, type Deployments } from './deployments.ts';
import { withGitHub, type Answer, type Asked } from './github.fake.ts';
import { fakeRunner } from './runner.fake.ts';

const withDeployments = (
  answer: (asked: Asked, count: number) => Answer,
  work: (github: { deployments: Deployments; asked: readonly Asked[]; lines: string[] }) => Promise<void>,
): Promise<void> =>
  withGitHub(answer, async ({ apiUrl, asked }) => {
    const { runner, lines } = fakeRunner();
    const deployments = openDeployments({
      token: 't',
      owner: 'o',
      repository: 'r',
      apiUrl,
      runner,
      runUrl: 'http://github/o/r/actions/runs/7',
      retry: {
        attempts: 3,
        baseMs: 1,
        isTransient: () => true,
        sleep: () => Promise.resolve(),
        random: () => 0,
      },
    });
    await work({ deployments, asked, lines });
  });

const wanted = {
  environment: 'development',
  ref: 'a'.repeat(40),
  production: false,
  payload: { version: '1.2.3', digest: 'sha256:x' },
};

describe('the record of deployments at GitHub', () => {
  it('creates one with what was deployed, and neither merges nor asks for checks', async () => {
    await withDeployments(
      () => ({ status: 201, body: { id: 5 } }),
      async ({ deployments, asked }) => {
        expect(await deployments.create(wanted)).toBe(5);
        await deployments.setState(5, 'success', {
          environmentUrl: 'http://dev',
          description: 'x'.repeat(200),
        });
        expect(asked).toEqual([
          {
            method: 'POST',
            path: '/repos/o/r/deployments',
            body: {
              ref: wanted.ref,
              environment: 'development',
              description: '',
              payload: { version: '1.2.3', digest: 'sha256:x', run: 'http://github/o/r/actions/runs/7' },
              production_environment: false,
              auto_merge: false,
              required_contexts: [],
            },
          },
          {
            method: 'POST',
            path: '/repos/o/r/deployments/5/statuses',
            body: {
              state: 'success',
              description: 'x'.repeat(140),
              log_url: 'http://github/o/r/actions/runs/7',
              environment_url: 'http://dev',
              auto_inactive: true,
            },
          },
        ]);
      },
    );
  });

  it('makes no second record when the answer to the first was lost', async () => {
    const made = { id: 9, payload: { ...wanted.payload, run: 'http://github/o/r/actions/runs/7' } };
    await withDeployments(
      ({ method }) => (method === 'POST' ? 'drop' : { status: 200, body: [made] }),
      async ({ deployments, asked }) => {
        expect(await deployments.create(wanted)).toBe(9);
        expect(asked.map(({ method }) => method)).toEqual(['POST', 'GET']);
      },
    );
  });

  it('never fails the deployment: a refusal is a warning that names the permission', async () => {
    await withDeployments(
      () => ({ status: 403, body: { message: 'Resource not accessible by integration' } }),
      async ({ deployments, lines }) => {
        expect(await deployments.create(wanted)).toBeUndefined();
        await deployments.setState(undefined, 'success');
        expect(lines).toHaveLength(1);
        expect(lines[0]).toMatch(/^::warning::GitHub did not record the deployment: Resource not accessible/);
        expect(lines[0]).toContain('permissions: deployments: write');
      },
    );
  });

  it('finds the last good one without asking for more than it needs', async () => {
    const records = [3, 2, 1].map((id) => ({
      id,
      ref: 'develop',
      sha: String(id),
      environment: 'development',
      created_at: '2026-11-24T00:00:00Z',
      creator: { login: 'ada' },
      payload: JSON.stringify({ version: String(id) }),
    }));
    await withDeployments(
      ({ path }) => {
        if (path.includes('/deployments?')) return { status: 200, body: records };
        const state = path.includes('/3/') ? 'failure' : 'success';
        return {
          status: 200,
          body: [{ state, environment_url: 'http://dev', created_at: '2026-11-24T00:01:00Z' }],
        };
      },
      async ({ deployments, asked }) => {
        expect(await deployments.lastGood('development')).toEqual({
          id: 2,
          ref: 'develop',
          sha: '2',
          environment: 'development',
          createdAt: '2026-11-24T00:00:00Z',
          creator: 'ada',
          payload: { version: '2' },
          state: 'success',
          reason: undefined,
          hasSucceeded: true,
          url: 'http://dev',
          succeededAt: '2026-11-24T00:01:00Z',
          statusAt: '2026-11-24T00:01:00Z',
        });
        expect(asked).toHaveLength(3);
      },
    );
  });

  it('takes no deployment for good that was only overtaken', async () => {
    const statuses: Record<number, string[]> = {
      // Overtaken before it was done; then one that served until the next one came.
      2: ['inactive', 'in_progress'],
      1: ['inactive', 'success', 'in_progress'],
    };
    await withDeployments(
      ({ path }) => ({
        status: 200,
        body: path.includes('/deployments?')
          ? [
              { id: 2, payload: {} },
              { id: 1, payload: {} },
            ]
          : (statuses[Number(/deployments\/(\d)/.exec(path)?.[1])] ?? []).map((state) => ({ state })),
      }),
      async ({ deployments }) => {
        expect((await deployments.lastGood('production'))?.id).toBe(1);
      },
    );
  });

  it.each([
    ['in_progress', 2],
    ['success', undefined],
    ['failure', undefined],
  ])('finds the record of a digest that is still %s as %s', async (state, expected) => {
    await withDeployments(
      ({ path }) => ({
        status: 200,
        body: path.includes('/deployments?')
          ? [
              { id: 3, payload: { digest: 'sha256:other' } },
              { id: 2, payload: '{"digest":"sha256:ours"}' },
              { id: 1, payload: { digest: 'sha256:ours' } },
            ]
          : path.includes('/2/')
            ? [{ state }]
            : [{ state: 'in_progress' }],
      }),
      async ({ deployments }) => {
        expect(await deployments.pending('production', 'sha256:ours')).toBe(expected);
      },
    );
  });
});
