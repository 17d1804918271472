import type { ActionStep } from '../engine/workflow/model.ts';
import type { StandIn, StandInStep } from '../stand-ins/stand-in.ts';
import { writeHead } from './action-head.ts';
import type { Frame, JobState } from './job-state.ts';
import { runProcess } from './process.ts';
import type { BodyOutcome, PostEntry, StepRun } from './step-body.ts';
import { setVariable } from './step-process.ts';

/** Runs a stand-in in place of the action, and says so in the log. */
export async function runStandIn(
  job: JobState,
  frame: Frame,
  step: StepRun,
  context: {
    readonly definition: ActionStep;
    readonly standIn: StandIn;
    readonly ref: string;
    readonly given: Readonly<Record<string, string>>;
    readonly addPost: (post: PostEntry) => void;
  },
): Promise<BodyOutcome> {
  const { standIn, given } = context;
  writeHead(job, frame, step, context.definition.uses, given);
  job.log.write(
    step.number,
    'line',
    `The rehearsal's stand-in for ${standIn.action}@${context.ref}: ${standIn.does} ${standIn.doesNot}`,
  );
  for (const name of Object.keys(given)) {
    if (!(name in standIn.inputs)) {
      job.log.write(step.number, 'line', `The input ${name} is not looked at by the stand-in.`);
    }
  }
  const state: Record<string, string> = {};
  const surroundings = (at: StepRun): StandInStep => standInStep(job, frame, at, standIn, given, state);
  const { post } = standIn;
  if (post !== undefined) {
    context.addPost({
      condition: 'always()',
      run: (at) => settle(job, { ...step, ...at }, (running) => post(surroundings(running))),
    });
  }
  return settle(job, step, (running) => standIn.run(surroundings(running)));
}

async function settle(
  job: JobState,
  step: StepRun,
  run: (step: StepRun) => Promise<void>,
): Promise<BodyOutcome> {
  try {
    await run(step);
    return step.cancelled.aborted || step.killed.aborted ? 'cancelled' : 'success';
  } catch (error: unknown) {
    if (step.cancelled.aborted || step.killed.aborted) return 'cancelled';
    job.log.annotate(step.number, 'failure', error instanceof Error ? error.message : String(error));
    return 'failure';
  }
}

function standInStep(
  job: JobState,
  frame: Frame,
  step: StepRun,
  standIn: StandIn,
  given: Readonly<Record<string, string>>,
  state: Record<string, string>,
): StandInStep {
  const { runner, order, log } = job;
  const input = (name: string): string => {
    const value = (given[name] ?? standIn.inputs[name]?.default ?? '').trim();
    if (value === '' && standIn.inputs[name]?.required === true) {
      throw new Error(`Input required and not supplied: ${name}`);
    }
    return value;
  };
  const environment = job.processEnvironment(frame, step.env, {});
  return {
    input,
    flag: (name) => {
      const value = input(name);
      if (/^(true|True|TRUE)$/.test(value)) return true;
      if (/^(false|False|FALSE|)$/.test(value)) return false;
      throw new Error(`The input ${name} takes true or false, and is "${value}".`);
    },
    environment,
    workspace: job.folders.workspace,
    temp: job.folders.temp,
    stateDirectory: runner.stateDirectory,
    hub: runner.hub,
    run: order.run,
    git: runner.git,
    now: runner.now,
    signal: AbortSignal.any([step.cancelled, step.killed]),
    info: (line) => log.write(step.number, 'line', line),
    warning: (message) => log.annotate(step.number, 'warning', message),
    mask: (secret) => job.masks.add(secret),
    setOutput: (name, value) => {
      step.outputs[name] = value;
    },
    exportVariable: (name, value) => setVariable(job, step.number, name, value),
    addPath: (folder) => {
      job.paths.unshift(folder);
    },
    saveState: (name, value) => {
      state[name] = value;
    },
    state: (name) => state[name] ?? '',
    execute: async (command, args, folder = job.folders.workspace) => {
      log.write(step.number, 'command', [command, ...args].join(' '));
      const exit = await runProcess({
        command,
        args,
        cwd: folder,
        env: environment,
        onLine: (line) => log.write(step.number, 'line', line),
        cancelled: step.cancelled,
        killed: step.killed,
        timing: runner.timing,
      });
      if (exit.code !== 0)
        throw new Error(
          `${command} ${args[0] ?? ''} ended with exit code ${exit.code ?? exit.signal ?? ''}.`,
        );
    },
  };
}
