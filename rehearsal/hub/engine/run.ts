import type { Conclusion, Run } from '../model.ts';
import type { ConcurrencySetting, Ticket } from './concurrency.ts';
import type { Json, Scope } from './expressions/evaluate.ts';
import { evaluateCondition } from './expressions/evaluate.ts';
import { jobStatusFunctions } from './expressions/status.ts';
import { evaluateString, evaluateStrings, evaluateTemplate } from './expressions/template.ts';
import type { JobEnd } from './job-execution.ts';
import { executeJob } from './job-execution.ts';
import { below, JobRecords, plannedJobs, top } from './job-records.ts';
import type { Combination } from './matrix.ts';
import { inParallel } from './parallel.ts';
import type { RunContext, RunSurroundings, WorkflowScope } from './run-context.ts';
import { awaitTurn, secretsOf, workflowScope } from './run-context.ts';
import type { Strategy } from './strategy.ts';
import { evaluateConcurrency, evaluateStrategy, jobName } from './strategy.ts';
import { resolveInputs } from './workflow/inputs.ts';
import type { LoadedJob, LoadedWorkflow } from './workflow/load.ts';
import type { Inputs } from './workflow/model.ts';

/** What a job left for those that need it: its own result and those of all that it needed, by job id. */
interface JobOutcome extends JobEnd {
  readonly lineage: ReadonlyMap<string, Conclusion>;
}

