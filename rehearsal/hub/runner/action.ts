import { createHash } from 'node:crypto';
import path from 'node:path';
import { evaluateString, evaluateStrings } from '../engine/expressions/template.ts';
import { evaluateCondition } from '../engine/expressions/evaluate.ts';
import type { ActionInput, ActionStep, NodeRuns, StepDefinition } from '../engine/workflow/model.ts';
import { inputVariables } from './environment.ts';
import { writeHead } from './action-head.ts';
import type { Frame, JobState } from './job-state.ts';
import type { ResolvedAction } from './resolve-action.ts';
import { runStandIn } from './stand-in-step.ts';
import type { BodyOutcome, PostEntry, StepRun } from './step-body.ts';
import { runStepProcess } from './step-process.ts';

/** What a step with `uses:` needs from the job around it. */
export interface ActionContext {
  readonly definition: ActionStep;
  readonly resolved: ResolvedAction;
  /** State that its `pre` saved. */
  readonly state: Record<string, string>;
  /** Runs the steps of a composite action in a frame of their own. */
  readonly runComposite: (frame: Frame, steps: readonly StepDefinition[]) => Promise<BodyOutcome>;
  readonly addPost: (post: PostEntry) => void;
}

/** Runs the main part of an action; its `post` is registered first, so that it runs even where main fails. */
export async function runAction(
  job: JobState,
  frame: Frame,
  step: StepRun,
  context: ActionContext,
): Promise<BodyOutcome> {
  const { definition, resolved } = context;
  const given = evaluateStrings(definition.with, job.scope(frame, step.env));
  if (resolved.kind === 'stand-in') {
    return runStandIn(job, frame, step, { ...context, standIn: resolved.standIn, ref: resolved.ref, given });
  }
  const inside = actionFrame(frame, resolved, definition.id);
  const inputs = resolveActionInputs(job, inside, step, resolved.action.inputs, given);
  writeHead(job, frame, step, definition.uses, given);
  const { runs } = resolved.action;
  switch (runs.using) {
    case 'node': {
      const env = { ...step.env, ...inputVariables(inputs) };
      if (runs.post !== undefined) {
        const { post } = runs;
        context.addPost({
          condition: runs.postCondition,
          run: (at) =>
            runNode(
              job,
              inside,
              { ...step, ...at, outputs: {}, state: context.state },
              resolved.folder,
              post,
              env,
            ),
        });
      }
      return runNode(job, inside, { ...step, state: context.state }, resolved.folder, runs.main, env);
    }
    case 'composite': {
      const composite: Frame = {
        ...inside,
        inputs,
        steps: {},
        env: { ...frame.env, ...step.env },
        isComposite: true,
        status: 'success',
      };
      const outcome = await context.runComposite(composite, runs.steps);
      for (const { name, value } of resolved.action.outputs) {
        if (value !== undefined) step.outputs[name] = evaluateString(value, job.scope(composite, step.env));
      }
      return outcome;
    }
  }
}

/** Runs the `pre` of a node action, before the job's first step. */
export async function runPre(
  job: JobState,
  frame: Frame,
  step: StepRun,
  context: { definition: ActionStep; resolved: Extract<ResolvedAction, { kind: 'action' }>; runs: NodeRuns },
): Promise<BodyOutcome> {
  const { definition, resolved, runs } = context;
  const inside = actionFrame(frame, resolved, definition.id);
  if (runs.pre === undefined || !evaluateCondition(runs.preCondition, job.scope(inside, step.env)))
    return 'success';
  const given = evaluateStrings(definition.with, job.scope(frame, step.env));
  const inputs = resolveActionInputs(job, inside, step, resolved.action.inputs, given);
  return runNode(job, inside, step, resolved.folder, runs.pre, { ...step.env, ...inputVariables(inputs) });
}

function runNode(
  job: JobState,
  frame: Frame,
  step: StepRun,
  folder: string,
  script: string,
  env: Readonly<Record<string, string>>,
): Promise<BodyOutcome> {
  const state = Object.fromEntries(
    Object.entries(step.state).map(([name, value]) => [`STATE_${name}`, value]),
  );
  return runStepProcess(job, frame, step, {
    command: process.execPath,
    args: [path.join(folder, script)],
    cwd: job.folders.workspace,
    env: { ...env, ...state },
  });
}

function actionFrame(
  frame: Frame,
  resolved: Extract<ResolvedAction, { kind: 'action' }>,
  stepId: string,
): Frame {
  return {
    ...frame,
    source: resolved.source,
    action: {
      action:
        stepId !== ''
          ? stepId
          : `__${createHash('sha256').update(resolved.folder).digest('hex').slice(0, 8)}`,
      action_path: resolved.folder,
      action_repository: resolved.repository,
      action_ref: resolved.ref,
    },
    // Defaults of inputs see github, runner, job, strategy and matrix: not the steps around the action.
    steps: {},
  };
}

/** The values given, with the action's defaults; says what is unknown, missing or deprecated. */
function resolveActionInputs(
  job: JobState,
  frame: Frame,
  step: StepRun,
  definitions: readonly ActionInput[],
  given: Readonly<Record<string, string>>,
): Record<string, string> {
  const known = new Map(definitions.map((input) => [input.name.toLowerCase(), input]));
  const inputs: Record<string, string> = {};
  for (const input of definitions) {
    if (input.default !== undefined)
      inputs[input.name] = evaluateString(input.default, job.scope(frame, step.env));
  }
  const unexpected: string[] = [];
  for (const [name, value] of Object.entries(given)) {
    const input = known.get(name.toLowerCase());
    if (input === undefined) unexpected.push(name);
    inputs[input?.name ?? name] = value;
    if (input?.deprecationMessage !== undefined) {
      job.log.annotate(
        step.number,
        'warning',
        `Input '${name}' has been deprecated with message: ${input.deprecationMessage}`,
      );
    }
  }
  if (unexpected.length > 0) {
    const list = (names: readonly string[]): string => names.map((name) => `'${name}'`).join(', ');
    job.log.annotate(
      step.number,
      'warning',
      `Unexpected input(s) ${list(unexpected)}, valid inputs are [${list(definitions.map((input) => input.name))}]`,
    );
  }
  return inputs;
}
