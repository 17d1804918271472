import type { PullRequest, Run } from '../model.ts';
import type { Rehearsed } from './engine.fixture.ts';
import { jobOf, logOf, rehearse } from './engine.fixture.ts';

let shop: Rehearsed;
beforeEach(async () => {
  shop = await rehearse();
});
afterEach(() => shop.end());

const workflow = (on: string): Record<string, string> => ({
  '.github/workflows/check.yml': `
name: Check
on:
  pull_request: ${on}
jobs:
  look:
    runs-on: x
    steps:
      - uses: actions/checkout@v4
      - run: |
          echo "$GITHUB_EVENT_NAME $GITHUB_REF $GITHUB_REF_NAME $GITHUB_REF_TYPE"
          echo "from $GITHUB_HEAD_REF to $GITHUB_BASE_REF"
          echo "has $(cat base.txt) $(cat head.txt)"
      - run: echo "\${{ github.event.action }} \${{ github.event.number }} \${{ github.event.pull_request.head.sha }}"
`,
});

/** `main` with a workflow, and `feature` with one commit more. */
async function branches(on = '{}'): Promise<void> {
  await shop.push({ ...workflow(on), 'base.txt': 'old' }, 'refs/heads/main');
  await shop.push({ 'head.txt': 'new' }, 'refs/heads/feature');
}

function open(change: { readonly actor?: string } = {}): Promise<PullRequest> {
  return shop.engine.openPullRequest({
    title: 'Say it better',
    body: '',
    draft: false,
    head: 'feature',
    base: 'main',
    actor: change.actor ?? 'ada',
  });
}

const runsOf = (): Run[] => [...shop.hub.runs.values()].filter((run) => run.event === 'pull_request');

test('an opened pull request runs on what merging it would give', async () => {
  await branches();
  const pull = await open();
  const [run] = runsOf();
  await shop.finished(run!);
  const log = logOf(shop, jobOf(run, 'look'));
  expect(log).toContain('pull_request refs/pull/1/merge 1/merge branch');
  expect(log).toContain('from feature to main');
  expect(log).toContain('has old new');
  expect(log).toContain(`opened 1 ${shop.git('rev-parse', 'HEAD').trim()}`);
  expect(run).toMatchObject({
    displayTitle: 'Say it better',
    conclusion: 'success',
    sha: pull.merge.kind === 'clean' ? pull.merge.commit : '',
    pullRequest: { number: 1, headRef: 'feature', baseRef: 'main', headSha: pull.headSha },
  });
});

test('every push to its branch runs it again, one to its base does not', async () => {
  await branches();
  const pull = await open();
  await Promise.all(runsOf().map((run) => shop.finished(run)));
  const before = pull.headSha;
  await shop.push({ 'head.txt': 'newer' }, 'refs/heads/feature');
  expect(runsOf()).toHaveLength(2);
  expect(runsOf()[1]!.payload).toMatchObject({ action: 'synchronize', before, after: pull.headSha });
  shop.git('checkout', '--quiet', '-B', 'other', 'HEAD~2');
  await shop.push({ 'base.txt': 'changed' }, 'refs/heads/main');
  expect(runsOf()).toHaveLength(2);
  const ls = shop.git('ls-remote', 'rehearsal', 'refs/pull/1/merge');
  expect(ls).toContain(pull.merge.kind === 'clean' ? pull.merge.commit : 'no merge');
  expect(shop.git('ls-remote', 'rehearsal', 'refs/pull/1/head')).toContain(pull.headSha);
});

test('one that conflicts runs nothing until it does not', async () => {
  await branches();
  await shop.push({ 'base.txt': 'mine' }, 'refs/heads/feature');
  shop.git('checkout', '--quiet', '-B', 'other', 'HEAD~2');
  await shop.push({ 'base.txt': 'theirs' }, 'refs/heads/main');
  const pull = await open();
  expect(pull.merge).toEqual({ kind: 'conflict', files: ['base.txt'] });
  expect(runsOf()).toEqual([]);
  shop.git('checkout', '--quiet', '-B', 'again', 'other');
  await shop.push({ 'head.txt': 'new', 'base.txt': 'theirs' }, 'refs/heads/feature');
  expect(pull.merge.kind).toBe('clean');
  expect(runsOf()).toHaveLength(1);
});

