import { rm } from 'node:fs/promises';
import { evaluateCondition } from '../engine/expressions/evaluate.ts';
import { evaluateNumber, evaluateStrings } from '../engine/expressions/template.ts';
import type { ActionStep } from '../engine/workflow/model.ts';
import type { Conclusion, Step } from '../model.ts';
import { runPre } from './action.ts';
import type { Frame } from './job-state.ts';
import { JobState } from './job-state.ts';
import { jobOutputs, recordEnvironmentUrl } from './job-outputs.ts';
import { killOrphans } from './orphans.ts';
import type { JobOrder, JobResult, Runner } from './order.ts';
import { prepareAction } from './prepare-action.ts';
import type { ResolvedAction } from './resolve-action.ts';
import type { PostEntry } from './step-body.ts';
import { runStep, stepName } from './step.ts';

/** GitHub's default of `timeout-minutes`. */
const defaultTimeoutMinutes = 360;

/** Runs a job from "Set up job" to "Complete job", in a folder of its own, and cleans up after it. */
export async function runJob(order: JobOrder, runner: Runner): Promise<JobResult> {
  const state = await JobState.create(order, runner);
  const run = new JobRun(state);
  try {
    return await run.run();
  } finally {
    await run.cleanUp();
  }
}

interface Post {
  readonly name: string;
  readonly entries: PostEntry[];
}

class JobRun {
  readonly #state: JobState;
  readonly #frame: Frame;
  readonly #cancelled = new AbortController();
  readonly #killed = new AbortController();
  readonly #timers: NodeJS.Timeout[] = [];
  readonly #posts: Post[] = [];
  /** What each step's `pre` saved, by the step's place in the workflow. */
  readonly #states = new Map<number, Record<string, string>>();

