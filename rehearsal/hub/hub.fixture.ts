import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { loadConfig } from '../../src/config/index.ts';
import { commitGraph } from './git/commit-graph.ts';
import { createBareRepository, gitEnvironment, GitRepository } from './git/repository.ts';
import { Hub } from './hub.ts';
import { at, jobOf, runOf, shop } from './model.fixture.ts';
import type { Deployment, Job, Permissions, PullRequest, Run } from './model.ts';
import {
  PullRequestRefused,
  PullRequests,
  type OpenPullRequest,
  type PullRequestChange,
} from './pull-requests.ts';
import type { RunControl, StartableWorkflow } from './rest/index.ts';
import type { TrafficSource } from './traffic.ts';
import { startHubServer, type HubServer, type PushHandler } from './server.ts';

export { at };

/** A hub's server over a small repository, for tests: without an engine, the records are put in by hand. */
export interface ServedHub {
  readonly hub: Hub;
  readonly server: HubServer;
  /** Commits on `main`, oldest first; `develop` has one more. `v1.0.0` is an annotated tag of the first. */
  readonly shas: { readonly first: string; readonly second: string; readonly develop: string };
  readonly control: RunControl & { readonly asked: string[] };
  readonly folder: string;
  /** As a crash and a restart of the hub look from outside: the records stay. */
  stopServer(): Promise<void>;
  startServer(): Promise<void>;
  /** A job's token with the permissions. */
  token(permissions: Permissions, environment?: string): string;
  stop(): Promise<void>;
}

/** The servers of a test file only read the repository, so that they can share one. */
let shared: ReturnType<typeof repositoryIn> | undefined;
const sharedFolder = mkdtempSync(path.join(os.tmpdir(), 'sluice-hub-git-'));
afterAll(() => rmSync(sharedFolder, { recursive: true, force: true }));

/** What can be started by hand: one workflow with an input of every type. */
const startable: readonly StartableWorkflow[] = [
  {
    path: '.github/workflows/rollback.yml',
    name: 'Rollback',
    inputs: [
      {
        name: 'environment',
        description: 'Where',
        type: 'environment',
        required: true,
        default: 'production',
        options: [],
      },
      {
        name: 'release',
        description: 'Which release',
        type: 'string',
        required: true,
        default: '',
        options: [],
      },
      {
        name: 'strategy',
        description: '',
        type: 'choice',
        required: false,
        default: 'canary',
        options: ['blue-green', 'canary'],
      },
      {
        name: 'percent',
        description: 'The first step',
        type: 'number',
        required: false,
        default: '10',
        options: [],
      },
      {
        name: 'force',
        description: 'Even where it failed before',
        type: 'boolean',
        required: false,
        default: 'false',
        options: [],
      },
    ],
  },
];

