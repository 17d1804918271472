import {
  configureEnvironment,
  pendingDeployments,
  reviewDeployments,
  type ReviewRequest,
} from '../environments/index.ts';
import type { Job, Run } from '../model.ts';
import type { Rehearsed } from './engine.fixture.ts';
import { conclusions, jobOf, logOf, rehearse } from './engine.fixture.ts';

let shop: Rehearsed;
let timers: { ms: number; run: () => void }[];
beforeEach(async () => {
  timers = [];
  shop = await rehearse({
    wait: (ms, signal) =>
      new Promise((resolve, reject) => {
        timers.push({ ms, run: resolve });
        signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
      }),
  });
});
afterEach(() => shop.end());

const pipeline = (job = ''): Record<string, string> => ({
  '.github/workflows/release.yml': `
name: Release
on: push
jobs:
  deploy:
    runs-on: x
    environment: { name: production, url: 'http://example.org/' }
    ${job}
    steps: [{ run: 'echo "$GITHUB_REF_NAME" >> "$HOME/deployed"' }]
  report:
    needs: deploy
    runs-on: x
    steps: [{ run: 'echo reported' }]
`,
});

/** Resolves once a job is as asked. */
function become(run: Run, key: string, is: (job: Job) => boolean): Promise<void> {
  const holds = (): boolean => run.jobs.some((job) => job.key === key && is(job));
  return new Promise((resolve) => {
    if (holds()) return resolve();
    const stop = shop.hub.onChange(() => {
      if (!holds()) return;
      stop();
      resolve();
    });
  });
}
const waits = (run: Run): Promise<void> => become(run, 'deploy', ({ status }) => status === 'waiting');

async function startedRun(files = pipeline(), ref?: string): Promise<Run> {
  const [run] = await shop.start(files, ref);
  if (run === undefined) throw new Error('Nothing was started.');
  return run;
}

function review(run: Run, given: Partial<ReviewRequest> = {}): void {
  reviewDeployments(shop.hub, {
    runId: run.id,
    environments: ['production'],
    state: 'approved',
    comment: '',
    reviewer: 'grace',
    at: '2026-11-24T12:00:00.000Z',
    ...given,
  });
}

const statesOf = (): string[] =>
  [...shop.hub.deployments.values()].flatMap(({ statuses }) => statuses.map(({ state }) => state));

describe('required reviewers', () => {
  beforeEach(
    () =>
      void configureEnvironment(shop.hub, 'production', {
        reviewers: ['grace', 'Ada'],
        preventSelfReview: true,
      }),
  );

  test('a job waits for one of them, runs once it is approved, and says in between what it waits for', async () => {
    const run = await startedRun();
    await waits(run);
    expect(jobOf(run, 'deploy').waitingFor).toBe('a review by grace or Ada');
    expect(run.status).toBe('waiting');
    expect(statesOf()).toEqual(['waiting']);
    expect(pendingDeployments(shop.hub, run)).toMatchObject([
      { environment: { name: 'production' }, needsReview: true, waitsUntil: undefined },
    ]);
    review(run, { comment: 'Ship it' });
    expect(pendingDeployments(shop.hub, run)).toEqual([]);
    await shop.finished(run);
    expect(conclusions(run)).toEqual({ run: 'success', deploy: 'success', report: 'success' });
    expect(statesOf()).toEqual(['waiting', 'in_progress', 'success']);
    expect(run.reviews).toMatchObject([
      { reviewer: 'grace', state: 'approved', comment: 'Ship it', attempt: 1 },
    ]);
    expect(shop.read('deployed')).toBe('develop\n');
  });

  test('a rejection fails the job with nothing touched, and what needs it is skipped', async () => {
    const run = await startedRun();
    await waits(run);
    review(run, { state: 'rejected', comment: 'Not on a Friday' });
    await shop.finished(run);
    expect(conclusions(run)).toEqual({ run: 'failure', deploy: 'failure', report: 'skipped' });
    expect(jobOf(run, 'deploy').annotations.map(({ message }) => message)).toEqual([
      'grace rejected the deployment to production: Not on a Friday',
      "The deployment was rejected or didn't satisfy other protection rules.",
    ]);
    expect(statesOf()).toEqual(['waiting', 'failure']);
    expect(jobOf(run, 'deploy').steps).toEqual([]);
    expect(() => shop.read('deployed')).toThrow('ENOENT');
  });

  test.each([
    ['the one who pushed', { reviewer: 'ada' }, 'ada started this run, and production prevents self-review.'],
    [
      'somebody else',
      { reviewer: 'mallory' },
      'mallory is not one of the required reviewers of production: grace, Ada.',
    ],
    ['another environment', { environments: ['staging'] }, /run \d+ does not wait for a review of staging\./],
    [
      'one that it waits for and another',
      { environments: ['production', 'staging'] },
      /does not wait for a review of staging/,
    ],
  ])('%s does not get it through', async (_, given, reason) => {
    const run = await startedRun();
    await waits(run);
    expect(() => review(run, given)).toThrow(reason);
    expect(() => review(run, given)).toThrow('There was a problem approving one of the gates');
    expect(jobOf(run, 'deploy').gate?.review).toBe('needed');
    expect(run.reviews).toBeUndefined();
    shop.engine.cancel(run.id);
    await shop.finished(run);
    expect(conclusions(run)).toEqual({ run: 'cancelled', deploy: 'cancelled', report: 'cancelled' });
    expect(() => review(run)).toThrow('does not wait for a review');
  });

  test('whoever starts an attempt may not approve that one, and each attempt asks anew', async () => {
    const run = await startedRun();
    await waits(run);
    review(run, { state: 'rejected' });
    await shop.finished(run);
    await shop.engine.rerun(run.id, { failedOnly: true, actor: 'grace' });
    await waits(run);
    expect(() => review(run)).toThrow('grace started this run');
    review(run, { reviewer: 'ADA' });
    await shop.finished(run);
    expect(run.conclusion).toBe('success');
    expect(run.reviews?.map(({ attempt, reviewer }) => [attempt, reviewer])).toEqual([
      [1, 'grace'],
      [2, 'ADA'],
    ]);
  });

  test('who waits for a review keeps the concurrency group, as on GitHub', async () => {
    const files = pipeline('concurrency: { group: production, queue: max }');
    const first = await startedRun(files);
    await waits(first);
    const second = await startedRun({});
    await become(second, 'deploy', ({ status }) => status === 'pending');
    expect(pendingDeployments(shop.hub, second)).toEqual([]);
    review(first, { state: 'rejected' });
    await shop.finished(first);
    await waits(second);
    review(second);
    expect((await shop.finished(second)).conclusion).toBe('success');
  });
});