  constructor(state: JobState) {
    this.#state = state;
    this.#frame = {
      source: state.order.source,
      inputs: state.order.inputs,
      steps: {},
      env: {},
      action: { action: '__run', action_repository: '', action_ref: '' },
      isComposite: false,
      status: 'success',
    };
  }

  get #steps(): Step[] {
    return this.#state.order.job.steps;
  }

  async run(): Promise<JobResult> {
    const { order } = this.#state;
    this.#listen();
    this.#prepareRecords();
    if (await this.#setUp()) await this.#runSteps();
    await this.#runPosts();
    const outputs = jobOutputs(this.#state, this.#frame);
    recordEnvironmentUrl(this.#state, this.#frame);
    this.#complete();
    const conclusion: Conclusion = this.#state.cancelled ? 'cancelled' : this.#frame.status;
    order.job.outputs = outputs;
    return { conclusion, outputs };
  }

  async cleanUp(): Promise<void> {
    for (const timer of this.#timers) clearTimeout(timer);
    const { order, runner, folders } = this.#state;
    order.cancelled.removeEventListener('abort', this.#cancel);
    order.killed.removeEventListener('abort', this.#kill);
    killOrphans(this.#state.groups, this.#state.trackingId);
    if (runner.keepFailed && this.#frame.status === 'failure') return;
    await rm(folders.root, { recursive: true, force: true, maxRetries: 3 });
  }

  readonly #cancel = (): void => {
    if (this.#state.cancelled) return;
    // First the state, so that conditions that are asked again see it.
    this.#state.cancelled = true;
    this.#cancelled.abort();
    this.#timers.push(setTimeout(this.#kill, this.#state.runner.cancelGraceMs));
  };

  readonly #kill = (): void => {
    this.#state.cancelled = true;
    this.#killed.abort();
  };

  #listen(): void {
    const { order } = this.#state;
    order.cancelled.addEventListener('abort', this.#cancel, { once: true });
    order.killed.addEventListener('abort', this.#kill, { once: true });
    if (order.cancelled.aborted) this.#cancel();
    if (order.killed.aborted) this.#kill();
  }

  #limitTime(): void {
    const { definition } = this.#state.order;
    const minutes =
      definition.timeoutMinutes === undefined
        ? defaultTimeoutMinutes
        : evaluateNumber(definition.timeoutMinutes, this.#state.scope(this.#frame, {}));
    this.#timers.push(
      setTimeout(() => {
        this.#state.log.annotate(
          1,
          'failure',
          `The job has exceeded the maximum execution time of ${minutes} minutes.`,
        );
        this.#cancel();
      }, minutes * 60_000),
    );
  }

  #prepareRecords(): void {
    const { definition } = this.#state.order;
    this.#steps.splice(0);
    this.#addRecord('Set up job');
    for (const step of definition.steps) this.#addRecord(stepName(this.#state, this.#frame, step));
    this.#save();
  }

  /** @returns false where the job cannot begin, which the log explains */
  async #setUp(): Promise<boolean> {
    const record = this.#steps[0];
    if (record === undefined) return false;
    const { order, runner, log } = this.#state;
    this.#begin(record);
    log.write(
      1,
      'line',
      `Job: ${order.job.name}, on this machine (${runner.name}); runs-on is not looked at.`,
    );
    log.write(1, 'group', 'GITHUB_TOKEN Permissions');
    for (const [scope, level] of Object.entries(order.permissions))
      log.write(1, 'line', `${scope}: ${level}`);
    log.write(1, 'endgroup', '');
    try {
      Object.assign(this.#state.env, evaluateStrings(order.workflow.env, this.#state.scope(this.#frame, {})));
      Object.assign(
        this.#state.env,
        evaluateStrings(order.definition.env, this.#state.scope(this.#frame, {})),
      );
      this.#limitTime();
      await this.#prepareActions();
      this.#end(record, 'success');
      return true;
    } catch (error: unknown) {
      const cancelled = this.#state.cancelled;
      if (!cancelled) log.annotate(1, 'failure', error instanceof Error ? error.message : String(error));
      this.#frame.status = 'failure';
      this.#end(record, cancelled ? 'cancelled' : 'failure');
      for (const step of this.#steps.slice(1)) this.#end(step, 'skipped');
      return false;
    }
  }

  /** Gets every action that does not come from the workspace, so that what is missing shows before the first step. */
  async #prepareActions(): Promise<void> {
    const { definition } = this.#state.order;
    const withPre: {
      index: number;
      step: ActionStep;
      resolved: Extract<ResolvedAction, { kind: 'action' }>;
    }[] = [];
    for (const [index, step] of definition.steps.entries()) {
      if (step.kind !== 'uses' || step.uses.startsWith('./')) continue;
      const resolved = await prepareAction(this.#state, this.#frame, step.uses, this.#killed.signal);
      if (
        resolved.kind === 'action' &&
        resolved.action.runs.using === 'node' &&
        resolved.action.runs.pre !== undefined
      ) {
        withPre.push({ index, step, resolved });
      }
    }
    if (withPre.length === 0) return;
    // `pre` steps come before the job's own, and are numbered so.
    this.#steps.splice(1);
    for (const { step } of withPre) this.#addRecord(`Pre ${stepName(this.#state, this.#frame, step)}`);
    for (const step of definition.steps) this.#addRecord(stepName(this.#state, this.#frame, step));
    for (const [order, { index, step, resolved }] of withPre.entries()) {
      const { runs } = resolved.action;
      const record = this.#steps[1 + order];
      if (record === undefined || runs.using !== 'node') continue;
      this.#begin(record);
      const state: Record<string, string> = {};
      this.#states.set(index, state);
      const outcome = await runPre(
        this.#state,
        this.#frame,
        {
          number: record.number,
          env: {},
          cancelled: this.#cancelled.signal,
          killed: this.#killed.signal,
          outputs: {},
          state,
        },
        { definition: step, resolved, runs },
      );
      this.#end(record, outcome);
      if (outcome === 'failure') this.#frame.status = 'failure';
    }
  }

  async #runSteps(): Promise<void> {
    const { definition, workflow } = this.#state.order;
    const first = this.#steps.length - definition.steps.length;
    for (const [index, step] of definition.steps.entries()) {
      const record = this.#steps[first + index];
      if (record === undefined) continue;
      record.name = stepName(this.#state, this.#frame, step);
      this.#begin(record);
      const post: Post = { name: record.name, entries: [] };
      this.#posts.push(post);
      const { conclusion } = await runStep(this.#state, this.#frame, step, {
        number: record.number,
        cancelled: this.#cancelled.signal,
        killed: this.#killed.signal,
        defaults: [definition.defaults, workflow.defaults],
        depth: 0,
        state: this.#states.get(index) ?? {},
        addPost: (entry) => post.entries.push(entry),
      });
      this.#end(record, conclusion);
    }
  }

  /** The `post` of each action, the last one first. */
  async #runPosts(): Promise<void> {
    for (const { name, entries } of this.#posts.reverse()) {
      if (entries.length === 0) continue;
      const record = this.#addRecord(`Post ${name}`);
      this.#begin(record);
      let conclusion: Conclusion = 'skipped';
      for (const entry of entries.reverse()) {
        if (this.#killed.signal.aborted) break;
        if (!evaluateCondition(entry.condition, this.#state.scope(this.#frame, {}))) continue;
        // A cancellation that came before does not stop it: it is there to clean up.
        const cancelled = new AbortController();
        const outcome = await entry.run({
          number: record.number,
          cancelled: cancelled.signal,
          killed: this.#killed.signal,
        });
        if (conclusion === 'skipped' || outcome !== 'success') conclusion = outcome;
        if (outcome === 'failure') this.#frame.status = 'failure';
      }
      this.#end(record, conclusion);
    }
  }

  #complete(): void {
    const record = this.#addRecord('Complete job');
    this.#begin(record);
    const { log, groups, trackingId, runner, folders } = this.#state;
    log.write(record.number, 'line', 'Cleaning up orphan processes');
    const orphans = killOrphans(groups, trackingId);
    if (orphans > 0) log.write(record.number, 'line', `${orphans} left by the job ended.`);
    if (runner.keepFailed && this.#frame.status === 'failure') {
      log.write(record.number, 'line', `The job's folder is kept: ${folders.root}`);
    }
    this.#end(record, 'success');
  }

  #addRecord(name: string): Step {
    const record: Step = { number: this.#steps.length + 1, name, status: 'queued' };
    this.#steps.push(record);
    return record;
  }

  #begin(record: Step): void {
    record.status = 'in_progress';
    record.startedAt = this.#state.runner.now().toISOString();
    this.#save();
  }

  #end(record: Step, conclusion: Conclusion): void {
    record.status = 'completed';
    record.conclusion = conclusion;
    record.completedAt = this.#state.runner.now().toISOString();
    this.#save();
  }

  #save(): void {
    this.#state.runner.hub.saveJob(this.#state.order.run, this.#state.order.job);
  }
}