export async function serveHub(
  options: {
    readonly immutableSubject?: boolean;
    readonly folder?: string;
    /** A sluice.yml for the front page. */
    readonly config?: string;
    readonly traffic?: TrafficSource;
  } = {},
): Promise<ServedHub> {
  const folder = options.folder ?? mkdtempSync(path.join(os.tmpdir(), 'sluice-hub-'));
  const { gitDirectory, shas } = await (shared ??= repositoryIn(sharedFolder));
  const hub = new Hub({ ...shop, gitDirectory });
  hub.reserveIds(2000);
  const asked: string[] = [];
  const pulls = new PullRequests(hub, new GitRepository(gitDirectory), () => new Date(at));
  const control = {
    asked,
    cancel: (runId: number) => {
      asked.push(`cancel ${runId}`);
      return hub.runs.get(runId)?.status !== 'completed';
    },
    forceCancel: (runId: number) => {
      asked.push(`force-cancel ${runId}`);
      return hub.runs.get(runId)?.status !== 'completed';
    },
    startable: () => Promise.resolve(startable),
    rerun: (runId: number, { failedOnly, actor }: Parameters<RunControl['rerun']>[1]) => {
      const how = `${failedOnly ? ' failed only' : ''}${actor === undefined ? '' : ` as ${actor}`}`;
      asked.push(`rerun ${runId}${how}`);
      return Promise.resolve();
    },
    dispatch: (request: Parameters<RunControl['dispatch']>[0]) => {
      asked.push(`dispatch ${request.workflow} ${request.ref} ${JSON.stringify(request.inputs)}`);
      if (request.workflow.endsWith('ci.yml')) {
        return Promise.reject(new Error("Workflow does not have 'workflow_dispatch' trigger"));
      }
      return Promise.resolve(addRun(hub, { event: 'workflow_dispatch', sha: shas.second }));
    },
    openPullRequest: async (request: OpenPullRequest) => (await pulls.open(request)).pull,
    changePullRequest: async (pull: PullRequest, change: PullRequestChange) => {
      await pulls.change(pull, change);
      return pull;
    },
    mergePullRequest: (pull: PullRequest, { by, head }: { readonly by: string; readonly head?: string }) => {
      asked.push(`merge ${pull.number} as ${by}`);
      if (head !== undefined && head !== pull.headSha) {
        return Promise.reject(new PullRequestRefused('Head branch was modified.', 'head'));
      }
      pull.merged = { at, by, commit: shas.second };
      return Promise.resolve(pull);
    },
  };
  const config = options.config === undefined ? undefined : await loadConfig(options.config);
  const start = (port: number): Promise<HubServer> =>
    startHubServer({
      hub,
      port,
      stateDirectory: path.join(folder, 'state'),
      commits: commitGraph(new GitRepository(gitDirectory)),
      ...(options.immutableSubject === undefined ? {} : { immutableSubject: options.immutableSubject }),
      config: () => Promise.resolve(config?.ok === true ? config.config : undefined),
      driver: () => 'process',
      ...(options.traffic === undefined ? {} : { traffic: options.traffic }),
      log: (message) => {
        throw new Error(message);
      },
    });
  const push: PushHandler = (_, response) => {
    response.writeHead(200).end('pushed');
    return Promise.resolve();
  };
  let server = await start(0);
  server.attach(control, push);
  let number = 0;
  return {
    hub,
    get server() {
      return server;
    },
    shas,
    control,
    stopServer: () => server.stop(),
    startServer: async () => {
      server = await start(Number(new URL(server.url).port));
      server.attach(control, push);
    },
    folder,
    token: (permissions, environment) => {
      const run = [...hub.runs.values()][0] ?? addRun(hub, { sha: shas.first });
      const token = `ghs_${(number += 1)}`;
      hub.tokens.set(token, {
        token,
        idTokenRequest: `request-${number}`,
        runId: run.id,
        jobId: run.jobs[0]?.id ?? 0,
        permissions,
        ...(environment === undefined ? {} : { environment }),
        jobWorkflowRef: 'rehearsal/shop/.github/workflows/development.yml@refs/heads/main',
      });
      return token;
    },
    stop: async () => {
      await server.stop();
      if (options.folder === undefined) rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function repositoryIn(folder: string): Promise<{ gitDirectory: string; shas: ServedHub['shas'] }> {
  const gitDirectory = path.join(folder, 'shop.git');
  const work = path.join(folder, 'work');
  await createBareRepository(gitDirectory);
  mkdirSync(path.join(work, '.github/workflows'), { recursive: true });
  const env = {
    ...gitEnvironment(),
    GIT_AUTHOR_NAME: 'Ada',
    GIT_AUTHOR_EMAIL: 'ada@example.org',
    GIT_COMMITTER_NAME: 'Ada',
    GIT_COMMITTER_EMAIL: 'ada@example.org',
  };
  const git = (...args: string[]): string =>
    execFileSync('git', ['-C', work, ...args], { encoding: 'utf8', env }).trim();
  git('init', '--quiet', '--initial-branch=main');
  writeFileSync(path.join(work, '.github/workflows/deploy.yml'), 'on: workflow_dispatch\n');
  git('add', '--all');
  git('commit', '--quiet', '-m', 'Begin');
  const first = git('rev-parse', 'HEAD');
  git('tag', '--annotate', 'v1.0.0', '-m', 'The first');
  git('commit', '--quiet', '--allow-empty', '-m', 'Go on');
  const second = git('rev-parse', 'HEAD');
  git('switch', '--quiet', '--create', 'feature/basket', first);
  git('commit', '--quiet', '--allow-empty', '-m', 'Add a basket\n\nWith room for all.');
  const develop = git('rev-parse', 'HEAD');
  git('branch', 'develop');
  git('push', '--quiet', gitDirectory, '--all');
  git('push', '--quiet', gitDirectory, '--tags');
  return { gitDirectory, shas: { first, second, develop } };
}

/** A finished run with one job of two steps, but for what is given. */
export function addRun(hub: Hub, given: Partial<Run> & { readonly sha: string }): Run {
  const ended = { status: 'completed', conclusion: 'success', startedAt: at, completedAt: at } as const;
  const run = runOf({ id: hub.nextId(), number: hub.runs.size + 1, ...ended, ...given });
  hub.saveRun(run);
  if (run.jobs.length === 0) addJob(hub, run, {});
  return run;
}

export function addJob(hub: Hub, run: Run, given: Partial<Job>): Job {
  const ended = { status: 'completed', conclusion: 'success', startedAt: at, completedAt: at } as const;
  const job = jobOf({
    id: hub.nextId(),
    runId: run.id,
    attempt: run.attempt,
    ...ended,
    steps: ['Set up job', 'Run make'].map((name, index) => ({ number: index + 1, name, ...ended })),
    ...given,
  });
  hub.saveJob(run, job);
  return job;
}

export function addDeployment(hub: Hub, given: Partial<Deployment> & { readonly sha: string }): Deployment {
  const deployment: Deployment = {
    id: hub.nextId(),
    ref: 'main',
    task: 'deploy',
    environment: 'development',
    description: null,
    payload: {},
    creator: 'github-actions[bot]',
    createdAt: at,
    updatedAt: at,
    statuses: [],
    ...given,
  };
  hub.saveDeployment(deployment);
  return deployment;
}
