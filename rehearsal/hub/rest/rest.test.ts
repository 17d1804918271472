import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { getOctokit } from '@actions/github';
import { addDeployment, addRun, at, serveHub, type ServedHub } from '../hub.fixture.ts';
import { asking, type Answered } from './asking.fixture.ts';

let served: ServedHub;
const ask = asking(() => served.server);
const here = { owner: 'rehearsal', repo: 'shop' };

beforeEach(async () => {
  served = await serveHub();
});
afterEach(() => served.stop());

describe('who may ask what', () => {
  test('a token that is not known, and none, are refused in GitHub’s words', async () => {
    expect(await ask('repos/get', {}, { token: 'ghs_of-a-job-that-has-ended' })).toMatchObject({
      status: 401,
      body: { message: 'Bad credentials', status: '401' },
    });
    const response = await fetch(`${served.server.url}/api/v3/repos/rehearsal/shop`);
    expect([response.status, await response.json()]).toMatchObject([
      401,
      { message: 'Requires authentication' },
    ]);
  });

  test('a job’s token may do what its permissions say, and the refusal names the one that lacks', async () => {
    const reader = served.token({ deployments: 'read' });
    expect((await ask('repos/list-deployments', {}, { token: reader })).status).toBe(200);
    const refused = await ask('repos/create-deployment', {}, { token: reader, body: { ref: 'main' } });
    expect(refused).toMatchObject({
      status: 403,
      body: {
        message: 'Resource not accessible by integration',
        documentation_url: 'https://docs.github.com/rest/deployments/deployments#create-a-deployment',
      },
    });
    expect(refused.headers.get('x-accepted-github-permissions')).toBe('deployments=write');
    expect(served.hub.deployments.size).toBe(0);
    // Every token can read what the repository is; none of a job's can change variables.
    expect((await ask('repos/get', {}, { token: served.token({}) })).status).toBe(200);
    const everything = served.token({ actions: 'write', contents: 'write', deployments: 'write' });
    expect((await ask('actions/list-repo-variables', {}, { token: everything })).status).toBe(403);
  });

  test('what is not there, or of another repository, is not found', async () => {
    expect(await ask('repos/get', { repo: 'other' })).toMatchObject({
      status: 404,
      body: { message: 'Not Found' },
    });
    expect((await ask('actions/get-workflow-run', { run_id: 7 })).status).toBe(404);
    const response = await fetch(`${served.server.url}/api/v3/repos/rehearsal/shop/milestones`, {
      headers: { authorization: `Bearer ${served.server.adminToken}` },
    });
    expect(response.status).toBe(404);
  });

  test('the rate limit counts the requests of a token', async () => {
    const token = served.token({});
    await ask('repos/get', {}, { token });
    const { headers } = await ask('repos/get', {}, { token });
    expect(headers.get('x-ratelimit-used')).toBe('2');
    expect(headers.get('x-ratelimit-remaining')).toBe('998');
  });
});

describe('what a client has already', () => {
  const conditional = (tag: string | null, token: string, path = 'branches') =>
    fetch(`${served.server.url}/api/v3/repos/rehearsal/shop/${path}`, {
      headers: { authorization: `token ${token}`, ...(tag === null ? {} : { 'if-none-match': tag }) },
    });

  test('is answered with 304, which costs nothing; and in full once it has changed', async () => {
    const token = served.token({ contents: 'read', deployments: 'read' });
    const first = await conditional(null, token, 'deployments');
    const tag = first.headers.get('etag') ?? '';
    expect(tag).toMatch(/^W\/"[0-9a-f]{64}"$/);

    for (const known of [tag, `"other", ${tag.slice(2)}`, '*']) {
      const again = await conditional(known, token, 'deployments');
      expect([again.status, await again.text(), again.headers.get('etag')]).toEqual([304, '', tag]);
      expect(again.headers.get('x-ratelimit-used')).toBe('1');
    }
    addDeployment(served.hub, { sha: served.shas.first });
    const changed = await conditional(tag, token, 'deployments');
    expect([changed.status, changed.headers.get('x-ratelimit-used')]).toEqual([200, '2']);
    expect(changed.headers.get('etag')).not.toBe(tag);
  });

  test('what a token has left can be asked for nothing', async () => {
    const token = served.token({ contents: 'read' });
    await conditional(null, token);
    const { body } = await ask('rate-limit/get', {}, { token });
    expect(body).toMatchObject({ rate: { limit: 1000, used: 1, remaining: 999 } });
    expect((await ask('rate-limit/get', {}, { token })).headers.get('x-ratelimit-used')).toBe('1');
  });
});