test('self-review is allowed where nothing forbids it', async () => {
  configureEnvironment(shop.hub, 'production', { reviewers: ['ada'] });
  const run = await startedRun();
  await waits(run);
  review(run, { reviewer: 'ada' });
  expect((await shop.finished(run)).conclusion).toBe('success');
});

test('a wait timer and a review are waited for at once, and both have to be over', async () => {
  configureEnvironment(shop.hub, 'production', { reviewers: ['grace'], waitTimer: 30 });
  const run = await startedRun();
  await waits(run);
  expect(timers.map(({ ms }) => ms)).toEqual([1_800_000]);
  const { gate } = jobOf(run, 'deploy');
  expect(Date.parse(gate?.waitsUntil ?? '') - Date.parse(gate?.since ?? '')).toBe(1_800_000);
  review(run);
  await become(run, 'deploy', ({ waitingFor }) => waitingFor === 'a timer of 30 minutes');
  timers[0]?.run();
  expect((await shop.finished(run)).conclusion).toBe('success');
});

test('a rejection does not wait for the timer, nor does a cancellation', async () => {
  configureEnvironment(shop.hub, 'production', { reviewers: ['grace'], waitTimer: 30 });
  const rejected = await startedRun();
  await waits(rejected);
  review(rejected, { state: 'rejected' });
  expect((await shop.finished(rejected)).conclusion).toBe('failure');
  configureEnvironment(shop.hub, 'production', { waitTimer: 1 });
  const cancelled = await startedRun({});
  await waits(cancelled);
  expect(jobOf(cancelled, 'deploy').waitingFor).toBe('a timer of one minute');
  shop.engine.cancel(cancelled.id);
  expect((await shop.finished(cancelled)).conclusion).toBe('cancelled');
});

test.each([
  [
    'refs/heads/develop',
    'Branch "develop" is not allowed to deploy to production due to environment protection rules.',
  ],
  [
    'refs/tags/1.0.0',
    'Tag "1.0.0" is not allowed to deploy to production due to environment protection rules.',
  ],
])('%s is refused before the job starts, and nobody is asked', async (ref, message) => {
  configureEnvironment(shop.hub, 'production', {
    reviewers: ['grace'],
    refs: { branches: ['main', 'release/*'], tags: ['v*.*.*'] },
  });
  const run = await shop.finished(await startedRun(pipeline(), ref));
  expect(conclusions(run)).toEqual({ run: 'failure', deploy: 'failure', report: 'skipped' });
  expect(logOf(shop, jobOf(run, 'deploy'))).toContain(message);
  expect(shop.hub.deployments.size).toBe(0);
});

