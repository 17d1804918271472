import { randomUUID } from 'node:crypto';
import { readFile, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { parseAssignments, parsePaths, summaryLimitBytes } from './command-files.ts';
import type { Frame, JobState } from './job-state.ts';
import { runProcess } from './process.ts';
import type { BodyOutcome, StepRun } from './step-body.ts';

const commandFiles = [
  'GITHUB_ENV',
  'GITHUB_PATH',
  'GITHUB_OUTPUT',
  'GITHUB_STATE',
  'GITHUB_STEP_SUMMARY',
] as const;
type CommandFile = (typeof commandFiles)[number];

/**
 * Runs a step's process with its command files, and takes in what it wrote to them. An exit code other than 0 is a
 * failure, said in the log as GitHub says it.
 */
export async function runStepProcess(
  job: JobState,
  frame: Frame,
  step: StepRun,
  process: {
    readonly command: string;
    readonly args: readonly string[];
    readonly cwd: string;
    readonly env: Readonly<Record<string, string>>;
  },
): Promise<BodyOutcome> {
  const files = await createCommandFiles(job);
  try {
    const exit = await runProcess({
      command: process.command,
      args: process.args,
      cwd: process.cwd,
      env: job.processEnvironment(frame, process.env, files),
      onLine: job.log.output(step.number, {
        setOutput: (name, value) => {
          step.outputs[name] = value;
        },
        saveState: (name, value) => {
          step.state[name] = value;
        },
      }),
      cancelled: step.cancelled,
      killed: step.killed,
      timing: job.runner.timing,
    });
    job.groups.push(exit.pid);
    const understood = await takeIn(job, step, files);
    if (step.cancelled.aborted || step.killed.aborted) {
      job.log.write(step.number, 'error', 'The operation was canceled.');
      return 'cancelled';
    }
    if (exit.code !== 0) {
      const how =
        exit.code === null
          ? `was ended by ${exit.signal ?? 'a signal'}`
          : `completed with exit code ${exit.code}`;
      job.log.annotate(step.number, 'failure', `Process ${how}.`);
      return 'failure';
    }
    return understood ? 'success' : 'failure';
  } finally {
    await Promise.all(Object.values(files).map((file) => rm(file, { force: true })));
  }
}

async function createCommandFiles(job: JobState): Promise<Record<CommandFile, string>> {
  const id = randomUUID();
  const entries = commandFiles.map((name): [CommandFile, string] => [
    name,
    path.join(job.folders.files, `${commandName(name)}_${id}`),
  ]);
  await Promise.all(entries.map(([, file]) => writeFile(file, '')));
  return Object.fromEntries(entries) as Record<CommandFile, string>;
}

/** @returns false where a file could not be understood: the step has failed then */
async function takeIn(
  job: JobState,
  step: StepRun,
  files: Readonly<Record<CommandFile, string>>,
): Promise<boolean> {
  let understood = true;
  const read = async (name: CommandFile, apply: (content: string) => void): Promise<void> => {
    try {
      const content = await readFile(files[name], 'utf8');
      if (content !== '') apply(content);
    } catch (error: unknown) {
      understood = false;
      job.log.annotate(
        step.number,
        'failure',
        `Unable to process file command '${commandName(name)}' successfully.`,
      );
      job.log.annotate(step.number, 'failure', error instanceof Error ? error.message : String(error));
    }
  };
  await read('GITHUB_ENV', (content) => {
    for (const { name, value } of parseAssignments(content)) setVariable(job, step.number, name, value);
  });
  await read('GITHUB_PATH', (content) => {
    for (const folder of parsePaths(content)) job.paths.unshift(folder);
  });
  await read('GITHUB_OUTPUT', (content) => {
    for (const { name, value } of parseAssignments(content)) step.outputs[name] = value;
  });
  await read('GITHUB_STATE', (content) => {
    for (const { name, value } of parseAssignments(content)) step.state[name] = value;
  });
  await takeSummary(job, step, files.GITHUB_STEP_SUMMARY);
  return understood;
}

/** What `$GITHUB_OUTPUT` is called where it is spoken of: `output`. */
function commandName(file: CommandFile): string {
  return file.toLowerCase().replace('github_', '');
}

/** Sets a variable for the steps that follow. NODE_OPTIONS would change every action among them: it is refused. */
export function setVariable(job: JobState, step: number, name: string, value: string): void {
  if (name.toUpperCase() === 'NODE_OPTIONS') {
    job.log.annotate(
      step,
      'failure',
      "Can't store NODE_OPTIONS output parameter using '$GITHUB_ENV' command.",
    );
    return;
  }
  // GitHub's own variables are set anew for every step; what a step writes there is not kept.
  if (/^(GITHUB|RUNNER)_/i.test(name)) return;
  job.env[name] = value;
}

const aboutSummaries =
  'https://docs.github.com/actions/using-workflows/workflow-commands-for-github-actions#adding-a-markdown-summary';

async function takeSummary(job: JobState, step: StepRun, file: string): Promise<void> {
  const size = await stat(file).then(
    (found) => found.size,
    () => 0,
  );
  if (size === 0) return;
  if (size > summaryLimitBytes) {
    job.log.annotate(
      step.number,
      'failure',
      `$GITHUB_STEP_SUMMARY upload aborted, supports content up to a size of ${summaryLimitBytes / 1024}k, got ${Math.floor(size / 1024)}k. For more information see: ${aboutSummaries}`,
    );
    return;
  }
  const record = job.order.job.steps.find(({ number }) => number === step.number);
  if (record === undefined) return;
  const text = job.masks.mask(await readFile(file, 'utf8'));
  record.summary = record.summary === undefined ? text : `${record.summary}\n${text}`;
  job.runner.hub.saveJob(job.order.run, job.order.job);
}