test('what a job remarked is at its check run', async () => {
  const run = addRun(served.hub, { sha: served.shas.first });
  const [job] = run.jobs;
  job?.annotations.push(
    { level: 'warning', message: 'Mind the gap', step: 2 },
    { level: 'failure', message: 'Broken', title: 'Compiler', file: 'src/a.ts', line: 7, step: 2 },
  );
  expect((await ask('checks/list-annotations', { check_run_id: job?.id ?? 0 })).body).toMatchObject([
    { path: '.github', annotation_level: 'warning', message: 'Mind the gap' },
    { path: 'src/a.ts', start_line: 7, annotation_level: 'failure', title: 'Compiler', message: 'Broken' },
  ]);
  expect((await ask('checks/list-annotations', { check_run_id: 7 })).status).toBe(404);
});

test('branches, and the logs of a run as one archive', async () => {
  expect((await ask('repos/list-branches')).body).toMatchObject([
    { name: 'develop', commit: { sha: served.shas.develop } },
    { name: 'feature/basket' },
    { name: 'main' },
  ]);
  const run = addRun(served.hub, { sha: served.shas.first });
  const { status, headers } = await ask('actions/download-workflow-run-logs', { run_id: run.id });
  expect([status, headers.get('location')]).toEqual([302, `${served.server.url}/runs/${run.id}/logs.zip`]);
});

test('GraphQL says in its own form that it is not there', async () => {
  const response = await fetch(`${served.server.url}/api/graphql`, { method: 'POST', body: '{}' });
  expect([response.status, await response.json()]).toMatchObject([
    200,
    { errors: [{ message: expect.stringContaining('no GraphQL API') as string }] },
  ]);
});

describe('what is wrong with a request', () => {
  test.each([
    [{}, 'Invalid request.\n\n"ref" wasn\'t supplied.'],
    [{ ref: 5 }, "Invalid request.\n\nFor 'properties/ref', 5 is not a string."],
    [
      { ref: 'main', auto_merge: 'yes' },
      'Invalid request.\n\nFor \'properties/auto_merge\', "yes" is not a boolean.',
    ],
  ])('%j', async (body, message) => {
    expect(await ask('repos/create-deployment', {}, { body })).toMatchObject({
      status: 422,
      body: { message, status: '422' },
    });
  });

  test('a state that GitHub does not know', async () => {
    const { id } = addDeployment(served.hub, { sha: served.shas.first });
    const answer = await ask(
      'repos/create-deployment-status',
      { deployment_id: id },
      { body: { state: 'great' } },
    );
    expect(answer.status).toBe(422);
    expect((answer.body as { message: string }).message).toContain('"great" is not a member of ["error",');
  });

  test.each([
    ['{"ref": ', 400, 'Problems parsing JSON'],
    ['["main"]', 400, 'Body should be a JSON object'],
    [`"${'x'.repeat(2_000_000)}"`, 413, 'The request body is too large.'],
  ])('a body that is no JSON object (%#)', async (body, status, message) => {
    expect(await ask('repos/create-deployment', {}, { body })).toMatchObject({ status, body: { message } });
  });

  test('an address that cannot be decoded is not found', async () => {
    const response = await fetch(`${served.server.url}/api/v3/repos/rehearsal/shop/commits/%E0%A4%A`, {
      headers: { authorization: `Bearer ${served.server.adminToken}` },
    });
    expect(response.status).toBe(404);
  });
});

