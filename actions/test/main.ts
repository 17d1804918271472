import { judge, runTests, settingsOf } from '../../src/checks/index.ts';
import {
  cancellation,
  codeSpan,
  environmentOf,
  formatDuration,
  inputs,
  loadSluiceYml,
  openOutputs,
  optional,
  readContext,
  readInputs,
  required,
  runCommand,
  runner,
  Summary,
  writeSummary,
} from '../../src/github/index.ts';
import { annotate, locateFailure, summarise, totalsOf } from '../../src/junit/index.ts';

/** Install, lint, unit tests → results. */
export async function run(): Promise<void> {
  const outputs = openOutputs(runner, { passed: '0', failed: '0', skipped: '0', report: '' });
  const input = readInputs(runner, {
    config: optional(inputs.workspacePath, 'sluice.yml'),
    environment: required(inputs.environmentName),
  });
  const { workspace } = readContext(runner.environment);
  const config = await loadSluiceYml(runner, workspace, input.config);
  const settings = settingsOf(input.environment, environmentOf(config, input.environment), 'test');

  const verdict = await runTests({
    settings,
    workspace,
    run: runCommand,
    runner,
    now: Date.now,
    signal: cancellation(),
  });
  const totals = totalsOf(verdict.cases);
  outputs.set('passed', String(totals.passed));
  outputs.set('failed', String(totals.failed));
  outputs.set('skipped', String(totals.skipped));
  outputs.set('report', verdict.reports.join(' '));

  annotate(runner, verdict.cases, (test) => locateFailure(test, workspace, verdict.directory));
  const summary = new Summary().heading(3, 'CI Tests').table(
    ['', 'Command', 'Time'],
    verdict.commands.map(({ name, command, exitCode, milliseconds }) => [
      `${exitCode === 0 ? '✅' : '❌'} ${name}`,
      codeSpan(command),
      formatDuration(milliseconds),
    ]),
  );
  await writeSummary(runner, summarise(summary, verdict.cases));
  const failure = judge(verdict, settings);
  if (failure !== undefined) throw failure;
  runner.info(`${totals.passed} tests passed.`);
}
