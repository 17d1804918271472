import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import {
  loadScenarios,
  readServiceUnderTest,
  runScenarios,
  runTestCommand,
  serviceInputs,
  settingsOf,
  toTestCase,
} from '../../src/checks/index.ts';
import {
  cancellation,
  Failure,
  formatDuration,
  inputs,
  openOutputs,
  optional,
  readInputs,
  required,
  runCommand,
  runner,
  sleep,
  Summary,
  writeSummary,
} from '../../src/github/index.ts';
import { annotate, summarise, totalsOf, writeJUnit, type TestCase } from '../../src/junit/index.ts';

/** Scenarios, or a command, against a URL → results. */
export async function run(): Promise<void> {
  const outputs = openOutputs(runner, { passed: '0', failed: '0', report: '' });
  const input = readInputs(runner, {
    ...serviceInputs,
    url: required(inputs.httpUrl),
    scenarios: optional(inputs.workspacePath),
  });
  const { workspace, environment, headers } = await readServiceUnderTest(runner, input);
  // Scenarios that the workflow names are run whether or not sluice.yml asks for any.
  const settings =
    input.scenarios === undefined ? settingsOf(input.environment, environment, 'integration') : undefined;

  const report = path.join(
    runner.environment['RUNNER_TEMP'] ?? tmpdir(),
    `integration-${input.environment}.xml`,
  );
  const signal = cancellation();
  const { url, version } = input;
  const command = settings?.command;
  let cases: readonly TestCase[];
  let failure: Failure | undefined;
  if (command !== undefined) {
    const ran = await runTestCommand({
      command,
      workspace,
      url,
      version,
      report,
      run: runCommand,
      runner,
      signal,
    });
    cases = ran.cases;
    if (ran.exitCode !== 0) {
      failure = new Failure('The integration tests failed', {
        where: 'checks.integration.command',
        why: `"${command}" ended with exit code ${ran.exitCode}`,
        remedy: 'The log above has what it printed',
      });
    }
  } else {
    const pattern = input.scenarios ?? settings?.scenarios ?? '';
    const files = await loadScenarios(runner, workspace, pattern);
    const results = await runScenarios(
      files,
      {
        url,
        bindings: { url: url.href, version, environment: input.environment },
        headers,
        fetch,
        now: () => performance.now(),
        sleep,
        signal,
      },
      ({ scenario, passed, milliseconds }) =>
        runner.info(`${passed ? '✅' : '❌'} ${scenario.name} (${formatDuration(milliseconds)})`),
    );
    cases = results.map(toTestCase);
    await writeFile(report, writeJUnit('Integration Tests', cases));
  }

  const { passed, failed } = totalsOf(cases);
  outputs.set('passed', String(passed));
  outputs.set('failed', String(failed));
  if (cases.length > 0) outputs.set('report', report);
  annotate(runner, cases);
  await writeSummary(runner, summariseCases(url, cases));
  if (failed > 0) {
    failure ??= new Failure(`${failed} of ${passed + failed} scenarios failed against ${url.origin}`, {
      remedy: 'The summary has each with the request, the answer and what was expected',
    });
  }
  if (failure !== undefined) throw failure;
}

function summariseCases(url: URL, cases: readonly TestCase[]): Summary {
  const summary = new Summary().heading(3, 'Integration Tests').paragraph(`Against ${url.origin}.`);
  summary.table(
    ['', 'Scenario', 'Time'],
    cases.map(({ outcome, name, seconds }) => [
      outcome.kind === 'passed' ? '✅' : outcome.kind === 'failed' ? '❌' : '⏭️',
      name,
      formatDuration(seconds * 1000),
    ]),
  );
  return summarise(summary, cases);
}
