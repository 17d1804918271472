import { randomBytes } from 'node:crypto';
import type { Conclusion, Job, JobToken, Run } from '../model.ts';
import type { Runner } from '../runner/order.ts';
import { runJob } from '../runner/job.ts';
import type { ConcurrencyGroups, ConcurrencySetting, Ticket } from './concurrency.ts';
import { EnvironmentDeployment } from './environment-deployment.ts';
import type { Json, Scope } from './expressions/evaluate.ts';
import { evaluateCondition } from './expressions/evaluate.ts';
import { jobStatusFunctions } from './expressions/status.ts';
import {
  evaluateBoolean,
  evaluateString,
  evaluateStrings,
  evaluateTemplate,
} from './expressions/template.ts';
import { githubContext } from './github-context.ts';
import type { Place } from './job-records.ts';
import { below, JobRecords, plannedJobs, top } from './job-records.ts';
import type { RunnerSlots } from './runner-slots.ts';
import { evaluateConcurrency, evaluateEnvironment, evaluateStrategy, jobName } from './strategy.ts';
import { resolveInputs } from './workflow/inputs.ts';
import type { LoadedJob, LoadedWorkflow } from './workflow/load.ts';
import type { Inputs, StepsJob } from './workflow/model.ts';

/** Asked before a job with an environment starts: its protection rules. */
export type Protection = (
  request: { readonly run: Run; readonly job: Job; readonly environment: string },
  signal: AbortSignal,
) => Promise<'approved' | 'rejected'>;

export interface RunSurroundings {
  readonly runner: Runner;
  readonly groups: ConcurrencyGroups;
  readonly slots: RunnerSlots;
  readonly protection: Protection;
}

/** What a job left for those that need it. */
interface JobOutcome {
  readonly result: Conclusion;
  readonly outputs: Readonly<Record<string, string>>;
  /** Its own result and those of all that it needed, by job id. */
  readonly lineage: ReadonlyMap<string, Conclusion>;
}

/** One workflow of a run: the one that was triggered, or one that is called. */
interface WorkflowScope {
  readonly loaded: LoadedWorkflow;
  readonly place: Place;
  readonly inputs: Inputs;
  /** `undefined`: all of the repository's and of the job's environment. */
  readonly secrets: Readonly<Record<string, string>> | undefined;
  /** Concurrency groups that are held around it; to wait for one of them would wait for ever. */
  readonly heldGroups: readonly string[];
  readonly cancelled: AbortSignal;
}

/** One attempt of a run, from its concurrency group to its conclusion. */
export class RunExecution {
  readonly run: Run;
  readonly #loaded: LoadedWorkflow;
  readonly #around: RunSurroundings;
  readonly #records: JobRecords;
  readonly #cancelled = new AbortController();
  readonly #killed = new AbortController();
  readonly #kept: ReadonlySet<string>;
  #problem: string | undefined;

  /** `kept`: keys of jobs whose results of an earlier attempt stand. */
  constructor(
    run: Run,
    loaded: LoadedWorkflow,
    around: RunSurroundings,
    kept: ReadonlySet<string> = new Set(),
  ) {
    this.run = run;
    this.#loaded = loaded;
    this.#around = around;
    this.#kept = kept;
    this.#records = new JobRecords(around.runner.hub, run, around.runner.now);
    this.#records.plan(plannedJobs(loaded).filter((job) => !kept.has(job.key)));
  }

  /** Cancels the run as GitHub does: conditions are asked again, and what need not go on is stopped. */
  cancel(reason?: string): void {
    this.#problem ??= reason;
    this.#cancelled.abort();
  }

  /** Ends everything at once. */
  kill(): void {
    this.#cancelled.abort();
    this.#killed.abort();
  }