test.each([
  ["{ branches: ['release/**'] }", 0],
  ["{ branches-ignore: ['release/**'] }", 1],
  ["{ paths: ['*.txt'] }", 1],
  ["{ paths: ['src/**'] }", 0],
  ["{ paths-ignore: ['head.txt'] }", 0],
  ['{ types: [closed] }', 0],
])('on: pull_request: %s starts %i', async (on, count) => {
  await branches(on);
  await open();
  expect(runsOf()).toHaveLength(count);
});

test('what a job opens starts nothing, and neither does [skip ci]', async () => {
  await branches();
  await open({ actor: 'github-actions[bot]' });
  expect(runsOf()).toEqual([]);
  shop.git('commit', '--quiet', '--allow-empty', '-m', 'Tidy up [skip ci]');
  shop.git('push', '--quiet', 'rehearsal', 'HEAD:refs/heads/feature');
  const after = shop.git('rev-parse', 'HEAD').trim();
  const before = shop.git('rev-parse', 'HEAD~1').trim();
  await shop.engine.push({ ref: 'refs/heads/feature', before, after, actor: 'ada' });
  expect(runsOf()).toEqual([]);
});

test('closed, opened again, merged: the merge is a push to the base branch', async () => {
  await branches('{ types: [reopened, closed] }');
  const pull = await open();
  await shop.engine.changePullRequest(pull, { state: 'closed', actor: 'grace' });
  await shop.engine.changePullRequest(pull, { state: 'open', actor: 'grace' });
  await shop.engine.mergePullRequest(pull, { by: 'grace' });
  expect(runsOf().map(({ payload }) => payload.action)).toEqual(['closed', 'reopened', 'closed']);
  expect(pull).toMatchObject({ state: 'closed', merged: { by: 'grace' } });
  expect(shop.git('ls-remote', 'rehearsal', 'refs/heads/main')).toContain(pull.merged!.commit);
  await expect(shop.engine.changePullRequest(pull, { state: 'open', actor: 'grace' })).rejects.toThrow(
    'It was merged.',
  );
});

test('it is merged where its base branch comes to hold it, and closed where its branch goes', async () => {
  await branches();
  const pull = await open();
  await shop.push({}, 'refs/heads/main');
  expect(pull).toMatchObject({ state: 'closed', merged: { by: 'ada' } });
  await shop.push({ 'head.txt': 'more' }, 'refs/heads/feature');
  const second = await open();
  const before = second.headSha;
  await shop.engine.push({ ref: 'refs/heads/feature', before, after: '0'.repeat(40), actor: 'ada' });
  expect(second.state).toBe('closed');
  expect(second.merged).toBeUndefined();
});

test.each([
  [{ head: 'nowhere' }, 'There is no branch nowhere.'],
  [{ base: 'nowhere' }, 'There is no branch nowhere.'],
  [{ head: 'main' }, 'No commits between main and main'],
])('%j is refused', async (change, reason) => {
  await branches();
  const request = { title: 'T', body: '', draft: false, head: 'feature', base: 'main', actor: 'ada' };
  await expect(shop.engine.openPullRequest({ ...request, ...change })).rejects.toThrow(reason);
});

test('a branch asks once', async () => {
  await branches();
  await open();
  await expect(open()).rejects.toThrow('A pull request already exists for rehearsal:feature.');
});

test('refs/pull is the hub’s own: no push reaches it', async () => {
  await branches();
  expect(() => shop.git('push', '--quiet', 'rehearsal', 'HEAD:refs/pull/7/merge')).toThrow(/deny|hidden/);
});
