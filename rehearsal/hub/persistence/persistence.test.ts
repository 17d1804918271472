import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { configureEnvironment, unprotected } from '../environments/index.ts';
import { Hub } from '../hub.ts';
import { at, jobOf, runOf, shop } from '../model.fixture.ts';
import type { Run } from '../model.ts';
import { keepOnDisk, type Persistence } from './index.ts';

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(path.join(os.tmpdir(), 'sluice-hub-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

/** A hub as a process has it after its start. */
function start(): { hub: Hub; kept: Persistence } {
  const hub = new Hub(shop);
  const log = (message: string): void => {
    throw new Error(message);
  };
  return { hub, kept: keepOnDisk({ hub, directory, log, now: () => new Date(at) }) };
}

function runIn(hub: Hub, status: 'in_progress' | 'completed'): Run {
  const id = hub.nextId();
  const ended = status === 'completed' ? { conclusion: 'success' as const } : {};
  const run = runOf({ id, status, ...ended });
  hub.saveRun(run);
  const job = jobOf({
    id: hub.nextId(),
    runId: id,
    status,
    ...ended,
    startedAt: at,
    steps: [
      { number: 1, name: 'Set up job', status: 'completed', conclusion: 'success' },
      { number: 2, name: 'Run make', status, startedAt: at },
      { number: 3, name: 'Complete job', status: status === 'completed' ? 'completed' : 'queued' },
    ],
  });
  hub.saveJob(run, job);
  return run;
}

test('records, variables and logs are there after a restart, and numbers go on', () => {
  const first = start();
  const run = runIn(first.hub, 'completed');
  const job = run.jobs[0]!;
  first.hub.log(job.id, { at, step: 2, kind: 'line', text: 'made' });
  first.hub.environment('development').variables.CLUSTER = 'shop-dev';
  first.hub.variables.REGION = 'eu-west-1';
  first.kept.stop();

  const second = start();
  expect(second.kept.notes).toEqual([]);
  expect(second.hub.runs.get(run.id)).toEqual(run);
  expect(second.hub.logOf(job.id)).toEqual([{ at, step: 2, kind: 'line', text: 'made' }]);
  expect(second.hub.environments.get('development')?.variables).toEqual({ CLUSTER: 'shop-dev' });
  expect(second.hub.variables).toEqual({ REGION: 'eu-west-1' });
  expect(second.hub.nextId()).toBe(first.hub.lastId + 1);
  second.kept.stop();
});

test('secrets and tokens are never written', () => {
  const { hub, kept } = start();
  const run = runIn(hub, 'completed');
  hub.secrets.API_KEY = 'canary-of-the-repository';
  hub.environment('production').secrets.KEY = 'canary-of-the-environment';
  const token = 'canary-token';
  hub.tokens.set(token, {
    token,
    idTokenRequest: 'canary-request',
    runId: run.id,
    jobId: 1,
    permissions: {},
    jobWorkflowRef: '',
  });
  hub.saveRun(run);
  kept.stop();
  expect(readFileSync(path.join(directory, 'hub.json'), 'utf8')).not.toContain('canary');
});

test('a run that the hub was stopped in counts as cancelled, and says why', () => {
  const first = start();
  const run = runIn(first.hub, 'in_progress');
  first.hub.saveDeployment({
    id: first.hub.nextId(),
    ref: 'main',
    sha: run.sha,
    task: 'deploy',
    environment: 'development',
    description: null,
    payload: {},
    creator: 'ada',
    createdAt: at,
    updatedAt: at,
    statuses: [
      { id: 99, state: 'in_progress', description: '', environmentUrl: '', logUrl: '', createdAt: at },
    ],
  });
  first.kept.stop();

  const { hub, kept } = start();
  expect(kept.notes).toEqual(['CI #1 was cut off when the hub stopped, and counts as cancelled.']);
  const restored = hub.runs.get(run.id)!;
  expect([restored.status, restored.conclusion, restored.completedAt]).toEqual([
    'completed',
    'cancelled',
    at,
  ]);
  expect(restored.jobs[0]!.steps.map(({ conclusion }) => conclusion)).toEqual([
    'success',
    'cancelled',
    'skipped',
  ]);
  expect(restored.jobs[0]!.annotations).toEqual([
    { level: 'failure', step: 2, message: 'The hub was stopped while this was going on.' },
  ]);
  expect([...hub.deployments.values()][0]!.statuses.map(({ state }) => state)).toEqual([
    'in_progress',
    'error',
  ]);
  kept.stop();
  expect(start().kept.notes).toEqual([]);
});

test.each([
  ['is no JSON', '{"version": 1, "runs": [', 'Expected|Unexpected|JSON'],
  ['is of another version', '{"version": 7}', 'its version is 7, and 1 is known'],
  ['lacks its lists', '{"version": 1}', 'it has no runs'],
])('a snapshot that %s is set aside, and the hub starts empty', (_, text, reason) => {
  const file = path.join(directory, 'hub.json');
  writeFileSync(file, text);
  const { hub, kept } = start();
  expect(kept.notes).toEqual([expect.stringMatching(new RegExp(reason))]);
  expect(kept.notes[0]).toContain(`${file}.damaged`);
  expect(readFileSync(`${file}.damaged`, 'utf8')).toBe(text);
  expect(hub.runs.size).toBe(0);
  kept.stop();
});

test('a log whose last line a crash cut off is read up to there', () => {
  const first = start();
  const job = runIn(first.hub, 'completed').jobs[0]!;
  first.hub.log(job.id, { at, step: 1, kind: 'line', text: 'whole' });
  first.kept.stop();
  const file = path.join(directory, 'logs', `${job.id}.ndjson`);
  writeFileSync(file, `${readFileSync(file, 'utf8')}{"at":"2026-`);
  expect(
    start()
      .hub.logOf(job.id)
      .map(({ text }) => text),
  ).toEqual(['whole']);
});

test('logs of runs that are no longer kept are removed', () => {
  const first = start();
  const job = runIn(first.hub, 'completed').jobs[0]!;
  first.hub.log(job.id, { at, step: 1, kind: 'line', text: 'old' });
  first.kept.stop();
  rmSync(path.join(directory, 'hub.json'));
  expect(start().hub.logOf(job.id)).toEqual([]);
});

test('rules, reviews, releases and people outlive a restart', () => {
  const first = start();
  const rules = { reviewers: ['grace'], preventSelfReview: true, refs: { tags: ['v*'] } };
  const { protection } = configureEnvironment(first.hub, 'production', rules);
  configureEnvironment(first.hub, 'staging', { waitTimer: 5 });
  const run = runIn(first.hub, 'completed');
  const review = { state: 'approved', reviewer: 'grace', comment: '', at, attempt: 1 } as const;
  run.reviews = [{ ...review, environments: ['production'] }];
  first.hub.saveRun(run);
  first.hub.releases.set(9, {
    id: 9,
    tag: 'v1',
    name: 'v1',
    body: '',
    draft: false,
    prerelease: false,
    target: 'main',
    author: 'ada',
    createdAt: at,
    updatedAt: at,
  });
  first.kept.stop();
  const { hub, kept } = start();
  expect(hub.environment('production').protection).toEqual(protection);
  expect(hub.runs.get(run.id)?.reviews).toEqual(run.reviews);
  expect([hub.releases.get(9)?.tag, [...hub.people]]).toEqual(['v1', ['grace']]);
  kept.stop();
  // A snapshot of before there were rules.
  const file = path.join(directory, 'hub.json');
  const old = JSON.parse(readFileSync(file, 'utf8')) as {
    environments: { protection?: unknown }[];
    people?: unknown;
    releases?: unknown;
  };
  for (const environment of old.environments) delete environment.protection;
  delete old.people;
  delete old.releases;
  writeFileSync(file, JSON.stringify(old));
  expect(start().hub.environment('production').protection).toEqual(unprotected);
});