test.each(['refs/heads/main', 'refs/heads/release/1', 'refs/tags/v1.2.3'])('%s may deploy', async (ref) => {
  configureEnvironment(shop.hub, 'production', {
    refs: { branches: ['main', 'release/*'], tags: ['v*.*.*'] },
  });
  const run = await shop.finished(await startedRun(pipeline(), ref));
  expect(run.conclusion).toBe('success');
});

test('force-cancelling ends a job that `always()` would keep', async () => {
  const run = await startedRun({
    '.github/workflows/release.yml': `
on: push
jobs:
  stuck:
    runs-on: x
    if: always()
    steps: [{ run: 'echo up; while true; do sleep 0.05; done' }]
`,
  });
  await become(run, 'stuck', ({ status }) => status === 'in_progress');
  expect(shop.engine.forceCancel(run.id)).toBe(true);
  expect((await shop.finished(run)).conclusion).toBe('cancelled');
  expect(shop.engine.forceCancel(run.id)).toBe(false);
});

test('a success retires what was deployed before, and not what an API client marked as of production', async () => {
  await shop.push(pipeline());
  const [first] = shop.hub.deployments.values();
  shop.hub.saveDeployment({
    ...first!,
    id: shop.hub.nextId(),
    production: true,
    statuses: [...first!.statuses],
  });
  await shop.push({});
  expect([...shop.hub.deployments.values()].map(({ statuses }) => statuses.at(-1)?.state)).toEqual([
    'inactive',
    'success',
    'success',
  ]);
});

test('force-cancelling, and the hub’s own end, do not wait for a reviewer', async () => {
  configureEnvironment(shop.hub, 'production', { reviewers: ['grace'] });
  const first = await startedRun(pipeline('if: always()'));
  await waits(first);
  // GitHub asks the condition again, and the job stays.
  shop.engine.cancel(first.id);
  expect(jobOf(first, 'deploy').status).toBe('waiting');
  shop.engine.forceCancel(first.id);
  await shop.finished(first);
  expect(conclusions(first)).toEqual({ run: 'cancelled', deploy: 'cancelled', report: 'cancelled' });
  const second = await startedRun({});
  await waits(second);
  await shop.engine.stop();
  expect(jobOf(second, 'deploy').conclusion).toBe('cancelled');
});

test('what can be started by hand is told with its inputs, and the attempt with who asked for it', async () => {
  await shop.push({
    '.github/workflows/rollback.yml': `
name: Roll back
on:
  workflow_dispatch:
    inputs:
      release: { description: Which release, required: true }
      strategy: { type: choice, options: [canary, linear], default: linear }
      force: { type: boolean, default: false }
      percent: { type: number, default: 10 }
      where: { type: environment }
jobs:
  go: { runs-on: x, steps: [{ run: 'echo "\${{ github.actor }} \${{ github.triggering_actor }} \${{ inputs.release }}"' }] }
`,
    '.github/workflows/ci.yml': 'on: pull_request\njobs: { a: { runs-on: x, steps: [{ run: "true" }] } }\n',
    '.github/workflows/broken.yml': 'on: [\n',
  });
  const none = { description: '', required: false, default: '', options: [] };
  expect(await shop.engine.startable('develop')).toEqual([
    {
      path: '.github/workflows/rollback.yml',
      name: 'Roll back',
      inputs: [
        { ...none, name: 'release', type: 'string', description: 'Which release', required: true },
        { ...none, name: 'strategy', type: 'choice', options: ['canary', 'linear'], default: 'linear' },
        { ...none, name: 'force', type: 'boolean', default: 'false' },
        { ...none, name: 'percent', type: 'number', default: '10' },
        { ...none, name: 'where', type: 'environment' },
      ],
    },
  ]);
  expect(await shop.engine.startable('nowhere')).toEqual([]);
  const run = await shop.engine.dispatch({
    workflow: 'rollback.yml',
    ref: 'develop',
    inputs: { release: 'v1.0.0' },
    actor: 'ada',
  });
  await shop.finished(run);
  await shop.engine.rerun(run.id, { failedOnly: false, actor: 'github-actions[bot]' });
  await shop.finished(run);
  await shop.engine.rerun(run.id, { failedOnly: false, actor: 'grace' });
  await shop.finished(run);
  expect(logOf(shop, jobOf(run, 'go'))).toContain('ada grace v1.0.0');
  // The bot that jobs act as is nobody who could be chosen.
  expect([...shop.hub.people].sort()).toEqual(['ada', 'grace']);
});