describe('deployments', () => {
  const create = (body: object) =>
    ask('repos/create-deployment', {}, { body: { auto_merge: false, required_contexts: [], ...body } });

  test('are created for a branch, a tag or a commit, and a ref that is missing is named', async () => {
    const { first, develop } = served.shas;
    for (const [ref, sha] of [
      ['develop', develop],
      ['feature/basket', develop],
      ['v1.0.0', first],
      [first, first],
    ]) {
      expect(await create({ ref })).toMatchObject({ status: 201, body: { ref, sha } });
    }
    expect(await create({ ref: 'nowhere' })).toMatchObject({
      status: 422,
      body: {
        message: 'No ref found for: nowhere',
        errors: [{ resource: 'Deployment', field: 'ref', code: 'invalid' }],
      },
    });
  });

  test('have GitHub’s defaults, and give back what they were given', async () => {
    expect((await create({ ref: 'main' })).body).toMatchObject({
      task: 'deploy',
      environment: 'production',
      production_environment: true,
      transient_environment: false,
      description: null,
      payload: {},
    });
    const payload = { digest: 'sha256:abc', version: '1.0.0' };
    const more = { environment: 'preview-7', transient_environment: true, description: 'A preview', payload };
    expect((await create({ ref: 'main', ...more })).body).toMatchObject({
      ...more,
      original_environment: 'preview-7',
      production_environment: false,
    });
  });

  test('are refused without `required_contexts` while a check of the commit has not succeeded', async () => {
    addRun(served.hub, { sha: served.shas.second, status: 'in_progress' }).jobs[0]!.status = 'in_progress';
    const body = { ref: 'main', auto_merge: false };
    expect(await ask('repos/create-deployment', {}, { body })).toMatchObject({
      status: 409,
      body: {
        message: 'Conflict: Commit status checks failed for main.',
        errors: [
          {
            contexts: [{ context: 'Build', state: 'pending' }],
            resource: 'Deployment',
            field: 'required_contexts',
            code: 'invalid',
          },
        ],
      },
    });
    expect((await create({ ref: 'main', required_contexts: ['lint'] })).status).toBe(409);
    await ask(
      'repos/create-commit-status',
      { sha: served.shas.second },
      { body: { context: 'lint', state: 'success' } },
    );
    expect((await create({ ref: 'main', required_contexts: ['lint'] })).status).toBe(201);
    expect((await create({ ref: 'main' })).status).toBe(201);
  });

  test('of a branch that is behind are not merged, and that is said', async () => {
    const body = { ref: 'develop', required_contexts: [] };
    const answer = await ask('repos/create-deployment', {}, { body });
    expect(answer.status).toBe(409);
    expect((answer.body as { message: string }).message).toMatch(
      /^Conflict merging main into develop\..*auto_merge: false/,
    );
  });

  test('are listed newest first, narrowed and in pages', async () => {
    for (let number = 1; number <= 5; number += 1) {
      addDeployment(served.hub, {
        sha: served.shas.first,
        ref: `v1.0.${number}`,
        environment: number % 2 === 0 ? 'staging' : 'development',
      });
    }
    const refs = ({ body }: Answered): string[] => (body as { ref: string }[]).map(({ ref }) => ref);
    const narrowed = await ask('repos/list-deployments', {}, { query: '?environment=staging' });
    expect(refs(narrowed)).toEqual(['v1.0.4', 'v1.0.2']);
    const second = await ask('repos/list-deployments', {}, { query: '?per_page=2&page=2' });
    expect(refs(second)).toEqual(['v1.0.3', 'v1.0.2']);
    const links = [...(second.headers.get('link') ?? '').matchAll(/[?&]page=(\d+)>; rel="(\w+)"/g)];
    expect(links.map(([, page, relation]) => `${relation} ${page}`)).toEqual([
      'prev 1',
      'next 3',
      'last 3',
      'first 1',
    ]);
    expect(
      (await ask('repos/list-deployments', {}, { query: '?per_page=9' })).headers.get('link'),
    ).toBeNull();
  });

  test('a success replaces the earlier successes of its environment, unless it says otherwise', async () => {
    const { hub, shas } = served;
    const success = {
      id: 1,
      state: 'success' as const,
      description: '',
      environmentUrl: 'http://127.0.0.1:1',
      logUrl: '',
      createdAt: at,
    };
    const earlier = addDeployment(hub, { sha: shas.first, statuses: [{ ...success }] });
    const elsewhere = addDeployment(hub, {
      sha: shas.first,
      environment: 'staging',
      statuses: [{ ...success }],
    });
    const lasting = addDeployment(hub, { sha: shas.first, production: true, statuses: [{ ...success }] });
    const { id } = addDeployment(hub, { sha: shas.second });
    const set = (body: object) => ask('repos/create-deployment-status', { deployment_id: id }, { body });

    await set({ state: 'in_progress', log_url: 'http://127.0.0.1:1/run' });
    await set({ state: 'success', auto_inactive: false });
    expect(earlier.statuses.at(-1)?.state).toBe('success');
    await set({ state: 'success', environment_url: 'http://127.0.0.1:2' });
    expect(earlier.statuses.at(-1)?.state).toBe('inactive');
    expect(elsewhere.statuses.at(-1)?.state).toBe('success');
    // GitHub leaves those of production environments as they are.
    expect(lasting.statuses.at(-1)?.state).toBe('success');

    const listed = await ask('repos/list-deployment-statuses', { deployment_id: id });
    const states = (listed.body as { state: string; log_url: string; environment_url: string }[]).map(
      ({ state, log_url, environment_url }) => [state, log_url, environment_url],
    );
    expect(states).toEqual([
      ['success', '', 'http://127.0.0.1:2'],
      ['success', '', ''],
      ['in_progress', 'http://127.0.0.1:1/run', ''],
    ]);
  });

  test('can be deleted when they are no longer active', async () => {
    const kept = addDeployment(served.hub, { sha: served.shas.first });
    const status = { id: 1, description: '', environmentUrl: '', logUrl: '', createdAt: at };
    kept.statuses.push({ ...status, state: 'success' });
    addDeployment(served.hub, { sha: served.shas.first });
    const remove = () => ask('repos/delete-deployment', { deployment_id: kept.id });
    expect((await remove()).status).toBe(422);
    kept.statuses.push({ ...status, state: 'inactive' });
    expect((await remove()).status).toBe(204);
    expect((await ask('repos/get-deployment', { deployment_id: kept.id })).status).toBe(404);
  });
});

