import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import type { EnvironmentConfig } from '../config/index.ts';
import {
  errorMessage,
  Failure,
  type FailureDetails,
  formatDuration,
  type RunCommand,
  type Runner,
  Summary,
} from '../github/index.ts';
import { readJUnit, type TestCase } from '../junit/index.ts';
import { filesMatching } from '../scenarios/index.ts';
import { runOwnCommand } from './own-command.ts';

/** `checks.test` of sluice.yml. */
export type TestSettings = NonNullable<EnvironmentConfig['checks']['test']>;

interface TestRun {
  readonly settings: TestSettings;
  /** The checked-out repository, absolute. */
  readonly workspace: string;
  readonly run: RunCommand;
  readonly runner: Runner;
  /** Milliseconds since 1970, as files are stamped with. */
  readonly now: () => number;
  readonly signal: AbortSignal;
}

interface TestVerdict {
  readonly cases: readonly TestCase[];
  /** The reports, relative to the workspace. */
  readonly reports: readonly string[];
  /** Where the tests ran, absolute. */
  readonly directory: string;
  readonly commands: readonly CommandVerdict[];
}

interface CommandVerdict {
  readonly name: 'Install' | 'Lint' | 'Unit tests';
  readonly command: string;
  readonly exitCode: number;
  readonly milliseconds: number;
  /** The last lines that it printed, without the colours of a terminal. */
  readonly tail: readonly string[];
}

const tailLines = 40;

/**
 * Installs, lints and tests. A lint that fails does not keep the tests from running: both are worth knowing.
 *
 * @throws Failure where the installation fails, or the directory is not there.
 */
export async function runTests(test: TestRun): Promise<TestVerdict> {
  const { settings, workspace } = test;
  const directory = path.resolve(workspace, settings.directory);
  if (!(await isFolder(directory))) {
    throw new Failure('There is nothing to test', {
      where: 'checks.test.directory',
      why: `${settings.directory} is not a folder of the repository`,
      remedy: 'Correct the path in sluice.yml',
    });
  }
  const commands: CommandVerdict[] = [];
  const execute = async (name: CommandVerdict['name'], command: string): Promise<boolean> => {
    if (command.trim() === '') return true;
    const verdict = await runOne(test, directory, name, command);
    commands.push(verdict);
    return verdict.exitCode === 0;
  };

  if (!(await execute('Install', settings.install))) {
    throw new Failure('The dependencies could not be installed', {
      where: `checks.test.install in ${settings.directory}`,
      ...explain(commands.at(-1)),
    });
  }
  await execute('Lint', settings.lint);
  const started = test.now();
  await execute('Unit tests', settings.unit);
  const { cases, reports } = await readReports(directory, settings.report, started);
  return {
    cases,
    reports: reports.map((file) => path.relative(workspace, file)),
    directory,
    commands,
  };
}

/** Why the verdict is not a pass, or `undefined` where it is one. */
export function judge({ cases, commands }: TestVerdict, settings: TestSettings): Failure | undefined {
  const failed = cases.filter(({ outcome }) => outcome.kind === 'failed').length;
  const executed = cases.filter(({ outcome }) => outcome.kind !== 'skipped').length;
  if (failed > 0) {
    return new Failure(failed === 1 ? '1 test failed' : `${failed} of ${executed} tests failed`, {
      remedy: 'The summary has each with what it printed',
    });
  }
  const bad = commands.find(({ exitCode }) => exitCode !== 0);
  if (bad !== undefined) {
    return new Failure(`${bad.name} failed`, {
      where: settings.directory,
      ...explain(bad),
    });
  }
  if (executed > 0) return undefined;
  return new Failure('No test was executed', {
    where: `checks.test.report "${settings.report}" in ${settings.directory}`,
    why: cases.length === 0 ? 'the run left no JUnit report with a test in it' : 'all tests were skipped',
    remedy: 'Let the test command write a JUnit report there, or set checks.test.report to where it does',
  });
}

function explain(verdict: CommandVerdict | undefined): FailureDetails {
  if (verdict === undefined) return {};
  return {
    why: `"${verdict.command}" ended with exit code ${verdict.exitCode}`,
    remedy: 'Its last lines are in the summary, all of them in the log',
    evidence: new Summary()
      .details('Last lines', new Summary().code(verdict.tail.join('\n')), true)
      .toString(),
  };
}

async function runOne(
  { runner, run, now, signal }: TestRun,
  directory: string,
  name: CommandVerdict['name'],
  command: string,
): Promise<CommandVerdict> {
  const started = now();
  const tail: string[] = [];
  const exitCode = await runOwnCommand({
    title: `${name}: ${command}`,
    command,
    directory,
    run,
    runner,
    signal,
    onLine: (line) => {
      if (tail.push(stripVTControlCharacters(line)) > tailLines) tail.shift();
    },
  });
  const milliseconds = now() - started;
  runner.info(
    `${name} ${exitCode === 0 ? 'passed' : `failed with exit code ${exitCode}`} after ${formatDuration(milliseconds)}.`,
  );
  return { name, command, exitCode, milliseconds, tail };
}

/** The reports that this run wrote: an older file is of another run. */
async function readReports(
  directory: string,
  pattern: string,
  since: number,
): Promise<{ readonly cases: readonly TestCase[]; readonly reports: readonly string[] }> {
  const cases: TestCase[] = [];
  const reports: string[] = [];
  for (const name of await filesMatching(directory, pattern)) {
    const file = path.join(directory, name);
    // File systems may keep whole seconds only.
    if ((await stat(file)).mtimeMs < Math.floor(since / 1000) * 1000) continue;
    try {
      cases.push(...readJUnit(await readFile(file, 'utf8')));
    } catch (error) {
      throw new Failure('The test report cannot be read', {
        where: file,
        why: errorMessage(error),
        remedy: 'checks.test.report has to name a JUnit report (XML)',
        cause: error,
      });
    }
    reports.push(file);
  }
  return { cases, reports };
}

async function isFolder(name: string): Promise<boolean> {
  return stat(name).then(
    (entry) => entry.isDirectory(),
    () => false,
  );
}
