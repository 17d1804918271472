import type { Conclusion, Run } from '../model.ts';
import { JobRecords, plannedJobs, top } from './job-records.ts';
import { worst } from './outcome.ts';
import type { RunContext, RunSurroundings } from './run-context.ts';
import { executeWorkflow } from './workflow-execution.ts';
import type { LoadedWorkflow } from './workflow/load.ts';
import type { Inputs } from './workflow/model.ts';

/** One attempt of a run, from its concurrency group to its conclusion. */
export class RunExecution {
  readonly run: Run;
  readonly #loaded: LoadedWorkflow;
  readonly #context: RunContext;
  readonly #cancelled = new AbortController();
  readonly #killed = new AbortController();
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
    const records = new JobRecords(around.runner.hub, run, around.runner.now);
    this.#context = {
      ...around,
      run,
      records,
      kept,
      cancel: (reason) => this.cancel(reason),
      cancelled: this.#cancelled.signal,
      killed: this.#killed.signal,
    };
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

  /** Never rejects: the run's record says how it went. */
  async execute(inputs: Inputs): Promise<void> {
    const { run } = this;
    const { runner, records } = this.#context;
    const conclusion = await this.#conclude(inputs);
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

  async #conclude(inputs: Inputs): Promise<Conclusion> {
    const cancelled = this.#cancelled.signal;
    try {
      const outcomes = await executeWorkflow(this.#context, {
        loaded: this.#loaded,
        place: top,
        inputs,
        secrets: undefined,
        heldGroups: [],
        cancelled,
      });
      const result = worst([...outcomes.values()]);
      return cancelled.aborted && result === 'success' ? 'cancelled' : result;
    } catch (error: unknown) {
      this.#problem = error instanceof Error ? error.message : String(error);
      return 'failure';
    }
  }
}