describe('commits', () => {
  test.each([
    ['main', 'main', 'identical', 0, 0],
    ['v1.0.0', 'main', 'ahead', 1, 0],
    ['main', 'v1.0.0', 'behind', 0, 1],
    ['main', 'feature/basket', 'diverged', 1, 1],
  ])('%s...%s is %s', async (base, head, status, ahead_by, behind_by) => {
    const answer = await ask('repos/compare-commits-with-basehead', { basehead: `${base}...${head}` });
    expect(answer.body).toMatchObject({
      status,
      ahead_by,
      behind_by,
      merge_base_commit: { sha: base === 'main' && head === 'main' ? served.shas.second : served.shas.first },
    });
  });

  test('a comparison with a commit that is missing is not found', async () => {
    expect((await ask('repos/compare-commits-with-basehead', { basehead: 'main...nowhere' })).status).toBe(
      404,
    );
    expect((await ask('repos/compare-commits-with-basehead', { basehead: 'main' })).status).toBe(404);
  });

  test('a commit is read by branch, tag or SHA', async () => {
    const { develop, first } = served.shas;
    expect((await ask('repos/get-commit', { ref: 'feature/basket' })).body).toMatchObject({
      sha: develop,
      parents: [{ sha: first }],
      commit: {
        message: 'Add a basket\n\nWith room for all.',
        author: { name: 'Ada', email: 'ada@example.org' },
      },
    });
    expect((await ask('repos/get-commit', { ref: 'v1.0.0' })).body).toMatchObject({ sha: first });
    expect((await ask('repos/get-commit', { ref: 'nowhere' })).status).toBe(422);
  });

  test('refs and tags; an annotated tag is its own object', async () => {
    const { first, develop } = served.shas;
    expect((await ask('git/get-ref', { ref: 'heads/feature/basket' })).body).toMatchObject({
      object: { type: 'commit', sha: develop },
    });
    const tag = (await ask('git/get-ref', { ref: 'tags/v1.0.0' })).body as {
      object: { type: string; sha: string };
    };
    expect(tag.object.type).toBe('tag');
    expect(tag.object.sha).not.toBe(first);
    expect((await ask('repos/list-tags')).body).toMatchObject([{ name: 'v1.0.0', commit: { sha: first } }]);
    const matching = (await ask('git/list-matching-refs', { ref: 'heads/' })).body as { ref: string }[];
    expect(matching.map(({ ref }) => ref)).toEqual([
      'refs/heads/develop',
      'refs/heads/feature/basket',
      'refs/heads/main',
    ]);
    expect((await ask('git/get-ref', { ref: 'heads/none' })).status).toBe(404);
  });

  test('statuses come together as the worst of the newest', async () => {
    const sha = served.shas.second;
    const set = (context: string, state: string) =>
      ask('repos/create-commit-status', { sha }, { body: { context, state } });
    await set('lint', 'failure');
    await set('scan', 'success');
    expect((await ask('repos/get-combined-status-for-ref', { ref: 'main' })).body).toMatchObject({
      state: 'failure',
      total_count: 2,
    });
    await set('lint', 'success');
    expect((await ask('repos/get-combined-status-for-ref', { ref: 'main' })).body).toMatchObject({
      state: 'success',
      total_count: 2,
    });
    const listed = await ask('repos/list-commit-statuses-for-ref', { ref: 'main' });
    expect(listed.body).toHaveLength(3);
  });

  test('a status says at most 140 characters, and is in the name of who set it', async () => {
    const sha = served.shas.second;
    const set = (length: number) =>
      ask(
        'repos/create-commit-status',
        { sha },
        { body: { context: 'scan', state: 'success', description: 'x'.repeat(length) } },
      );
    expect((await set(141)).body).toMatchObject({
      message: 'Validation Failed',
      errors: [{ field: 'description', message: 'description is too long (maximum is 140 characters)' }],
    });
    expect(await set(140)).toMatchObject({ status: 201 });
    const byJob = await ask(
      'repos/create-commit-status',
      { sha },
      { body: { context: 'scan', state: 'failure' }, token: served.token({ statuses: 'write' }) },
    );
    expect(byJob.body).toMatchObject({ state: 'failure', creator: { login: 'github-actions[bot]' } });
    const refused = await ask(
      'repos/create-commit-status',
      { sha },
      { body: { context: 'scan', state: 'success' }, token: served.token({ statuses: 'read' }) },
    );
    expect(refused.status).toBe(403);
  });

  test('checks are those of jobs and those that were made', async () => {
    const { hub, shas } = served;
    const run = addRun(hub, { sha: shas.second });
    const made = await ask(
      'checks/create',
      {},
      { body: { name: 'Scan', head_sha: shas.second, status: 'in_progress' } },
    );
    const { id } = made.body as { id: number };
    const changed = await ask(
      'checks/update',
      { check_run_id: id },
      { body: { conclusion: 'success', output: { title: 'Clean', summary: 'Nothing found.' } } },
    );
    expect(changed.body).toMatchObject({
      name: 'Scan',
      status: 'completed',
      conclusion: 'success',
      output: { title: 'Clean' },
    });
    const listed = await ask('checks/list-for-ref', { ref: 'main' });
    expect(listed.body).toMatchObject({ total_count: 2, check_runs: [{ name: 'Build' }, { name: 'Scan' }] });
    expect((await ask('checks/get', { check_run_id: run.jobs[0]!.id })).body).toMatchObject({
      name: 'Build',
      app: { slug: 'github-actions' },
    });
  });
});

