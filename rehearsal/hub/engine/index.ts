import { mkdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { GitRepository, noCommit } from '../git/repository.ts';
import type { Hub } from '../hub.ts';
import type { Run } from '../model.ts';
import { runnerEnvironment } from '../runner/environment.ts';
import type { Runner } from '../runner/order.ts';
import type { ProcessTiming } from '../runner/process.ts';
import { gitHubTiming } from '../runner/process.ts';
import { standIns } from '../stand-ins/index.ts';
import type { ActionBuilder } from './action-store.ts';
import { ActionStore } from './action-store.ts';
import { ConcurrencyGroups } from './concurrency.ts';
import { toText } from './expressions/evaluate.ts';
import { evaluateString } from './expressions/template.ts';
import { githubContext } from './github-context.ts';
import { keptJobs } from './rerun.ts';
import type { Protection } from './run.ts';
import { RunExecution } from './run.ts';
import { RunnerSlots } from './runner-slots.ts';
import { SeenRefs } from './seen-refs.ts';
import type { LocalRepository, Source } from './sources.ts';
import { Sources } from './sources.ts';
import { pushPayload, repositoryPayload } from './triggers/payload.ts';
import type { PushedRef } from './triggers/push.ts';
import { pushStarts, skipMark } from './triggers/push.ts';
import { takeWorkFolder } from './work-folder.ts';
import { resolveInputs } from './workflow/inputs.ts';
import type { LoadedWorkflow } from './workflow/load.ts';
import { loadWorkflow } from './workflow/load.ts';
import type { Inputs, Workflow } from './workflow/model.ts';
import { readWorkflow } from './workflow/read.ts';

export type { ActionBuilder } from './action-store.ts';
export type { Protection } from './run.ts';
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
  readonly protection?: Protection;
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
  dispatch(request: {
    /** Its file: `rollback.yml` or `.github/workflows/rollback.yml`. */
    readonly workflow: string;
    /** A branch or tag, short or in full. */
    readonly ref: string;
    readonly inputs: Readonly<Record<string, string>>;
    readonly actor: string;
  }): Promise<Run>;
  /** Cancels a run; does nothing where it has ended. @returns whether there was something to cancel */
  cancel(runId: number): boolean;
  /** Runs it again as its next attempt. @throws Error where it is unknown or still running */
  rerun(runId: number, options: { readonly failedOnly: boolean }): Promise<void>;
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
    protection: options.protection ?? (() => Promise.resolve('approved' as const)),
  };
  const seen = new SeenRefs(path.join(options.stateDirectory, 'seen-refs.json'));
  const executions = new Map<number, { execution: RunExecution; done: Promise<void> }>();
  let stopping = false;

  const execute = (execution: RunExecution, inputs: Inputs): void => {
    const { id } = execution.run;
    const done = execution.execute(inputs).finally(() => {
      if (executions.get(id)?.execution === execution) executions.delete(id);
    });
    executions.set(id, { execution, done });
  };

  const sourceAt = (sha: string, ref: string): Source => ({
    repository: `${hub.repository.owner}/${hub.repository.name}`,
    sha,
    ref,
    git,
  });

  const createRun = (
    workflow: Pick<Workflow, 'path' | 'name'>,
    event: Pick<Run, 'event' | 'ref' | 'sha' | 'actor' | 'inputs' | 'payload' | 'displayTitle'>,
  ): Run => {
    const earlier = [...hub.runs.values()].filter((run) => run.workflowPath === workflow.path);
    return {
      id: hub.nextId(),
      number: Math.max(0, ...earlier.map((run) => run.number)) + 1,
      attempt: 1,
      workflowPath: workflow.path,
      workflowName: workflow.name,
      ...event,
      status: 'queued',
      createdAt: now().toISOString(),
      jobs: [],
      artifacts: [],
    };
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

  const load = (run: Run): Promise<LoadedWorkflow> =>
    loadWorkflow(sourceAt(run.sha, run.ref), run.workflowPath, sources);

  const start = async (run: Run, inputs: Inputs): Promise<Run> => {
    if (stopping) throw new Error('The hub is stopping.');
    let loaded: LoadedWorkflow;
    try {
      loaded = await load(run);
    } catch (error: unknown) {
      return fail(run, error instanceof Error ? error.message : String(error));
    }
    hub.saveRun(run);
    execute(new RunExecution(run, loaded, around), inputs);
    return run;
  };

  const titleOf = (workflow: Workflow, run: Run, inputs: Inputs): string => {
    if (workflow.runName === undefined) return run.displayTitle;
    const contexts = { github: githubContext(run, hub.repository, { serverUrl: options.serverUrl }), inputs };
    try {
      const title = evaluateString(workflow.runName, {
        contexts: { ...contexts, vars: hub.variables },
      }).trim();
      return title === '' ? run.displayTitle : title;
    } catch {
      return run.displayTitle;
    }
  };

  const push = async (pushed: PushedRef & { readonly actor: string }): Promise<Run[]> => {
    await seen.record([pushed]);
    if (pushed.after === noCommit) return [];
    const sha = await git.commit(pushed.after);
    if (sha === undefined) return [];
    const [head] = await git.commits(noCommit, sha, 1);
    const mark = skipMark(head?.message ?? '');
    if (mark !== undefined) {
      log(`${pushed.ref} at ${sha.slice(0, 7)} starts no workflow: its commit message says ${mark}.`);
      return [];
    }
    const payload = await pushPayload(git, hub.repository, pushed, {
      actor: pushed.actor,
      serverUrl: options.serverUrl,
    });
    const changedFiles = await git.changedFiles(pushed.before, sha, hub.repository.defaultBranch);
    const displayTitle = (head?.message ?? sha).split('\n', 1)[0] ?? sha;
    const event = {
      event: 'push' as const,
      ref: pushed.ref,
      sha,
      actor: pushed.actor,
      inputs: {},
      payload,
      displayTitle,
    };
    const runs: Run[] = [];
    for (const file of await workflowFiles(git, sha)) {
      const read = await readWorkflow({ name: file, content: (await git.readFile(sha, file)) ?? '' });
      if (!read.ok) {
        runs.push(fail(createRun({ path: file, name: file }, event), read.problems.join('\n')));
        continue;
      }
      const filter = read.value.triggers.push;
      if (filter === undefined) continue;
      try {
        if (!pushStarts(filter, { ref: pushed.ref, changedFiles })) continue;
      } catch (error: unknown) {
        const problem = `${file}: a filter of \`on: push\` is not a pattern: ${error instanceof Error ? error.message : String(error)}`;
        runs.push(fail(createRun(read.value, event), problem));
        continue;
      }
      const run = createRun(read.value, event);
      runs.push(await start({ ...run, displayTitle: titleOf(read.value, run, {}) }, {}));
    }
    if (runs.length === 0) log(`${pushed.ref} at ${sha.slice(0, 7)} starts no workflow.`);
    return runs;
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

    dispatch: async (request) => {
      const ref = await fullRef(git, request.ref);
      const sha = ref === undefined ? undefined : await git.commit(ref);
      if (ref === undefined || sha === undefined) throw new Error(`No ref found for: ${request.ref}`);
      const file = request.workflow.includes('/')
        ? request.workflow
        : `.github/workflows/${request.workflow}`;
      const content = await git.readFile(sha, file);
      if (content === undefined) throw new Error(`${file} is not in the repository at ${request.ref}.`);
      const read = await readWorkflow({ name: file, content });
      if (!read.ok) throw new Error(read.problems.join('\n'));
      const { dispatch, schedule } = read.value.triggers;
      if (dispatch === undefined && schedule === undefined) {
        throw new Error(`${file} has neither a 'workflow_dispatch' nor a 'schedule' trigger.`);
      }
      const inputs = resolveInputs(dispatch?.inputs ?? [], request.inputs, { contexts: {} });
      const texts = Object.fromEntries(Object.entries(inputs).map(([name, value]) => [name, toText(value)]));
      const run = createRun(read.value, {
        event: dispatch === undefined ? 'schedule' : 'workflow_dispatch',
        ref,
        sha,
        actor: request.actor,
        inputs: texts,
        displayTitle: read.value.name,
        payload: {
          ...(dispatch === undefined ? { schedule: schedule?.[0] ?? '' } : { inputs: texts }),
          ref,
          workflow: file,
          repository: repositoryPayload(hub.repository, options.serverUrl),
          sender: { login: request.actor, id: 1, type: 'User' },
        },
      });
      return start({ ...run, displayTitle: titleOf(read.value, run, inputs) }, inputs);
    },

    cancel: (runId) => {
      const running = executions.get(runId);
      if (running === undefined || running.execution.run.status === 'completed') return false;
      running.execution.cancel();
      return true;
    },

    rerun: async (runId, { failedOnly }) => {
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

async function workflowFiles(git: GitRepository, sha: string): Promise<string[]> {
  const files = await git.listFiles(sha, '.github/workflows');
  return files.filter((file) => /\.ya?ml$/.test(file)).sort();
}

async function fullRef(git: GitRepository, ref: string): Promise<string | undefined> {
  const refs = await git.refs();
  return [ref, `refs/heads/${ref}`, `refs/tags/${ref}`].find((candidate) => refs.has(candidate));
}