  async execute(inputs: Inputs): Promise<void> {
    const { run } = this;
    const { hub, now } = this.#around.runner;
    const scope: WorkflowScope = {
      loaded: this.#loaded,
      place: top,
      inputs,
      secrets: undefined,
      heldGroups: [],
      cancelled: this.#cancelled.signal,
    };
    let conclusion: Conclusion;
    try {
      conclusion = worst([...(await this.#runWorkflow(scope)).values()].map((outcome) => outcome.result));
      if (this.#cancelled.signal.aborted && conclusion === 'success') conclusion = 'cancelled';
    } catch (error: unknown) {
      conclusion = 'failure';
      this.#problem = error instanceof Error ? error.message : String(error);
    }
    for (const job of run.jobs) {
      if (job.status !== 'completed')
        this.#records.complete(job, conclusion === 'failure' ? 'skipped' : 'cancelled');
    }
    if (this.#problem !== undefined) run.problem = this.#problem;
    run.status = 'completed';
    run.conclusion = conclusion;
    run.completedAt = now().toISOString();
    hub.saveRun(run);
  }

  async #runWorkflow(scope: WorkflowScope): Promise<Map<string, JobOutcome>> {
    const setting = evaluateConcurrency(scope.loaded.workflow.concurrency, this.#workflowScope(scope));
    const ticket =
      setting === undefined
        ? undefined
        : this.#enter(setting, `${this.run.workflowName} #${this.run.number}`, scope);
    try {
      if (ticket !== undefined && !(await this.#awaitRunTurn(ticket))) {
        this.cancel(ticket.reason());
      }
      if (this.run.status !== 'in_progress') {
        this.run.status = 'in_progress';
        this.run.startedAt ??= this.#around.runner.now().toISOString();
        this.#around.runner.hub.saveRun(this.run);
      }
      const held =
        setting === undefined ? scope.heldGroups : [...scope.heldGroups, setting.group.toLowerCase()];
      return await this.#runJobs({ ...scope, heldGroups: held });
    } finally {
      ticket?.leave();
    }
  }

  async #awaitRunTurn(ticket: Ticket): Promise<boolean> {
    const { run } = this;
    const before = run.status;
    if (ticket.reason() !== '' && before !== 'in_progress') {
      run.status = 'pending';
      this.#around.runner.hub.saveRun(run);
    }
    return (await this.#turn(ticket, this.#cancelled.signal)) === 'granted';
  }

  async #runJobs(scope: WorkflowScope): Promise<Map<string, JobOutcome>> {
    const outcomes = new Map<string, Promise<JobOutcome>>();
    const outcomeOf = (id: string): Promise<JobOutcome> => {
      const known = outcomes.get(id);
      if (known !== undefined) return known;
      const job = scope.loaded.jobs.find((candidate) => candidate.definition.id === id);
      // The parser has checked that every job that is needed exists, and that none needs itself.
      if (job === undefined) throw new Error(`There is no job ${id}.`);
      const outcome = Promise.all(
        job.definition.needs.map(async (need) => [need, await outcomeOf(need)] as const),
      ).then((needs) => this.#runNode(scope, job, new Map(needs)));
      outcomes.set(id, outcome);
      return outcome;
    };
    const entries = scope.loaded.jobs.map(
      async ({ definition }) => [definition.id, await outcomeOf(definition.id)] as const,
    );
    return new Map(await Promise.all(entries));
  }

  /** A job of the workflow file: its condition, its matrix, and for each combination a job or a called workflow. */
  async #runNode(
    scope: WorkflowScope,
    job: LoadedJob,
    needs: ReadonlyMap<string, JobOutcome>,
  ): Promise<JobOutcome> {
    const { definition } = job;
    const key = scope.place.keyPrefix + definition.id;
    const ancestors = new Map([...needs.values()].flatMap((outcome) => [...outcome.lineage]));
    const finish = (result: Conclusion, outputs: Readonly<Record<string, string>>): JobOutcome => ({
      result,
      outputs,
      lineage: new Map([...ancestors, [definition.id, result]]),
    });
    const kept = this.#keptOutcome(key);
    if (kept !== undefined) return finish('success', kept);

    const nodeScope = this.#nodeScope(scope, needs);
    const holds = (): boolean =>
      evaluateCondition(definition.condition, {
        ...nodeScope,
        functions: jobStatusFunctions({ ancestors, cancelled: scope.cancelled.aborted }),
      });
    try {
      if (this.#killed.signal.aborted || !holds()) {
        const result = scope.cancelled.aborted ? 'cancelled' : 'skipped';
        this.#completePlanned(scope, job, result);
        return finish(result, {});
      }
      const strategy = evaluateStrategy(definition.strategy, nodeScope);
      const stop = new AbortController();
      // The server asks the conditions of running jobs again: `if: always()` is not cancelled.
      const onCancelled = (): void => {
        if (!holds()) stop.abort();
      };
      if (scope.cancelled.aborted) onCancelled();
      else scope.cancelled.addEventListener('abort', onCancelled, { once: true });
      try {
        const results = await inParallel(
          strategy.combinations,
          strategy.maxParallel,
          async (combination, index) => {
            const jobScope: Scope = {
              contexts: {
                ...nodeScope.contexts,
                matrix: combination ?? null,
                strategy: {
                  'fail-fast': strategy.failFast,
                  'job-index': index,
                  'job-total': strategy.combinations.length,
                  'max-parallel': strategy.maxParallel,
                },
              },
            };
            const name = jobName(definition, combination, jobScope);
            const result =
              'called' in job
                ? await this.#call(scope, job, name, jobScope, stop.signal)
                : await this.#runLeaf(scope, { ...job, name, scope: jobScope, stop: stop.signal });
            if (result.result === 'failure' && strategy.failFast && strategy.combinations.length > 1)
              stop.abort();
            return result;
          },
        );
        return finish(
          worst(results.map(({ result }) => result)),
          Object.assign({}, ...results.map(({ outputs }) => outputs)) as Record<string, string>,
        );
      } finally {
        scope.cancelled.removeEventListener('abort', onCancelled);
      }
    } catch (error: unknown) {
      const record = this.#records.take(key, scope.place.namePrefix + definition.id);
      this.#records.annotate(record, 'failure', error instanceof Error ? error.message : String(error));
      this.#records.complete(record, 'failure');
      return finish('failure', {});
    }
  }

  /** A reusable workflow in place of a job. */
  async #call(
    scope: WorkflowScope,
    job: Extract<LoadedJob, { called: LoadedWorkflow }>,
    name: string,
    jobScope: Scope,
    stop: AbortSignal,
  ): Promise<{ result: Conclusion; outputs: Record<string, string> }> {
    const { definition, callee, called } = job;
    const setting = evaluateConcurrency(definition.concurrency, jobScope);
    const ticket = setting === undefined ? undefined : this.#enter(setting, name, scope);
    try {
      if (ticket !== undefined && (await this.#turn(ticket, stop)) !== 'granted')
        return { result: 'cancelled', outputs: {} };
      const given = definition.with === undefined ? {} : evaluateTemplate(definition.with, jobScope);
      const inputs = resolveInputs(callee.inputs, given as Record<string, Json>, jobScope);
      const inherited = this.#secretsOf(scope, undefined);
      const secrets =
        definition.secrets === 'inherit'
          ? scope.secrets
          : evaluateStrings(definition.secrets, {
              ...jobScope,
              contexts: { ...jobScope.contexts, secrets: inherited },
            });
      const inner: WorkflowScope = {
        loaded: called,
        place: below(scope.place, definition, name),
        inputs,
        secrets,
        heldGroups:
          setting === undefined ? scope.heldGroups : [...scope.heldGroups, setting.group.toLowerCase()],
        cancelled: stop,
      };
      const outcomes = await this.#runWorkflow(inner);
      const jobs = Object.fromEntries(
        [...outcomes].map(([id, { result, outputs }]) => [id, { result, outputs }]),
      );
      const outputScope: Scope = { contexts: { ...this.#workflowScope(inner).contexts, jobs } };
      const outputs = Object.fromEntries(
        callee.outputs.map((output) => [output.name, evaluateString(output.value, outputScope)]),
      );
      return { result: worst([...outcomes.values()].map(({ result }) => result)), outputs };
    } finally {
      ticket?.leave();
    }
  }

  /** A job with steps: its concurrency group, its environment, a place on the machine, and then the job itself. */
  async #runLeaf(
    scope: WorkflowScope,
    job: {
      readonly definition: StepsJob;
      readonly permissions: LoadedJob['permissions'];
      readonly name: string;
      readonly scope: Scope;
      readonly stop: AbortSignal;
    },
  ): Promise<{ result: Conclusion; outputs: Readonly<Record<string, string>> }> {
    const { definition, stop } = job;
    const { runner, slots, protection } = this.#around;
    const record = this.#records.take(
      scope.place.keyPrefix + definition.id,
      scope.place.namePrefix + job.name,
    );
    const end = (result: Conclusion): { result: Conclusion; outputs: Record<string, string> } => {
      this.#records.complete(record, result);
      return { result, outputs: {} };
    };
    const cancelledByGroup = new AbortController();
    let ticket: Ticket | undefined;
    let release: (() => void) | undefined;
    try {
      const setting = evaluateConcurrency(definition.concurrency, job.scope);
      if (setting !== undefined) {
        if (scope.heldGroups.includes(setting.group.toLowerCase())) {
          this.#records.annotate(
            record,
            'failure',
            `Canceling since a deadlock for concurrency group '${setting.group}' was detected between 'top level workflow' and '${definition.id}'`,
          );
          return end('cancelled');
        }
        ticket = this.#around.groups.enter(setting, {
          title: `${this.run.workflowName} #${this.run.number} (${record.name})`,
          cancel: (reason) => {
            this.#records.annotate(record, 'failure', reason);
            cancelledByGroup.abort();
          },
        });
        if (ticket.reason() !== '') this.#records.wait(record, 'pending', ticket.reason());
        if ((await this.#turn(ticket, stop)) !== 'granted') {
          if (ticket.reason() !== '' && !stop.aborted)
            this.#records.annotate(record, 'failure', ticket.reason());
          return end('cancelled');
        }
      }
      const environment = evaluateEnvironment(definition.environment, job.scope);
      if (environment !== undefined) {
        record.environment = { name: environment.name };
        runner.hub.environment(environment.name);
        const verdict = await protection({ run: this.run, job: record, environment: environment.name }, stop);
        if (stop.aborted) return end('cancelled');
        if (verdict === 'rejected') return end('failure');
      }
      this.#records.queue(record);
      release = await slots.take(stop);
      if (release === undefined) return end('cancelled');
      const cancelled = AbortSignal.any([stop, cancelledByGroup.signal]);
      return await this.#execute(scope, job, record, environment, cancelled);
    } catch (error: unknown) {
      this.#records.annotate(record, 'failure', error instanceof Error ? error.message : String(error));
      return end('failure');
    } finally {
      release?.();
      ticket?.leave();
    }
  }

  async #execute(
    scope: WorkflowScope,
    job: {
      readonly definition: StepsJob;
      readonly permissions: LoadedJob['permissions'];
      readonly scope: Scope;
    },
    record: Job,
    environment: { readonly name: string; readonly deployment: boolean } | undefined,
    cancelled: AbortSignal,
  ): Promise<{ result: Conclusion; outputs: Readonly<Record<string, string>> }> {
    const { runner } = this.#around;
    const { hub } = runner;
    const { definition } = job;
    const { contexts } = job.scope;
    const token = this.#issueToken(scope, job.permissions, record, environment?.name);
    const deployment =
      environment?.deployment === true
        ? new EnvironmentDeployment(hub, this.run, record, {
            serverUrl: runner.serverUrl,
            environment: environment.name,
            now: runner.now,
          })
        : undefined;
    this.#records.start(record);
    let result: Conclusion = 'failure';
    try {
      const { conclusion, outputs } = await runJob(
        {
          run: this.run,
          job: record,
          definition,
          workflow: scope.loaded.workflow,
          source: scope.loaded.source,
          permissions: job.permissions,
          token,
          environment: environment?.name,
          github: contexts.github as Record<string, Json>,
          inputs: scope.inputs,
          vars: this.#variables(environment?.name),
          secrets: this.#secretsOf(scope, environment?.name),
          needs: contexts.needs ?? {},
          strategy: contexts.strategy ?? null,
          matrix: contexts.matrix ?? null,
          cancelled,
          killed: this.#killed.signal,
        },
        runner,
      );
      result = conclusion;
      const forgiven =
        conclusion === 'failure' &&
        definition.continueOnError !== undefined &&
        evaluateBoolean(definition.continueOnError, job.scope);
      return { result: forgiven ? 'success' : conclusion, outputs };
    } finally {
      hub.tokens.delete(token.token);
      deployment?.end(result === 'success' ? 'success' : 'failure', record.environment?.url ?? '');
      this.#records.complete(record, result);
    }
  }

  #issueToken(
    scope: WorkflowScope,
    permissions: LoadedJob['permissions'],
    job: Job,
    environment: string | undefined,
  ): JobToken {
    const { workflow, source } = scope.loaded;
    const token: JobToken = {
      token: `ghs_${randomBytes(27).toString('base64url')}`,
      runId: this.run.id,
      jobId: job.id,
      permissions,
      ...(environment === undefined ? {} : { environment }),
      jobWorkflowRef: `${source.repository}/${workflow.path}@${source.ref}`,
    };
    this.#around.runner.hub.tokens.set(token.token, token);
    return token;
  }

  #variables(environment: string | undefined): Record<string, string> {
    const { hub } = this.#around.runner;
    return { ...hub.variables, ...(environment === undefined ? {} : hub.environment(environment).variables) };
  }

  /** A called workflow sees what it was given, and the secrets of its own jobs' environments. */
  #secretsOf(scope: WorkflowScope, environment: string | undefined): Record<string, string> {
    const { hub } = this.#around.runner;
    return {
      ...(scope.secrets ?? hub.secrets),
      ...(environment === undefined ? {} : hub.environment(environment).secrets),
    };
  }