describe('runs', () => {
  test('are listed newest first and narrowed', async () => {
    const { hub, shas } = served;
    addRun(hub, { sha: shas.first });
    addRun(hub, { sha: shas.second, conclusion: 'failure' });
    addRun(hub, { sha: shas.develop, ref: 'refs/heads/develop', event: 'workflow_dispatch' });
    const numbers = async (query: string): Promise<number[]> => {
      const { body } = await ask('actions/list-workflow-runs-for-repo', {}, { query });
      return (body as { workflow_runs: { run_number: number }[] }).workflow_runs.map(
        ({ run_number }) => run_number,
      );
    };
    expect(await numbers('')).toEqual([3, 2, 1]);
    expect(await numbers('?branch=main')).toEqual([2, 1]);
    expect(await numbers('?status=failure')).toEqual([2]);
    expect(await numbers('?event=workflow_dispatch')).toEqual([3]);
    expect(await numbers(`?head_sha=${shas.first}`)).toEqual([1]);
  });

  test('a run, its jobs of each attempt, and the address of a log', async () => {
    const { hub, shas } = served;
    const run = addRun(hub, { sha: shas.second });
    const job = run.jobs[0]!;
    expect((await ask('actions/get-workflow-run', { run_id: run.id })).body).toMatchObject({
      head_commit: { message: 'Go on' },
      html_url: `${served.server.url}/rehearsal/shop/actions/runs/${run.id}`,
    });
    expect((await ask('actions/get-job-for-workflow-run', { job_id: job.id })).body).toMatchObject({
      steps: [{ name: 'Set up job' }, { name: 'Run make', conclusion: 'success' }],
    });
    const attempt = (attempt_number: number) =>
      ask('actions/list-jobs-for-workflow-run-attempt', { run_id: run.id, attempt_number });
    expect((await attempt(1)).body).toMatchObject({ total_count: 1 });
    expect((await attempt(2)).status).toBe(404);
    expect((await ask('actions/list-jobs-for-workflow-run', { run_id: run.id })).body).toMatchObject({
      jobs: [{ id: job.id, head_branch: 'main' }],
    });
    const log = await ask('actions/download-job-logs-for-workflow-run', { job_id: job.id });
    expect([log.status, log.headers.get('location')]).toEqual([
      302,
      `${served.server.url}/jobs/${job.id}/log.txt`,
    ]);
  });

  test('cancelling and running again go to the engine, and are refused at the wrong time', async () => {
    const { hub, shas, control } = served;
    const done = addRun(hub, { sha: shas.first, conclusion: 'failure' });
    const going = addRun(hub, { sha: shas.second, status: 'in_progress' });
    expect((await ask('actions/cancel-workflow-run', { run_id: going.id })).status).toBe(202);
    expect((await ask('actions/cancel-workflow-run', { run_id: done.id })).status).toBe(409);
    expect((await ask('actions/re-run-workflow', { run_id: going.id })).status).toBe(403);
    expect((await ask('actions/re-run-workflow', { run_id: done.id })).status).toBe(201);
    expect((await ask('actions/re-run-workflow-failed-jobs', { run_id: done.id })).status).toBe(201);
    expect(control.asked).toEqual([
      `cancel ${going.id}`,
      `cancel ${done.id}`,
      `rerun ${done.id} as rehearsal`,
      `rerun ${done.id} failed only as rehearsal`,
    ]);
  });

  test('a workflow is started by its file or its id, with its inputs as text', async () => {
    const listed = await ask('actions/list-repo-workflows');
    const { workflows } = listed.body as { workflows: { id: number; path: string }[] };
    expect(workflows.map(({ path: file }) => file)).toEqual(['.github/workflows/deploy.yml']);
    const start = (workflow_id: string | number, body: object) =>
      ask('actions/create-workflow-dispatch', { workflow_id }, { body });
    expect((await start('deploy.yml', { ref: 'main', inputs: { dry: true, by: 'ada' } })).status).toBe(204);
    expect((await start(workflows[0]!.id, { ref: 'main', return_run_details: true })).body).toMatchObject({
      workflow_run_id: expect.any(Number) as number,
    });
    expect(served.control.asked[0]).toBe(
      'dispatch .github/workflows/deploy.yml main {"dry":"true","by":"ada"}',
    );
    expect((await start('deploy.yml', { ref: 'nowhere' })).body).toMatchObject({
      message: 'No ref found for: nowhere',
    });
    expect((await start('ci.yml', { ref: 'main' })).body).toMatchObject({
      message: "Workflow does not have 'workflow_dispatch' trigger",
    });
    expect((await start('none.yml', { ref: 'main' })).status).toBe(404);
    expect((await ask('actions/get-workflow', { workflow_id: 'deploy.yml' })).body).toMatchObject({
      state: 'active',
    });
    const runs = await ask('actions/list-workflow-runs', { workflow_id: 'ci.yml' });
    expect(runs.body).toMatchObject({ total_count: 2 });
  });

  test('artifacts are listed, and downloaded as a ZIP archive', async () => {
    const { hub, shas, folder } = served;
    const directory = path.join(folder, 'artifact');
    mkdirSync(path.join(directory, 'deep'), { recursive: true });
    writeFileSync(path.join(directory, 'deep', 'report.txt'), 'all good\n'.repeat(100));
    const artifact = { id: hub.nextId(), name: 'report', sizeBytes: 900, directory, createdAt: at };
    const run = addRun(hub, { sha: shas.first, artifacts: [artifact] });
    expect((await ask('actions/list-workflow-run-artifacts', { run_id: run.id })).body).toMatchObject({
      total_count: 1,
      artifacts: [{ name: 'report', size_in_bytes: 900, workflow_run: { id: run.id } }],
    });
    expect((await ask('actions/list-artifacts-for-repo', {}, { query: '?name=other' })).body).toMatchObject({
      total_count: 0,
    });
    expect((await ask('actions/get-artifact', { artifact_id: artifact.id })).status).toBe(200);
    const at0 = await ask('actions/download-artifact', { artifact_id: artifact.id, archive_format: 'zip' });
    expect(at0.status).toBe(302);
    const archive = await (await fetch(at0.headers.get('location') ?? '')).arrayBuffer();
    expect(Buffer.from(archive).subarray(0, 4)).toEqual(Buffer.from('PK\u0003\u0004'));
  });
});

