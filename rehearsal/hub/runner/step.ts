import { evaluateCondition } from '../engine/expressions/evaluate.ts';
import {
  evaluateBoolean,
  evaluateNumber,
  evaluateString,
  evaluateStrings,
} from '../engine/expressions/template.ts';
import type { RunDefaults, StepDefinition } from '../engine/workflow/model.ts';
import { runAction } from './action.ts';
import type { Frame, JobState, Outcome } from './job-state.ts';
import { resolveAction } from './resolve-action.ts';
import type { ResolvedAction } from './resolve-action.ts';
import { firstLine, runScript } from './script.ts';
import type { BodyOutcome, PostEntry, StepRun } from './step-body.ts';

/** What surrounds a step: its place in the log, and the signals of the job or of the composite action it is in. */
export interface StepSurroundings {
  readonly number: number;
  readonly cancelled: AbortSignal;
  readonly killed: AbortSignal;
  /** Of the job, then of the workflow; none within a composite action. */
  readonly defaults: readonly RunDefaults[];
  /** How many composite actions are around it. */
  readonly depth: number;
  /** What its `pre` saved. */
  readonly state: Record<string, string>;
  readonly addPost: (post: PostEntry) => void;
}

export interface StepResult {
  /** Before `continue-on-error`. */
  readonly outcome: Outcome;
  /** After it. */
  readonly conclusion: Outcome;
}

/** GitHub's limit of composite actions within each other. */
const deepestComposite = 10;

/** Runs a step if its condition holds, and records it in its frame. */
export async function runStep(
  job: JobState,
  frame: Frame,
  definition: StepDefinition,
  around: StepSurroundings,
): Promise<StepResult> {
  const outputs: Record<string, string> = {};
  const result = await settle(job, frame, definition, around, outputs);
  if (definition.id !== '') frame.steps[definition.id] = { outputs, ...result };
  if (result.conclusion === 'failure') frame.status = 'failure';
  return result;
}

async function settle(
  job: JobState,
  frame: Frame,
  definition: StepDefinition,
  around: StepSurroundings,
  outputs: Record<string, string>,
): Promise<StepResult> {
  const own = new AbortController();
  let timeout: NodeJS.Timeout | undefined;
  const expired = new AbortController();
  let env: Readonly<Record<string, string>> = {};
  const holds = (): boolean => evaluateCondition(definition.condition, job.scope(frame, env));
  // A cancellation asks the condition again: a step with `if: always()` goes on.
  const onCancelled = (): void => {
    if (!holds()) own.abort();
  };
  let outcome: BodyOutcome;
  try {
    env = evaluateStrings(definition.env, job.scope(frame, {}));
    if (around.killed.aborted || !holds()) return { outcome: 'skipped', conclusion: 'skipped' };
    if (!around.cancelled.aborted) around.cancelled.addEventListener('abort', onCancelled, { once: true });
    if (definition.timeoutMinutes !== undefined) {
      const minutes = evaluateNumber(definition.timeoutMinutes, job.scope(frame, env));
      timeout = setTimeout(() => {
        job.log.annotate(
          around.number,
          'failure',
          `The action '${stepName(job, frame, definition)}' has timed out after ${minutes} minutes.`,
        );
        expired.abort();
      }, minutes * 60_000);
    }
    outcome = await runBody(job, frame, definition, around, {
      number: around.number,
      env,
      cancelled: AbortSignal.any([own.signal, expired.signal]),
      killed: around.killed,
      outputs,
      state: around.state,
    });
    if (expired.signal.aborted) outcome = 'failure';
  } catch (error: unknown) {
    job.log.annotate(around.number, 'failure', error instanceof Error ? error.message : String(error));
    outcome = 'failure';
  } finally {
    clearTimeout(timeout);
    around.cancelled.removeEventListener('abort', onCancelled);
  }
  const forgiven = outcome === 'failure' && continuesOnError(job, frame, definition, env);
  return { outcome, conclusion: forgiven ? 'success' : outcome };
}

async function runBody(
  job: JobState,
  frame: Frame,
  definition: StepDefinition,
  around: StepSurroundings,
  step: StepRun,
): Promise<BodyOutcome> {
  if (definition.kind === 'run') return runScript(job, frame, step, definition, around.defaults);
  const resolved = await resolveForStep(job, frame, definition.uses, around);
  return runAction(job, frame, step, {
    definition,
    resolved,
    state: around.state,
    addPost: around.addPost,
    runComposite: async (composite, steps) => {
      if (around.depth >= deepestComposite) {
        throw new Error(
          `uses: ${definition.uses}: more than ${deepestComposite} composite actions within each other.`,
        );
      }
      for (const inner of steps) {
        await runStep(job, composite, inner, {
          ...around,
          cancelled: step.cancelled,
          defaults: [],
          depth: around.depth + 1,
          state: {},
        });
      }
      if (step.cancelled.aborted || step.killed.aborted) return 'cancelled';
      return composite.status;
    },
  });
}

/** Resolves a `uses:` as the step's file means it. */
export function resolveForStep(
  job: JobState,
  frame: Frame,
  uses: string,
  at: { readonly number: number; readonly killed: AbortSignal },
): Promise<ResolvedAction> {
  return resolveAction(uses, {
    workspace: job.folders.workspace,
    source: frame.source,
    sources: job.runner.sources,
    store: job.runner.actions,
    standIns: job.runner.standIns,
    log: (line) => job.log.write(at.number, 'line', line),
    signal: at.killed,
  });
}

/** `name:`, or `Run` with the first line of the script or with the action. */
export function stepName(job: JobState, frame: Frame, definition: StepDefinition): string {
  const scope = job.scope(frame, {});
  try {
    if (definition.name !== undefined) {
      const name = evaluateString(definition.name, scope);
      if (name !== '') return job.masks.mask(name);
    }
    return job.masks.mask(
      definition.kind === 'run'
        ? `Run ${firstLine(evaluateString(definition.run, scope))}`
        : `Run ${definition.uses}`,
    );
  } catch {
    // The step itself will fail on the expression, and say so.
    return definition.kind === 'run' ? 'Run' : `Run ${definition.uses}`;
  }
}

function continuesOnError(
  job: JobState,
  frame: Frame,
  definition: StepDefinition,
  env: Readonly<Record<string, string>>,
): boolean {
  if (definition.continueOnError === undefined) return false;
  return evaluateBoolean(definition.continueOnError, job.scope(frame, env));
}
