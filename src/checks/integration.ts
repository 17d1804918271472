import { readFile, rm } from 'node:fs/promises';
import { errorMessage, Failure, type RunCommand, type Runner } from '../github/index.ts';
import { readJUnit, type TestCase } from '../junit/index.ts';
import {
  loadScenarioFiles,
  readScenarios,
  runScenario,
  type ScenarioFile,
  type ScenarioResult,
  type ScenarioRun,
} from '../scenarios/index.ts';
import { runOwnCommand } from './own-command.ts';

/**
 * Reads the integration scenarios that a pattern names.
 *
 * @param pattern relative to the workspace: `integration/*.yml`
 * @throws Failure with all mistakes of all files, and where there is no scenario at all.
 */
export function loadScenarios(
  runner: Runner,
  workspace: string,
  pattern: string,
): Promise<readonly ScenarioFile[]> {
  return loadScenarioFiles(runner, workspace, pattern, {
    read: readScenarios,
    plural: 'scenarios',
    remedy:
      'Write one (the README of actions/integration-test has the format), or correct the pattern in sluice.yml',
  });
}

/** Runs all scenarios, one after the other; each is reported as it ends. */
export async function runScenarios(
  files: readonly ScenarioFile[],
  run: ScenarioRun,
  report: (result: ScenarioResult) => void,
): Promise<readonly ScenarioResult[]> {
  const results: ScenarioResult[] = [];
  for (const scenario of files.flatMap(({ scenarios }) => scenarios)) {
    const result = await runScenario(scenario, run);
    report(result);
    results.push(result);
  }
  return results;
}

/** A scenario as a test, for reports. */
export function toTestCase({ scenario, passed, steps, milliseconds }: ScenarioResult): TestCase {
  const last = steps.at(-1);
  const base = {
    suite: scenario.file,
    name: scenario.name,
    seconds: milliseconds / 1000,
    file: scenario.file,
  };
  if (passed || last === undefined) return { ...base, line: scenario.line, outcome: { kind: 'passed' } };
  const { step, failures, status, body, attempts } = last;
  const detail = [
    `${step.request.method} ${step.request.path}${status === undefined ? '' : ` → ${status}`}` +
      (attempts > 1 ? `, after ${attempts} attempts` : ''),
    ...failures.map((failure) => `- ${failure}`),
    ...(body === undefined ? [] : ['', body]),
  ];
  return {
    ...base,
    line: step.line,
    outcome: {
      kind: 'failed',
      message: `${step.name}: ${failures[0] ?? 'failed'}`,
      detail: detail.join('\n'),
    },
  };
}

interface CommandRun {
  readonly command: string;
  readonly workspace: string;
  readonly url: URL;
  readonly version: string;
  /** Where the command may leave a JUnit report; it is told as SLUICE_JUNIT. */
  readonly report: string;
  readonly run: RunCommand;
  readonly runner: Runner;
  readonly signal: AbortSignal;
}

/** Runs the service's own tests against the URL. Cases are empty where the command leaves no report. */
export async function runTestCommand({
  command,
  workspace,
  url,
  version,
  report,
  run,
  runner,
  signal,
}: CommandRun): Promise<{ readonly exitCode: number; readonly cases: readonly TestCase[] }> {
  // On a runner that is kept, a report of an earlier run may be there.
  await rm(report, { force: true });
  const exitCode = await runOwnCommand({
    title: command,
    command,
    directory: workspace,
    variables: { SLUICE_URL: url.href, SLUICE_VERSION: version, SLUICE_JUNIT: report },
    run,
    runner,
    signal,
  });
  try {
    return { exitCode, cases: readJUnit(await readFile(report, 'utf8')) };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { exitCode, cases: [] };
    throw new Failure('The test report cannot be read', {
      where: report,
      why: errorMessage(error),
      cause: error,
    });
  }
}