describe('variables and environments', () => {
  test('environments are listed and read', async () => {
    served.hub.environment('development');
    expect((await ask('repos/get-all-environments')).body).toMatchObject({
      total_count: 1,
      environments: [{ name: 'development' }],
    });
    expect((await ask('repos/get-environment', { environment_name: 'development' })).status).toBe(200);
    expect((await ask('repos/get-environment', { environment_name: 'none' })).status).toBe(404);
  });

  test('variables of the repository are made, changed and removed; names are capitals', async () => {
    const body = { name: 'region', value: 'eu-west-1' };
    expect((await ask('actions/create-repo-variable', {}, { body })).status).toBe(201);
    expect((await ask('actions/create-repo-variable', {}, { body })).status).toBe(409);
    expect((await ask('actions/get-repo-variable', { name: 'Region' })).body).toMatchObject({
      name: 'REGION',
      value: 'eu-west-1',
    });
    const change = { name: 'AWS_REGION', value: 'eu-west-2' };
    expect((await ask('actions/update-repo-variable', { name: 'REGION' }, { body: change })).status).toBe(
      204,
    );
    expect(served.hub.variables).toEqual({ AWS_REGION: 'eu-west-2' });
    expect((await ask('actions/list-repo-variables')).body).toMatchObject({ total_count: 1 });
    expect((await ask('actions/delete-repo-variable', { name: 'aws_region' })).status).toBe(204);
    expect((await ask('actions/delete-repo-variable', { name: 'aws_region' })).status).toBe(404);
    for (const name of ['GITHUB_X', '1ST', 'A-B']) {
      const answer = await ask('actions/create-repo-variable', {}, { body: { name, value: 'x' } });
      expect(answer.status).toBe(422);
    }
  });

  test('variables of an environment are its own', async () => {
    served.hub.environment('development');
    const environment_name = 'development';
    const body = { name: 'CLUSTER', value: 'shop-dev' };
    await ask('actions/create-environment-variable', { environment_name }, { body });
    expect(served.hub.environment('development').variables).toEqual({ CLUSTER: 'shop-dev' });
    const name = 'CLUSTER';
    await ask(
      'actions/update-environment-variable',
      { environment_name, name },
      { body: { value: 'other' } },
    );
    const read = await ask('actions/get-environment-variable', { environment_name, name });
    expect(read.body).toMatchObject({ value: 'other' });
    expect((await ask('actions/list-environment-variables', { environment_name })).body).toMatchObject({
      total_count: 1,
    });
    expect((await ask('actions/delete-environment-variable', { environment_name, name })).status).toBe(204);
    expect((await ask('actions/list-environment-variables', { environment_name: 'none' })).status).toBe(404);
  });
});