/** One attempt of a run, from its concurrency group to its conclusion. */
export class RunExecution {
  readonly run: Run;
  readonly #loaded: LoadedWorkflow;
  readonly #context: RunContext;
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
    this.#kept = kept;
    const records = new JobRecords(around.runner.hub, run, around.runner.now);
    this.#context = { ...around, run, records, killed: this.#killed.signal };
    records.plan(plannedJobs(loaded).filter((job) => !kept.has(job.key)));
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
    const { runner, records } = this.#context;
    let conclusion: Conclusion;
    try {
      const outcomes = await this.#runWorkflow({
        loaded: this.#loaded,
        place: top,
        inputs,
        secrets: undefined,
        heldGroups: [],
        cancelled: this.#cancelled.signal,
      });
      conclusion = worst([...outcomes.values()].map(({ result }) => result));
      if (this.#cancelled.signal.aborted && conclusion === 'success') conclusion = 'cancelled';
    } catch (error: unknown) {
      conclusion = 'failure';
      this.#problem = error instanceof Error ? error.message : String(error);
    }
    for (const job of run.jobs) {
      if (job.status !== 'completed')
        records.complete(job, conclusion === 'failure' ? 'skipped' : 'cancelled');
    }
    if (this.#problem !== undefined) run.problem = this.#problem;
    run.status = 'completed';
    run.conclusion = conclusion;
    run.completedAt = runner.now().toISOString();
    runner.hub.saveRun(run);
  }

  async #runWorkflow(scope: WorkflowScope): Promise<Map<string, JobOutcome>> {
    const { run } = this;
    const setting = evaluateConcurrency(
      scope.loaded.workflow.concurrency,
      workflowScope(this.#context, scope),
    );
    const held = this.#holding(scope, setting);
    const ticket =
      setting === undefined
        ? undefined
        : this.#context.groups.enter(setting, {
            title: `${run.workflowName} #${run.number}`,
            cancel: (reason) => this.cancel(reason),
          });
    try {
      if (ticket !== undefined) await this.#awaitRunTurn(ticket);
      this.#begin();
      return await this.#runJobs({ ...scope, heldGroups: held });
    } finally {
      ticket?.leave();
    }
  }

  async #awaitRunTurn(ticket: Ticket): Promise<void> {
    const { run } = this;
    if (ticket.reason() !== '' && run.status === 'queued') {
      run.status = 'pending';
      this.#context.runner.hub.saveRun(run);
    }
    const turn = await awaitTurn(ticket, this.#cancelled.signal);
    if (turn === 'cancelled' && !this.#cancelled.signal.aborted) this.cancel(ticket.reason());
  }

  #begin(): void {
    const { run } = this;
    if (run.status === 'in_progress' || run.status === 'waiting') return;
    run.status = 'in_progress';
    run.startedAt ??= this.#context.runner.now().toISOString();
    this.#context.runner.hub.saveRun(run);
  }

  /** The jobs of a workflow, each as soon as what it needs has ended. */
  async #runJobs(scope: WorkflowScope): Promise<Map<string, JobOutcome>> {
    const outcomes = new Map<string, Promise<JobOutcome>>();
    const outcomeOf = (id: string): Promise<JobOutcome> => {
      const known = outcomes.get(id);
      if (known !== undefined) return known;
      const job = scope.loaded.jobs.find((candidate) => candidate.definition.id === id);
      // The parser has checked that every job that is needed exists, and that none needs itself.
      if (job === undefined) throw new Error(`There is no job ${id}.`);
      const needs = Promise.all(
        job.definition.needs.map(async (need) => [need, await outcomeOf(need)] as const),
      );
      const outcome = needs.then((entries) => this.#runNode(scope, job, new Map(entries)));
      outcomes.set(id, outcome);
      return outcome;
    };
    const ids = scope.loaded.jobs.map(({ definition }) => definition.id);
    return new Map(await Promise.all(ids.map(async (id) => [id, await outcomeOf(id)] as const)));
  }

  /** A job of the workflow file: its condition first, then all that it stands for. */
  async #runNode(
    scope: WorkflowScope,
    job: LoadedJob,
    needs: ReadonlyMap<string, JobOutcome>,
  ): Promise<JobOutcome> {
    const { definition } = job;
    const key = scope.place.keyPrefix + definition.id;
    const ancestors = new Map([...needs.values()].flatMap((outcome) => [...outcome.lineage]));
    const finish = ({ result, outputs }: JobEnd): JobOutcome => ({
      result,
      outputs,
      lineage: new Map([...ancestors, [definition.id, result]]),
    });
    const kept = this.#keptOutputs(key);
    if (kept !== undefined) return finish({ result: 'success', outputs: kept });

    const { contexts } = workflowScope(this.#context, scope);
    const nodeScope: Scope = {
      contexts: {
        ...contexts,
        needs: Object.fromEntries([...needs].map(([id, { result, outputs }]) => [id, { result, outputs }])),
      },
    };
    const holds = (): boolean =>
      evaluateCondition(definition.condition, {
        ...nodeScope,
        functions: jobStatusFunctions({ ancestors, cancelled: scope.cancelled.aborted }),
      });
    try {
      if (this.#killed.signal.aborted || !holds()) {
        const result = scope.cancelled.aborted ? 'cancelled' : 'skipped';
        this.#completePlanned(key, result);
        return finish({ result, outputs: {} });
      }
      return finish(await this.#runCombinations(scope, job, nodeScope, holds));
    } catch (error: unknown) {
      const { records } = this.#context;
      const record = records.take(key, scope.place.namePrefix + definition.id);
      records.annotate(record, 'failure', error instanceof Error ? error.message : String(error));
      records.complete(record, 'failure');
      return finish({ result: 'failure', outputs: {} });
    }
  }

  /** Every combination of the job's matrix; one of them where there is no matrix. */
  async #runCombinations(
    scope: WorkflowScope,
    job: LoadedJob,
    nodeScope: Scope,
    holds: () => boolean,
  ): Promise<JobEnd> {
    const { definition } = job;
    const strategy = evaluateStrategy(definition.strategy, nodeScope);
    const stop = new AbortController();
    // The server asks the conditions of running jobs again: `if: always()` is not cancelled.
    const onCancelled = (): void => {
      if (!holds()) stop.abort();
    };
    if (scope.cancelled.aborted) onCancelled();
    else scope.cancelled.addEventListener('abort', onCancelled, { once: true });
    try {
      const ends = await inParallel(
        strategy.combinations,
        strategy.maxParallel,
        async (combination, index) => {
          const jobScope = combinationScope(nodeScope, strategy, combination, index);
          const ready = {
            name: jobName(definition, combination, jobScope),
            scope: jobScope,
            // Where the hub stops, what waits for a reviewer or its turn ends as well, `if: always()` or not.
            stop: AbortSignal.any([stop.signal, this.#killed.signal]),
          };
          const end =
            'called' in job
              ? await this.#call(scope, job, ready)
              : await executeJob(this.#context, scope, { ...job, ...ready });
          if (end.result === 'failure' && strategy.failFast && strategy.combinations.length > 1) stop.abort();
          return end;
        },
      );
      return {
        result: worst(ends.map(({ result }) => result)),
        outputs: merged(ends.map(({ outputs }) => outputs)),
      };
    } finally {
      scope.cancelled.removeEventListener('abort', onCancelled);
    }
  }

  /** A reusable workflow in place of a job. */
  async #call(
    scope: WorkflowScope,
    { definition, callee, called }: Extract<LoadedJob, { called: LoadedWorkflow }>,
    ready: { readonly name: string; readonly scope: Scope; readonly stop: AbortSignal },
  ): Promise<JobEnd> {
    const { runner, groups } = this.#context;
    const setting = evaluateConcurrency(definition.concurrency, ready.scope);
    const heldGroups = this.#holding(scope, setting);
    const ticket =
      setting === undefined
        ? undefined
        : groups.enter(setting, { title: ready.name, cancel: (reason) => this.cancel(reason) });
    try {
      if (ticket !== undefined && (await awaitTurn(ticket, ready.stop)) !== 'granted') {
        return { result: 'cancelled', outputs: {} };
      }
      const given = definition.with === undefined ? {} : evaluateTemplate(definition.with, ready.scope);
      const withSecrets: Scope = {
        contexts: { ...ready.scope.contexts, secrets: secretsOf(runner, scope, undefined) },
      };
      const inner: WorkflowScope = {
        loaded: called,
        place: below(scope.place, definition, ready.name),
        // The schema allows nothing but a mapping in `with`.
        inputs: resolveInputs(callee.inputs, given as Readonly<Record<string, Json>>, ready.scope),
        secrets:
          definition.secrets === 'inherit' ? scope.secrets : evaluateStrings(definition.secrets, withSecrets),
        heldGroups,
        cancelled: ready.stop,
      };
      const outcomes = await this.#runWorkflow(inner);
      const jobs = Object.fromEntries(
        [...outcomes].map(([id, { result, outputs }]) => [id, { result, outputs }]),
      );
      const outputScope: Scope = { contexts: { ...workflowScope(this.#context, inner).contexts, jobs } };
      return {
        result: worst([...outcomes.values()].map(({ result }) => result)),
        outputs: Object.fromEntries(
          callee.outputs.map(({ name, value }) => [name, evaluateString(value, outputScope)]),
        ),
      };
    } finally {
      ticket?.leave();
    }
  }

  /**
   * The groups that are held within a workflow or a call.
   * @throws Error where its own is held around it already: it would wait for itself
   */
  #holding(scope: WorkflowScope, setting: ConcurrencySetting | undefined): readonly string[] {
    if (setting === undefined) return scope.heldGroups;
    const group = setting.group.toLowerCase();
    if (!scope.heldGroups.includes(group)) return [...scope.heldGroups, group];
    throw new Error(
      `Canceling since a deadlock for concurrency group '${setting.group}' was detected within one run.`,
    );
  }

  /** Ends the records of a job that does not run, and of all that it would have called. */
  #completePlanned(key: string, result: Conclusion): void {
    for (const record of this.run.jobs) {
      const isPlanned = record.attempt === this.run.attempt && record.status !== 'completed';
      if (isPlanned && (record.key === key || record.key.startsWith(`${key}.`))) {
        this.#context.records.complete(record, result);
      }
    }
  }

  #keptOutputs(key: string): Readonly<Record<string, string>> | undefined {
    if (!this.#kept.has(key)) return undefined;
    return merged(this.run.jobs.filter((record) => record.key === key).map((record) => record.outputs));
  }
}

function combinationScope(
  scope: Scope,
  strategy: Strategy,
  combination: Combination | undefined,
  index: number,
): Scope {
  return {
    contexts: {
      ...scope.contexts,
      matrix: combination ?? null,
      strategy: {
        'fail-fast': strategy.failFast,
        'job-index': index,
        'job-total': strategy.combinations.length,
        'max-parallel': strategy.maxParallel,
      },
    },
  };
}

/** A matrix's jobs share their outputs: the last one that sets one wins. */
function merged(outputs: readonly Readonly<Record<string, string>>[]): Record<string, string> {
  return Object.fromEntries(outputs.flatMap((one) => Object.entries(one)));
}

/** A run's or a matrix's result: one failure fails it, one cancellation cancels it, skipped only where all are. */
export function worst(results: readonly Conclusion[]): Conclusion {
  if (results.includes('failure')) return 'failure';
  if (results.includes('cancelled')) return 'cancelled';
  return results.length > 0 && results.every((result) => result === 'skipped') ? 'skipped' : 'success';
}
