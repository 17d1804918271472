import { getOctokit } from '@actions/github';
import { accountId } from '../accounts.ts';
import { configureEnvironment } from '../environments/index.ts';
import { addDeployment, addJob, addRun, at, serveHub, type ServedHub } from '../hub.fixture.ts';
import type { Run } from '../model.ts';
import { responseProblems, type OperationId } from './description.ts';

let served: ServedHub;
const here = { owner: 'rehearsal', repo: 'shop' };
const environment_name = 'production';

beforeEach(async () => {
  served = await serveHub();
});
afterEach(() => served.stop());

/** GitHub's own client, acting as somebody; every success has to be what GitHub describes. */
function as(token: string, checked?: OperationId) {
  const github = getOctokit(token, { baseUrl: `${served.server.url}/api/v3` });
  if (checked !== undefined) {
    github.hook.after('request', ({ status, data }) => {
      expect(responseProblems(checked, status, status === 204 ? undefined : data)).toEqual([]);
    });
  }
  return github.rest;
}
const admin = (id?: OperationId) => as(served.server.adminToken, id);
const person = (login: string, id?: OperationId) => as(served.server.tokenOf(login), id);

async function refusal(work: Promise<unknown>): Promise<{ status: number; message: string }> {
  try {
    await work;
  } catch (error: unknown) {
    const { status, response } = error as { status: number; response: { data: { message: string } } };
    return { status, message: response.data.message };
  }
  throw new Error('It was not refused.');
}

/** A run whose job waits for a review of production. */
function waitingRun(): Run {
  configureEnvironment(served.hub, 'production', { reviewers: ['grace'], preventSelfReview: true });
  const run = addRun(served.hub, { sha: served.shas.second, status: 'waiting', jobs: [] });
  delete run.conclusion;
  const job = addJob(served.hub, run, {
    key: 'deploy',
    status: 'waiting',
    environment: { name: 'production' },
    gate: { since: at, review: 'needed' },
  });
  delete job.conclusion;
  const status = { id: 1, description: '', environmentUrl: '', createdAt: at };
  const logUrl = `${served.server.url}/rehearsal/shop/actions/runs/${run.id}/job/${job.id}`;
  addDeployment(served.hub, {
    sha: run.sha,
    environment: 'production',
    statuses: [{ ...status, state: 'waiting', logUrl }],
  });
  return run;
}

const reviewOf = ({ jobs }: Run): string | undefined =>
  jobs.find(({ key }) => key === 'deploy')?.gate?.review;

describe('reviews', () => {
  test('a run tells what it waits for, and whether the one who asks may approve it', async () => {
    const run_id = waitingRun().id;
    const id = 'actions/get-pending-deployments-for-run';
    const asked = await person('grace', id).actions.getPendingDeploymentsForRun({ ...here, run_id });
    expect(asked.data).toMatchObject([
      {
        environment: { name: 'production' },
        wait_timer: 0,
        wait_timer_started_at: null,
        current_user_can_approve: true,
        reviewers: [{ type: 'User', reviewer: { login: 'grace' } }],
      },
    ]);
    const other = await person('ada', id).actions.getPendingDeploymentsForRun({ ...here, run_id });
    expect(other.data[0]?.current_user_can_approve).toBe(false);
    // A job's token may look.
    const job = as(served.token({ actions: 'read' }), id);
    expect((await job.actions.getPendingDeploymentsForRun({ ...here, run_id })).data).toHaveLength(1);
  });

  test('a reviewer approves, the deployments that go on are answered, and the history tells who it was', async () => {
    const run = waitingRun();
    const environment_ids = [served.hub.environment('production').id];
    const review = {
      ...here,
      run_id: run.id,
      environment_ids,
      state: 'approved',
      comment: 'Ship it!',
    } as const;
    const answer = await person(
      'grace',
      'actions/review-pending-deployments-for-run',
    ).actions.reviewPendingDeploymentsForRun(review);
    expect(answer.data).toMatchObject([{ environment: 'production', sha: run.sha }]);
    expect(reviewOf(run)).toBe('approved');
    const history = await admin('actions/get-reviews-for-run').actions.getReviewsForRun({
      ...here,
      run_id: run.id,
    });
    expect(history.data).toMatchObject([
      {
        state: 'approved',
        comment: 'Ship it!',
        user: { login: 'grace' },
        environments: [{ name: 'production' }],
      },
    ]);
  });

  test('nobody else does, in GitHub’s words: the one who pushed, the admin, a job', async () => {
    const run = waitingRun();
    const environment_ids = [served.hub.environment('production').id];
    const review = { ...here, run_id: run.id, environment_ids, state: 'approved', comment: '' } as const;
    configureEnvironment(served.hub, 'production', { reviewers: ['grace', 'ada'], preventSelfReview: true });
    const asAda = refusal(person('ada').actions.reviewPendingDeploymentsForRun(review));
    await expect(asAda).resolves.toEqual({
      status: 422,
      message:
        'There was a problem approving one of the gates: ada started this run, and production prevents self-review.',
    });
    await expect(refusal(admin().actions.reviewPendingDeploymentsForRun(review))).resolves.toMatchObject({
      status: 422,
      message: expect.stringMatching(
        /^There was a problem approving one of the gates: rehearsal is not one/,
      ) as string,
    });
    const job = as(served.token({ actions: 'write', deployments: 'write' }));
    await expect(refusal(job.actions.reviewPendingDeploymentsForRun(review))).resolves.toEqual({
      status: 403,
      message: 'Resource not accessible by integration',
    });
    const unknown = { ...review, environment_ids: [7] };
    expect((await refusal(person('grace').actions.reviewPendingDeploymentsForRun(unknown))).status).toBe(422);
    expect(reviewOf(run)).toBe('needed');
    expect(run.reviews).toBeUndefined();
  });
});

