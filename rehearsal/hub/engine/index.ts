import { mkdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { GitRepository } from '../git/repository.ts';
import type { Hub } from '../hub.ts';
import type { PullRequest, Run } from '../model.ts';
import { runnerEnvironment } from '../runner/environment.ts';
import type { Runner } from '../runner/order.ts';
import type { ProcessTiming } from '../runner/process.ts';
import { gitHubTiming } from '../runner/process.ts';
import { standIns } from '../stand-ins/index.ts';
import type { ActionBuilder } from './action-store.ts';
import { ActionStore } from './action-store.ts';
import { ConcurrencyGroups } from './concurrency.ts';
import { keptJobs } from './rerun.ts';
import { realWait, type Wait } from './wait.ts';
import type { DispatchRequest, Requests, RunRequest } from './run-requests.ts';
import { createRun, dispatchRequest, pullRequestRequests, pushRequests } from './run-requests.ts';
import type { OpenPullRequest, PullRequestChange, PullRequestEvent } from '../pull-requests.ts';
import { PullRequests } from '../pull-requests.ts';
import { RunExecution } from './run.ts';
import { RunnerSlots } from './runner-slots.ts';
import { SeenRefs } from './seen-refs.ts';
import type { StartableWorkflow } from './startable.ts';
import { startableWorkflows } from './startable.ts';
import type { LocalRepository } from './sources.ts';
import { Sources } from './sources.ts';
import type { PushedRef } from './triggers/push.ts';
import { takeWorkFolder } from './work-folder.ts';
import { resolveInputs } from './workflow/inputs.ts';
import type { LoadedWorkflow } from './workflow/load.ts';
import { loadWorkflow } from './workflow/load.ts';
import type { Inputs } from './workflow/model.ts';

export type { ActionBuilder } from './action-store.ts';
export type { Wait } from './wait.ts';
export type { DispatchRequest } from './run-requests.ts';
export type { LocalRepository } from './sources.ts';
export type { PushedRef } from './triggers/push.ts';

export interface EngineOptions {
  readonly hub: Hub;
  /** What is kept between starts: the tool cache, caches, which refs were seen. */
  readonly stateDirectory: string;
  /** The hub's address, `http://127.0.0.1:4480`. */
  readonly serverUrl: string;
  /** Variables that every job gets, such as AWS_ENDPOINT_URL. */
  readonly environment: Readonly<Record<string, string>>;
  readonly actionBuilder: ActionBuilder;
  /** For what belongs to no job: pushes that start nothing, and why. */
  readonly log: (line: string) => void;
  /** Repositories that stand for others on GitHub, such as this pack for `OWNER/sluice`. */
  readonly repositories?: readonly LocalRepository[];
  readonly jobsAtOnce?: number;
  /** How the wait timers of environments wait. */
  readonly wait?: Wait;
  readonly keepFailed?: boolean;
  readonly timing?: ProcessTiming;
  readonly cancelGraceMs?: number;
  /** The user's environment; a job sees little of it. */
  readonly userEnvironment?: Readonly<Record<string, string | undefined>>;
  readonly now?: () => Date;
}

export interface Engine {
  /** Starts the runs that a moved ref asks for. They go on by themselves; {@link Engine.whenFinished} waits. */
  push(push: PushedRef & { readonly actor: string }): Promise<Run[]>;
  /** Handles what was pushed while no hub was running. */
  catchUp(actor: string): Promise<Run[]>;
  /**
   * Starts a workflow by hand.
   * @throws Error where it is not there, has no `workflow_dispatch`, or does not take these inputs
   */
  dispatch(request: DispatchRequest): Promise<Run>;
  /** Cancels a run; does nothing where it has ended. @returns whether there was something to cancel */
  cancel(runId: number): boolean;
  /** Cancels without asking conditions such as `always()`, and ends what runs at once. @returns as `cancel` */
  forceCancel(runId: number): boolean;
  /** Runs it again as its next attempt. @throws Error where it is unknown or still running */
  rerun(runId: number, options: { readonly failedOnly: boolean; readonly actor?: string }): Promise<void>;
  /** Opens a pull request, and starts what it asks for. @throws PullRequestRefused */
  openPullRequest(request: OpenPullRequest): Promise<PullRequest>;
  /** Edits, closes or opens again. @throws PullRequestRefused where it cannot be */
  changePullRequest(pull: PullRequest, change: PullRequestChange): Promise<PullRequest>;
  /** Merges into the base branch, which is a push to it. @throws PullRequestRefused where it cannot be */
  mergePullRequest(
    pull: PullRequest,
    how: { readonly by: string; readonly head?: string },
  ): Promise<PullRequest>;
  /** The workflows that a branch or tag has and that can be started by hand. */
  startable(ref: string): Promise<StartableWorkflow[]>;
  /** @throws the signal's reason where it is aborted first, Error where the run is unknown */
  whenFinished(runId: number, signal: AbortSignal): Promise<Run>;
  /** Ends every job and its processes, and forgets their folders. */
  stop(): Promise<void>;
}

/** Five minutes: how long steps with `if: always()` have after a cancellation. */
const gitHubCancelGraceMs = 300_000;

export function createEngine(options: EngineOptions): Engine {
  const { hub, log } = options;
  mkdirSync(options.stateDirectory, { recursive: true });
  const git = new GitRepository(hub.repository.gitDirectory);
  const workFolder = takeWorkFolder();
  const now = options.now ?? ((): Date => new Date());
  const sources = new Sources(hub.repository, git, options.repositories ?? []);
  const runner: Runner = {
    hub,
    git,
    serverUrl: options.serverUrl,
    idTokenUrl: `${options.serverUrl}/oidc/token?api-version=2.0`,
    name: os.hostname(),
    environment: {
      ...runnerEnvironment(options.userEnvironment ?? process.env, process.execPath),
      ...options.environment,
    },
    workFolder,
    toolCache: path.join(options.stateDirectory, 'tool-cache'),
    stateDirectory: options.stateDirectory,
    actions: new ActionStore(path.join(workFolder, '_actions'), options.actionBuilder),
    sources,
    standIns,
    timing: options.timing ?? gitHubTiming,
    cancelGraceMs: options.cancelGraceMs ?? gitHubCancelGraceMs,
    keepFailed: options.keepFailed ?? false,
    now,
  };
  const around = {
    runner,
    groups: new ConcurrencyGroups(),
    slots: new RunnerSlots(options.jobsAtOnce ?? 2),
    wait: options.wait ?? realWait,
  };
  const seen = new SeenRefs(path.join(options.stateDirectory, 'seen-refs.json'));
  const executions = new Map<number, { execution: RunExecution; done: Promise<void> }>();
  let stopping = false;

  const requests = { hub, git, serverUrl: options.serverUrl };

  const execute = (execution: RunExecution, inputs: Inputs): void => {
    const { id } = execution.run;
    const done = execution.execute(inputs).finally(() => {
      if (executions.get(id)?.execution === execution) executions.delete(id);
    });
    executions.set(id, { execution, done });
  };

  const load = (run: Run): Promise<LoadedWorkflow> => {
    const repository = `${hub.repository.owner}/${hub.repository.name}`;
    return loadWorkflow({ repository, sha: run.sha, ref: run.ref, git }, run.workflowPath, sources, log);
  };

  const fail = (run: Run, problem: string): Run => {
    run.status = 'completed';
    run.conclusion = 'failure';
    run.problem = problem;
    run.completedAt = now().toISOString();
    hub.saveRun(run);
    log(`${run.workflowName}: ${problem}`);
    return run;
  };

  const start = async (request: RunRequest): Promise<Run> => {
    if (stopping) throw new Error('The hub is stopping, and starts nothing any more.');
    const run = createRun(requests, request, now());
    if (request.problem !== undefined) return fail(run, request.problem);
    // At once, so that a second push does not get the same number.
    hub.saveRun(run);
    try {
      execute(new RunExecution(run, await load(run), around), request.inputs);
      return run;
    } catch (error: unknown) {
      return fail(run, error instanceof Error ? error.message : String(error));
    }
  };

  const saidNever = new Set<string>();
  const startAll = async (found: Requests): Promise<Run[]> => {
    for (const line of found.never ?? []) {
      // Once is enough: the next push has the same workflows.
      if (!saidNever.has(line)) log(line);
      saidNever.add(line);
    }
    if (found.none !== undefined) log(found.none);
    const runs: Run[] = [];
    for (const request of found.requests) runs.push(await start(request));
    return runs;
  };

  const pulls = new PullRequests(hub, git, now);
  const announce = async (event: PullRequestEvent | undefined): Promise<Run[]> =>
    event === undefined ? [] : startAll(await pullRequestRequests(requests, event));

  const push = async (pushed: PushedRef & { readonly actor: string }): Promise<Run[]> => {
    await seen.record([pushed]);
    const runs = await startAll(await pushRequests(requests, pushed));
    for (const event of await pulls.moved(pushed, pushed.actor)) runs.push(...(await announce(event)));
    return runs;
  };

  const end = (runId: number, how: (execution: RunExecution) => void): boolean => {
    const running = executions.get(runId);
    if (running === undefined || running.execution.run.status === 'completed') return false;
    how(running.execution);
    return true;
  };

  return {
    push,

    catchUp: async (actor) => {
      const present = await git.refs();
      // The first start on a repository that is there already takes it as it is.
      if (seen.isNew) {
        await seen.record([...present].map(([ref, after]) => ({ ref, after })));
        return [];
      }
      const runs: Run[] = [];
      for (const missed of seen.missed(present)) runs.push(...(await push({ ...missed, actor })));
      return runs;
    },

    dispatch: async (request) => start(await dispatchRequest(requests, request)),

    openPullRequest: async (request) => {
      const event = await pulls.open(request);
      await announce(event);
      return event.pull;
    },
    changePullRequest: async (pull, change) => {
      await announce(await pulls.change(pull, change));
      return pull;
    },
    mergePullRequest: async (pull, how) => {
      const { pushed, event } = await pulls.merge(pull, how);
      await push({ ...pushed, actor: how.by });
      await announce(event);
      return pull;
    },

    cancel: (runId) => end(runId, (execution) => execution.cancel()),
    forceCancel: (runId) => end(runId, (execution) => execution.kill()),
    startable: (ref) => startableWorkflows(git, ref),

    rerun: async (runId, { failedOnly, actor }) => {
      const run = hub.runs.get(runId);
      if (run === undefined) throw new Error(`There is no run ${runId}.`);
      if (run.status !== 'completed')
        throw new Error(`Run ${runId} is still going on. Cancel it first, or wait.`);
      const loaded = await load(run);
      const read = loaded.workflow.triggers.dispatch;
      const inputs = read === undefined ? {} : resolveInputs(read.inputs, run.inputs, { contexts: {} });
      const kept = failedOnly ? keptJobs(run.jobs) : new Set<string>();
      run.jobs = run.jobs.filter((job) => kept.has(job.key));
      run.attempt += 1;
      if (actor !== undefined) {
        run.triggeringActor = actor;
        hub.meet(actor);
      }
      run.status = 'queued';
      run.startedAt = now().toISOString();
      delete run.conclusion;
      delete run.completedAt;
      delete run.problem;
      hub.saveRun(run);
      execute(new RunExecution(run, loaded, around, kept), inputs);
    },

    whenFinished: (runId, signal) =>
      new Promise((resolve, reject) => {
        const run = hub.runs.get(runId);
        if (run === undefined) return reject(new Error(`There is no run ${runId}.`));
        if (signal.aborted) return reject(signal.reason as Error);
        const settle = (): void => {
          unsubscribe();
          signal.removeEventListener('abort', abort);
        };
        const abort = (): void => {
          settle();
          reject(signal.reason as Error);
        };
        const unsubscribe = hub.onChange((change) => {
          if (change.kind !== 'run' || change.run.id !== runId || change.run.status !== 'completed') return;
          settle();
          resolve(change.run);
        });
        signal.addEventListener('abort', abort, { once: true });
        if (run.status === 'completed') {
          settle();
          resolve(run);
        }
      }),

    stop: async () => {
      stopping = true;
      const running = [...executions.values()];
      for (const { execution } of running) execution.kill();
      await Promise.all(running.map(({ done }) => done));
      await rm(workFolder, { recursive: true, force: true, maxRetries: 3 });
    },
  };
}
