import { randomUUID } from 'node:crypto';
import { access, constants, mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { RunStep, RunDefaults } from '../engine/workflow/model.ts';
import type { Scope } from '../engine/expressions/evaluate.ts';
import { evaluateString } from '../engine/expressions/template.ts';
import type { Frame, JobState } from './job-state.ts';
import type { BodyOutcome, StepRun } from './step-body.ts';
import { runStepProcess } from './step-process.ts';

/** How GitHub's runner calls a shell (docs.github.com, "jobs.<job_id>.steps[*].shell"); `{0}` is the script's file. */
const shells: Readonly<Record<string, { readonly call: string; readonly extension: string }>> = {
  bash: { call: 'bash --noprofile --norc -eo pipefail {0}', extension: '.sh' },
  sh: { call: 'sh -e {0}', extension: '.sh' },
  python: { call: 'python {0}', extension: '.py' },
  pwsh: { call: 'pwsh -command . {0}', extension: '.ps1' },
};
/** Where a step names no shell: bash without pipefail. */
const unspecified = { call: 'bash -e {0}', extension: '.sh' };

/** Runs a `run:` step. @throws Error where its folder or its shell is not there */
export async function runScript(
  job: JobState,
  frame: Frame,
  step: StepRun,
  definition: RunStep,
  defaults: readonly RunDefaults[],
): Promise<BodyOutcome> {
  const scope = job.scope(frame, step.env);
  const script = evaluateString(definition.run, scope);
  const shellName = firstOf(definition.shell, defaults, 'shell', scope);
  const folder = path.resolve(
    job.folders.workspace,
    firstOf(definition.workingDirectory, defaults, 'workingDirectory', scope) ?? '.',
  );
  const { call, extension } = shellName === undefined ? unspecified : shellCall(shellName);
  const file = path.join(job.folders.temp, `${randomUUID()}${extension}`);
  await mkdir(job.folders.temp, { recursive: true });
  await writeFile(file, script.replaceAll('\r\n', '\n'));

  const { log } = job;
  log.write(step.number, 'group', `Run ${firstLine(script)}`);
  for (const line of script.trimEnd().split('\n')) log.write(step.number, 'line', line);
  log.write(step.number, 'line', `shell: ${call}`);
  writeVariables(job, frame, step);
  log.write(step.number, 'endgroup', '');

  await access(folder, constants.X_OK).catch((error: unknown) => {
    throw new Error(`The working directory ${folder} is not there.`, { cause: error });
  });
  const [command = 'bash', ...args] = splitCall(call).map((part) => part.replaceAll('{0}', file));
  return runStepProcess(job, frame, step, { command, args, cwd: folder, env: step.env });
}

/** The step's own, then the job's default, then the workflow's. */
function firstOf(
  own: RunStep['shell'],
  defaults: readonly RunDefaults[],
  key: keyof RunDefaults,
  scope: Scope,
): string | undefined {
  for (const template of [own, ...defaults.map((item) => item[key])]) {
    if (template === undefined) continue;
    const value = evaluateString(template, scope);
    if (value !== '') return value;
  }
  return undefined;
}

/** A named shell, or a call of the workflow's own making with `{0}` in it. */
function shellCall(shell: string): { call: string; extension: string } {
  const known = shells[shell];
  if (known !== undefined) return known;
  if (shell.includes('{0}')) return { call: shell, extension: '.sh' };
  throw new Error(
    `shell: ${shell} is none of ${Object.keys(shells).join(', ')}, and has no {0} for the script's file.`,
  );
}

/** Splits at blanks; quotes keep them together. */
function splitCall(call: string): string[] {
  return [...call.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare ?? '');
}

export function firstLine(script: string): string {
  return script.trim().split('\n', 1)[0] ?? '';
}

/** The `env:` part of a step's head in the log. */
export function writeVariables(job: JobState, frame: Frame, step: StepRun): void {
  const variables = Object.entries({ ...job.env, ...frame.env, ...step.env });
  if (variables.length === 0) return;
  job.log.write(step.number, 'line', 'env:');
  for (const [name, value] of variables) job.log.write(step.number, 'line', `  ${name}: ${value}`);
}