  #workflowScope(scope: WorkflowScope): Scope {
    const { runner } = this.#around;
    return {
      contexts: {
        github: githubContext(this.run, runner.hub.repository, { serverUrl: runner.serverUrl }),
        inputs: scope.inputs,
        vars: this.#variables(undefined),
      },
    };
  }

  #nodeScope(scope: WorkflowScope, needs: ReadonlyMap<string, JobOutcome>): Scope {
    return {
      contexts: {
        ...this.#workflowScope(scope).contexts,
        needs: Object.fromEntries([...needs].map(([id, { result, outputs }]) => [id, { result, outputs }])),
      },
    };
  }

  #enter(setting: ConcurrencySetting, title: string, scope: WorkflowScope): Ticket {
    if (scope.heldGroups.includes(setting.group.toLowerCase())) {
      throw new Error(
        `Canceling since a deadlock for concurrency group '${setting.group}' was detected within one run.`,
      );
    }
    return this.#around.groups.enter(setting, { title, cancel: (reason) => this.cancel(reason) });
  }

  /** Waits for a ticket's turn, or until the wait is called off. */
  async #turn(ticket: Ticket, signal: AbortSignal): Promise<'granted' | 'cancelled'> {
    const leave = (): void => ticket.leave();
    if (signal.aborted) leave();
    signal.addEventListener('abort', leave, { once: true });
    const turn = await ticket.turn;
    signal.removeEventListener('abort', leave);
    return turn;
  }

  #completePlanned(scope: WorkflowScope, job: LoadedJob, result: Conclusion): void {
    const key = scope.place.keyPrefix + job.definition.id;
    const planned = this.run.jobs.filter(
      (record) =>
        record.attempt === this.run.attempt &&
        record.status !== 'completed' &&
        (record.key === key || record.key.startsWith(`${key}.`)),
    );
    for (const record of planned) this.#records.complete(record, result);
  }

  #keptOutcome(key: string): Record<string, string> | undefined {
    if (!this.#kept.has(key)) return undefined;
    return Object.assign(
      {},
      ...this.run.jobs.filter((record) => record.key === key).map((record) => record.outputs),
    ) as Record<string, string>;
  }
}

/** A run's or a matrix's result: one failure fails it, one cancellation cancels it, skipped only where all are. */
export function worst(results: readonly Conclusion[]): Conclusion {
  if (results.includes('failure')) return 'failure';
  if (results.includes('cancelled')) return 'cancelled';
  return results.length > 0 && results.every((result) => result === 'skipped') ? 'skipped' : 'success';
}

async function inParallel<T, R>(
  items: readonly T[],
  limit: number,
  work: (item: T, index: number) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  const entries = items.entries();
  const worker = async (): Promise<void> => {
    for (const [index, item] of entries) results[index] = await work(item, index);
  };
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, worker));
  return results;
}
