import { tmpdir } from 'node:os';
import path from 'node:path';
import { readServiceUnderTest, serviceInputs, settingsOf } from '../../src/checks/index.ts';
import { formatVerdict } from '../../src/evidence/verdict.ts';
import {
  cancellation,
  Failure,
  inputs,
  openOutputs,
  optional,
  readInputs,
  required,
  runner,
  sleep,
  writeSummary,
} from '../../src/github/index.ts';
import {
  compare,
  describeLoad,
  interleave,
  judge,
  openConnection,
  readEarlier,
  reportOf,
  runLoad,
  summaryOf,
  writeReport,
  type Compared,
  type Load,
  type Surroundings,
  type Target,
} from '../../src/load/index.ts';
import { expectVersion } from '../../src/traffic/expect-version.ts';
import { loadOf, targetOf, type Settings } from './settings.ts';
import { unmeasured, verdictOf } from './verdict.ts';

/** Load on a URL → latencies, held against thresholds and against the previous release. */
export async function run(): Promise<void> {
  const outputs = openOutputs(runner, { outcome: 'error', verdict: '', report: '' });
  const input = readInputs(runner, {
    ...serviceInputs,
    url: required(inputs.httpUrl),
    'baseline-url': optional(inputs.httpUrl),
    'baseline-report': optional(inputs.workspacePath),
    image: optional(inputs.imageByDigest, ''),
  });
  const { workspace, config, environment, authorization, headers } = await readServiceUnderTest(
    runner,
    input,
  );
  const settings = settingsOf(input.environment, environment, 'performance');
  const earlier =
    input['baseline-report'] === undefined
      ? undefined
      : await readEarlier(path.join(workspace, input['baseline-report']));

  const target = targetOf(settings, input.url, authorization);
  const load = loadOf(settings);
  const signal = cancellation();
  const surroundings = { now: () => performance.now(), sleep, signal };
  runner.info(`${target.method} ${target.url.href}: ${describeLoad(load)}.`);
  const startedAt = new Date();
  if (input.image !== '') outputs.set('verdict', formatVerdict(unmeasured(input.image, startedAt)));
  const isIt = (): Promise<void> =>
    expectVersion({ config, url: input.url, version: input.version, headers, signal });
  await isIt();
  const measured = await runLoad({
    load,
    warmUpMs: settings.warmUp,
    connect: () => openConnection(target),
    report: (ended) => runner.info(`${ended} requests so far.`),
    ...surroundings,
  });
  await isIt();
  const comparison = await comparePrevious({
    settings,
    load,
    target,
    baseline: input['baseline-url'],
    authorization,
    earlier,
    surroundings,
  });

  const report = reportOf({
    environment: input.environment,
    version: input.version,
    image: input.image,
    startedAt,
    finishedAt: new Date(),
    target,
    run: measured,
    judgement: judge(measured, settings.thresholds ?? {}),
    comparison,
  });
  const folder = path.join(runner.environment['RUNNER_TEMP'] ?? tmpdir(), `performance-${input.environment}`);
  await writeReport(folder, report, measured.measured.histogram);
  outputs.set('report', folder);
  outputs.set('outcome', report.outcome);
  if (input.image !== '') outputs.set('verdict', formatVerdict(verdictOf(report)));
  await writeSummary(runner, summaryOf(report));
  for (const reason of report.reasons) runner.info(reason);
  switch (report.outcome) {
    case 'passed':
      return;
    case 'failed':
      throw new Failure(`The performance of ${input.environment} is not good enough`, {
        why: report.reasons.join(' '),
        remedy: 'The summary has what was measured; docs/performance-test.md says how to read it',
      });
    case 'inconclusive':
      throw new Failure(`The performance of ${input.environment} cannot be told`, {
        why: report.reasons.join(' '),
        remedy:
          'Run the job again, on a machine with nothing else to do; this is no finding about the service',
      });
  }
}

async function comparePrevious({
  settings,
  load,
  target,
  baseline,
  authorization,
  earlier,
  surroundings,
}: {
  readonly settings: Settings;
  readonly load: Load;
  readonly target: Target;
  readonly baseline: URL | undefined;
  readonly authorization: string | undefined;
  readonly earlier: Awaited<ReturnType<typeof readEarlier>> | undefined;
  readonly surroundings: Surroundings;
}): Promise<Compared> {
  if (settings.compareWith === 'nothing') return { kind: 'not-asked' };
  if (baseline === undefined) {
    runner.notice(
      'compareWith: previous needs an address at which the previous release answers at the same time (baseline-url). It was not compared.',
      { title: 'Performance Tests' },
    );
    return { kind: 'not-reachable', earlier };
  }
  const previous = targetOf(settings, baseline, authorization);
  runner.info(`In turn with the previous release at ${previous.url.href}.`);
  const { current, previous: before } = await interleave({
    load,
    warmUpMs: settings.warmUp,
    connectCurrent: () => openConnection(target),
    connectPrevious: () => openConnection(previous),
    ...surroundings,
  });
  return { kind: 'interleaved', ...compare(current, before) };
}
