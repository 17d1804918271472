import { getOctokit } from '@actions/github';
import { decodeJwt } from 'jose';
import path from 'node:path';
import { accountId } from './accounts.ts';
import { jobOf, logOf, rehearse, type Rehearsed } from './engine/engine.fixture.ts';
import { commitGraph } from './git/commit-graph.ts';
import type { Run } from './model.ts';
import { startHubServer, type HubServer } from './server.ts';

let shop: Rehearsed;
let server: HubServer;
const here = { owner: 'rehearsal', repo: 'shop' };

beforeEach(async () => {
  shop = await rehearse({}, async (hub, bare) => {
    server = await startHubServer({
      hub,
      port: 0,
      stateDirectory: path.join(path.dirname(bare.directory), 'state'),
      commits: commitGraph(bare),
      config: () => Promise.resolve(undefined),
      driver: () => 'process',
      log: (message) => {
        throw new Error(message);
      },
    });
    return server.url;
  });
  server.attach(shop.engine, () => Promise.resolve());
});
afterEach(async () => {
  await shop.end();
  await server.stop();
});

const as = (token: string) => getOctokit(token, { baseUrl: `${server.url}/api/v3` }).rest;

const pipeline = {
  '.github/workflows/release.yml': `
name: Release
on: { push: { tags: ['v*'] } }
permissions: { id-token: write, deployments: read }
jobs:
  deploy:
    runs-on: x
    environment: production
    steps:
      - run: |
          curl -sf -H "Authorization: Bearer $ACTIONS_ID_TOKEN_REQUEST_TOKEN" "$ACTIONS_ID_TOKEN_REQUEST_URL&audience=sts.amazonaws.com" > "$HOME/identity"
          echo "the API's token opens no identity: $(curl -s -o /dev/null -w '%{http_code}' -H "Authorization: Bearer \${{ github.token }}" "$ACTIONS_ID_TOKEN_REQUEST_URL")"
          echo "and the other way round: $(curl -s -o /dev/null -w '%{http_code}' -H "Authorization: Bearer $ACTIONS_ID_TOKEN_REQUEST_TOKEN" "$GITHUB_API_URL/repos/$GITHUB_REPOSITORY")"
`,
};

async function waiting(run: Run): Promise<void> {
  while (jobOf(run, 'deploy').status !== 'waiting') {
    await new Promise<void>((resolve) => {
      const stop = shop.hub.onChange(() => {
        stop();
        resolve();
      });
    });
  }
}

test('a release waits for its reviewer with nothing in its hands, and gets its identity once it is let in', async () => {
  shop.hub.people.add('grace');
  const id = accountId('grace', shop.hub.repository);
  const environment = { ...here, environment_name: 'production' };
  const admin = as(server.adminToken);
  await admin.repos.createOrUpdateEnvironment({
    ...environment,
    prevent_self_review: true,
    reviewers: [{ type: 'User', id }],
    deployment_branch_policy: { protected_branches: false, custom_branch_policies: true },
  });
  await admin.repos.createDeploymentBranchPolicy({ ...environment, name: 'v*.*.*', type: 'tag' });
  const [run] = await shop.start(pipeline, 'refs/tags/v1.0.0');
  if (run === undefined) throw new Error('Nothing was started.');
  await waiting(run);
  // No token that could be stolen, nothing running.
  expect([shop.hub.tokens.size, jobOf(run, 'deploy').steps]).toEqual([0, []]);

  const grace = as(server.tokenOf('grace'));
  const pending = await grace.actions.getPendingDeploymentsForRun({ ...here, run_id: run.id });
  const environment_ids = pending.data.flatMap((one) => Number(one.environment.id));
  const review = { ...here, run_id: run.id, environment_ids, state: 'approved', comment: 'Ship it' } as const;
  await expect(
    as(server.tokenOf('ada')).actions.reviewPendingDeploymentsForRun(review),
  ).rejects.toMatchObject({ status: 422 });
  const { data } = await grace.actions.reviewPendingDeploymentsForRun(review);
  expect(data).toMatchObject([{ environment: 'production', ref: 'v1.0.0' }]);
  expect((await shop.finished(run)).conclusion).toBe('success');

  const { value } = JSON.parse(shop.read('identity')) as { value: string };
  expect(decodeJwt(value).sub).toBe('repo:rehearsal@1002/shop@1001:environment:production');
  const log = logOf(shop, jobOf(run, 'deploy'));
  expect(log).toContain("the API's token opens no identity: 401");
  expect(log).toContain('and the other way round: 401');
  const statuses = await admin.repos.listDeploymentStatuses({ ...here, deployment_id: data[0]?.id ?? 0 });
  expect(statuses.data.map(({ state }) => state)).toEqual(['success', 'in_progress', 'pending']);
  const history = await grace.actions.getReviewsForRun({ ...here, run_id: run.id });
  expect(history.data.map(({ user, state, comment }) => [user.login, state, comment])).toEqual([
    ['grace', 'approved', 'Ship it'],
  ]);
  // A second review finds nothing to review.
  await expect(grace.actions.reviewPendingDeploymentsForRun(review)).rejects.toMatchObject({ status: 422 });
});