test('issues are opened, commented on, closed and found by label', async () => {
  const token = served.token({ issues: 'write' });
  const opened = await ask(
    'issues/create',
    {},
    { token, body: { title: 'The error rate is high', body: 'See the run.', labels: ['incident'] } },
  );
  expect(opened.body).toMatchObject({
    number: 1,
    state: 'open',
    user: { login: 'github-actions[bot]', type: 'Bot' },
  });
  const issue_number = 1;
  await ask('issues/create-comment', { issue_number }, { token, body: { body: 'Rolled back.' } });
  expect((await ask('issues/list-comments', { issue_number })).body).toMatchObject([
    { body: 'Rolled back.' },
  ]);
  const closed = await ask('issues/update', { issue_number }, { token, body: { state: 'closed' } });
  expect(closed.body).toMatchObject({ state: 'closed', state_reason: 'completed', comments: 1 });
  expect((await ask('issues/list-for-repo')).body).toEqual([]);
  const found = await ask('issues/list-for-repo', {}, { query: '?state=all&labels=incident' });
  expect(found.body).toMatchObject([{ number: 1 }]);
  expect((await ask('issues/get', { issue_number })).status).toBe(200);
  expect((await ask('issues/get', { issue_number: 2 })).status).toBe(404);
});

test('the toolkit’s own client works against it, and follows its pages', async () => {
  const token = served.token({ deployments: 'write', actions: 'read', contents: 'read' });
  const octokit = getOctokit(token, { baseUrl: `${served.server.url}/api/v3` });
  for (let number = 1; number <= 3; number += 1) {
    await octokit.rest.repos.createDeployment({
      ...here,
      ref: 'main',
      auto_merge: false,
      required_contexts: [],
      environment: `preview-${number}`,
    });
  }
  const all = await octokit.paginate(octokit.rest.repos.listDeployments, { ...here, per_page: 2 });
  expect(all.map(({ environment }) => environment)).toEqual(['preview-3', 'preview-2', 'preview-1']);
  const { data } = await octokit.rest.repos.compareCommitsWithBasehead({
    ...here,
    basehead: 'main...feature/basket',
  });
  expect(data.status).toBe('diverged');
  await expect(octokit.rest.issues.create({ ...here, title: 'No' })).rejects.toMatchObject({
    status: 403,
    message: expect.stringContaining('Resource not accessible by integration') as string,
  });
});