describe('environments', () => {
  const put = (more: object) =>
    admin('repos/create-or-update-environment').repos.createOrUpdateEnvironment({
      ...here,
      environment_name,
      ...more,
    });
  const idOf = (login: string): number => accountId(login, served.hub.repository);

  test('rules are set, and what is left out goes back to its default', async () => {
    served.hub.people.add('grace');
    const { data } = await put({
      wait_timer: 5,
      prevent_self_review: true,
      reviewers: [{ type: 'User', id: idOf('grace') }],
      deployment_branch_policy: { protected_branches: false, custom_branch_policies: true },
    });
    expect(data.protection_rules).toMatchObject([
      { type: 'wait_timer', wait_timer: 5 },
      {
        type: 'required_reviewers',
        prevent_self_review: true,
        reviewers: [{ reviewer: { login: 'grace' } }],
      },
      { type: 'branch_policy' },
    ]);
    expect(data.deployment_branch_policy).toEqual({
      protected_branches: false,
      custom_branch_policies: true,
    });
    const read = await admin('repos/get-environment').repos.getEnvironment({ ...here, environment_name });
    expect(read.data).toEqual(data);
    expect((await put({})).data).toMatchObject({ protection_rules: [], deployment_branch_policy: null });
  });

  test.each([
    [{ wait_timer: 43_201 }, /43201 minutes/],
    [{ reviewers: [{ type: 'User', id: 7 }] }, /User 7 is nobody here/],
    [{ reviewers: [{ type: 'Team', id: 7 }] }, /Team 7 is nobody here/],
    [
      { deployment_branch_policy: { protected_branches: true, custom_branch_policies: true } },
      /cannot have the same value/,
    ],
    [{ reviewer: [] }, /"reviewer" is not a permitted key/],
  ])('%j is refused', async (rules, message) => {
    await expect(refusal(put(rules))).resolves.toMatchObject({
      status: 422,
      message: expect.stringMatching(message) as string,
    });
    expect(served.hub.environments.has('production')).toBe(false);
  });

  test('more than six reviewers are refused', async () => {
    const logins = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];
    for (const login of logins) served.hub.people.add(login);
    const reviewers = logins.map((login) => ({ type: 'User', id: idOf(login) }));
    expect((await refusal(put({ reviewers }))).status).toBe(422);
  });

  test('patterns of branches and tags are added, listed, renamed and removed', async () => {
    const policies = { ...here, environment_name };
    const { repos } = admin();
    await put({ deployment_branch_policy: null });
    // Without patterns to choose by there is nothing to add one to.
    expect((await refusal(repos.createDeploymentBranchPolicy({ ...policies, name: 'main' }))).status).toBe(
      404,
    );
    await put({ deployment_branch_policy: { protected_branches: false, custom_branch_policies: true } });
    const made = await admin('repos/create-deployment-branch-policy').repos.createDeploymentBranchPolicy({
      ...policies,
      name: 'v*',
      type: 'tag',
    });
    await repos.createDeploymentBranchPolicy({ ...policies, name: 'main' });
    // There already.
    expect((await repos.createDeploymentBranchPolicy({ ...policies, name: 'main' })).status).toBe(303);
    const branch_policy_id = made.data.id ?? 0;
    await admin('repos/update-deployment-branch-policy').repos.updateDeploymentBranchPolicy({
      ...policies,
      branch_policy_id,
      name: 'v*.*.*',
    });
    const list = await admin('repos/list-deployment-branch-policies').repos.listDeploymentBranchPolicies(
      policies,
    );
    expect(list.data).toMatchObject({
      total_count: 2,
      branch_policies: [
        { name: 'v*.*.*', type: 'tag' },
        { name: 'main', type: 'branch' },
      ],
    });
    await admin('repos/delete-deployment-branch-policy').repos.deleteDeploymentBranchPolicy({
      ...policies,
      branch_policy_id,
    });
    expect((await refusal(repos.getDeploymentBranchPolicy({ ...policies, branch_policy_id }))).status).toBe(
      404,
    );
    await repos.deleteAnEnvironment(policies);
    expect((await refusal(repos.getEnvironment(policies))).status).toBe(404);
  });

  test('no job can change them', async () => {
    const job = as(served.token({ actions: 'write', deployments: 'write', contents: 'write' }));
    expect(await refusal(job.repos.createOrUpdateEnvironment({ ...here, environment_name }))).toEqual({
      status: 403,
      message: 'Resource not accessible by integration',
    });
  });
});

