import { asking } from './asking.fixture.ts';
import { addRun, serveHub, type ServedHub } from '../hub.fixture.ts';

let served: ServedHub;
const ask = asking(() => served.server);
beforeEach(async () => {
  served = await serveHub();
});
afterEach(() => served.stop());

const feature = { title: 'A basket', head: 'feature/basket', base: 'main', body: 'With **room**.' };

async function opened(): Promise<number> {
  const { status, body } = await ask('pulls/create', {}, { body: feature });
  expect(status).toBe(201);
  return (body as { number: number }).number;
}

describe('pull requests', () => {
  test('one is opened, read, listed, renamed, closed and opened again', async () => {
    const pull_number = await opened();
    expect(await ask('pulls/get', { pull_number })).toMatchObject({
      body: {
        title: 'A basket',
        head: { ref: 'feature/basket', sha: served.shas.develop, label: 'rehearsal:feature/basket' },
        base: { ref: 'main', sha: served.shas.second },
        mergeable: true,
        commits: 1,
        changed_files: 0,
        merged: false,
      },
    });
    expect((await ask('pulls/list')).body).toMatchObject([{ number: pull_number }]);
    expect((await ask('pulls/list', {}, { query: '?head=rehearsal:other' })).body).toEqual([]);
    const title = 'A bigger basket';
    await ask('pulls/update', { pull_number }, { body: { title, state: 'closed' } });
    expect((await ask('pulls/list')).body).toEqual([]);
    expect((await ask('pulls/list', {}, { query: '?state=all' })).body).toMatchObject([{ title }]);
    const again = await ask('pulls/update', { pull_number }, { body: { state: 'open' } });
    expect(again.body).toMatchObject({ state: 'open', closed_at: null });
    expect((await ask('pulls/list-files', { pull_number })).body).toEqual([]);
  });

  test.each([
    [
      { ...feature, head: 'nowhere' },
      { errors: [{ resource: 'PullRequest', field: 'head', code: 'invalid' }] },
    ],
    [
      { ...feature, base: 'nowhere' },
      { errors: [{ resource: 'PullRequest', field: 'base', code: 'invalid' }] },
    ],
    [{ ...feature, head: 'main' }, { errors: [{ message: 'No commits between main and main' }] }],
    [{ ...feature, title: ' ' }, { errors: [{ field: 'title', code: 'missing_field' }] }],
    [{ title: 'T', head: 'feature/basket' }, { message: 'Invalid request.\n\n"base" wasn\'t supplied.' }],
  ])('%j is refused', async (body, answer) => {
    expect(await ask('pulls/create', {}, { body })).toMatchObject({ status: 422, body: answer });
    expect(served.hub.pullRequests.size).toBe(0);
  });

  test('issues and pull requests are numbered together', async () => {
    expect(await opened()).toBe(1);
    const { body } = await ask('issues/create', {}, { body: { title: 'It broke' } });
    expect(body).toMatchObject({ number: 2 });
  });

  test('merging needs the commit that was looked at', async () => {
    const pull_number = await opened();
    const late = await ask('pulls/merge', { pull_number }, { body: { sha: served.shas.first } });
    expect(late.status).toBe(409);
    const squash = await ask('pulls/merge', { pull_number }, { body: { merge_method: 'squash' } });
    expect(squash.status).toBe(405);
    const merged = await ask('pulls/merge', { pull_number }, { body: { sha: served.shas.develop } });
    expect(merged).toMatchObject({ status: 200, body: { merged: true } });
    expect((await ask('pulls/get', { pull_number })).body).toMatchObject({ merged: true });
  });

  test('a job may do what its permissions say', async () => {
    const pull_number = await opened();
    const token = served.token({ 'pull-requests': 'read' });
    expect((await ask('pulls/get', { pull_number }, { token })).status).toBe(200);
    const refused = await ask('pulls/create', {}, { token, body: feature });
    expect(refused.status).toBe(403);
    expect(refused.headers.get('x-accepted-github-permissions')).toBe('pull_requests=write');
  });

  test('runs and checks of a pull request belong to its head, and not to its merge', async () => {
    const number = await opened();
    const headSha = served.shas.develop;
    const run = addRun(served.hub, {
      event: 'pull_request',
      ref: `refs/pull/${number}/merge`,
      sha: served.shas.second,
      pullRequest: { number, headRef: 'feature/basket', baseRef: 'main', headSha },
    });
    const { body } = await ask('actions/get-workflow-run', { run_id: run.id });
    expect(body).toMatchObject({ head_sha: headSha, head_branch: 'feature/basket' });
    const checks = await ask('checks/list-for-ref', { ref: headSha });
    expect(checks.body).toMatchObject({ total_count: 1 });
  });
});

describe('comments', () => {
  test('one is written, found, and changed in its place', async () => {
    const issue_number = await opened();
    const token = served.token({ 'pull-requests': 'write' });
    const { body } = await ask('issues/create-comment', { issue_number }, { token, body: { body: 'One' } });
    const { id: comment_id } = body as { id: number };
    await ask('issues/update-comment', { comment_id }, { token, body: { body: 'Two' } });
    expect((await ask('issues/list-comments', { issue_number }, { token })).body).toMatchObject([
      { id: comment_id, body: 'Two', user: { login: 'github-actions[bot]' } },
    ]);
    const found = await ask('issues/get-comment', { comment_id });
    expect(found.body).toMatchObject({
      body: 'Two',
      html_url: `${served.server.url}/rehearsal/shop/pull/1#comment-${comment_id}`,
    });
    expect((await ask('issues/get-comment', { comment_id: 7 })).status).toBe(404);
  });

  test('a token for pull requests does not reach an issue’s comments', async () => {
    await ask('issues/create', {}, { body: { title: 'It broke' } });
    const token = served.token({ 'pull-requests': 'write' });
    const refused = await ask('issues/create-comment', { issue_number: 1 }, { token, body: { body: 'Hm' } });
    expect(refused.status).toBe(403);
    expect(refused.headers.get('x-accepted-github-permissions')).toBe('issues=write');
  });

  test('one that is too long is refused as on GitHub', async () => {
    const issue_number = await opened();
    const body = { body: 'x'.repeat(65_537) };
    expect(await ask('issues/create-comment', { issue_number }, { body })).toMatchObject({
      status: 422,
      body: { errors: [{ message: 'Body is too long (maximum is 65536 characters)' }] },
    });
  });
});