describe('releases', () => {
  test('notes are made, found by tag, and changed alone', async () => {
    const made = await admin('repos/create-release').repos.createRelease({
      ...here,
      tag_name: 'v1.0.0',
      body: 'The first',
    });
    const tag = { ...here, tag: 'v1.0.0' };
    const found = await admin('repos/get-release-by-tag').repos.getReleaseByTag(tag);
    expect(found.data).toEqual(made.data);
    expect(found.data).toMatchObject({
      name: 'v1.0.0',
      body: 'The first',
      draft: false,
      author: { login: 'rehearsal' },
    });
    const release_id = made.data.id;
    const job = as(served.token({ contents: 'write' }), 'repos/update-release');
    await job.repos.updateRelease({ ...here, release_id, body: 'Deployed' });
    expect((await admin().repos.getLatestRelease(here)).data).toMatchObject({
      id: release_id,
      name: 'v1.0.0',
      body: 'Deployed',
    });
    const reader = as(served.token({ contents: 'read' }));
    expect((await refusal(reader.repos.updateRelease({ ...here, release_id, body: '' }))).status).toBe(403);
    await admin().repos.deleteRelease({ ...here, release_id });
    expect((await refusal(admin().repos.getReleaseByTag(tag))).status).toBe(404);
  });

  test('a tag has one release, and has to be there; a draft is seen by those who may write', async () => {
    const { repos } = admin();
    await repos.createRelease({ ...here, tag_name: 'v1.0.0' });
    expect((await refusal(repos.createRelease({ ...here, tag_name: 'v1.0.0' }))).status).toBe(422);
    expect(await refusal(repos.createRelease({ ...here, tag_name: 'v9.0.0' }))).toEqual({
      status: 422,
      message: 'Tag v9.0.0 is not in the repository: push it first.',
    });
    const draft = await repos.createRelease({ ...here, tag_name: 'v2.0.0', draft: true });
    expect(
      (await admin('repos/list-releases').repos.listReleases(here)).data.map(({ tag_name }) => tag_name),
    ).toEqual(['v2.0.0', 'v1.0.0']);
    const reader = as(served.token({ contents: 'read' }));
    expect((await reader.repos.listReleases(here)).data.map(({ tag_name }) => tag_name)).toEqual(['v1.0.0']);
    expect((await refusal(repos.getReleaseByTag({ ...here, tag: 'v2.0.0' }))).status).toBe(404);
    // Published, it needs its tag.
    expect(
      (await refusal(repos.updateRelease({ ...here, release_id: draft.data.id, draft: false }))).status,
    ).toBe(422);
  });
});

describe('people', () => {
  test('a person’s token acts in their name', async () => {
    expect((await person('grace', 'users/get-authenticated').users.getAuthenticated()).data.login).toBe(
      'grace',
    );
    const run = addRun(served.hub, { sha: served.shas.second });
    await person('grace').actions.reRunWorkflow({ ...here, run_id: run.id });
    expect(served.control.asked).toEqual([`rerun ${run.id} as grace`]);
  });

  test('whoever was named is there, whatever the case; nobody else is', async () => {
    served.hub.people.add('grace');
    const { users } = admin('users/get-by-username');
    const { data } = await users.getByUsername({ username: 'Grace' });
    expect([data.login, data.id]).toEqual(['grace', accountId('GRACE', served.hub.repository)]);
    expect((await refusal(users.getByUsername({ username: 'mallory' }))).status).toBe(404);
  });
});

test('a run is cancelled without asking its conditions', async () => {
  const run = addRun(served.hub, { sha: served.shas.second, status: 'in_progress' });
  const { status } = await admin('actions/force-cancel-workflow-run').actions.forceCancelWorkflowRun({
    ...here,
    run_id: run.id,
  });
  expect([status, served.control.asked]).toEqual([202, [`force-cancel ${run.id}`]]);
  run.status = 'completed';
  expect((await refusal(admin().actions.forceCancelWorkflowRun({ ...here, run_id: run.id }))).status).toBe(
    409,
  );
});
