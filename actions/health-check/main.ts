import {
  cancellation,
  codeSpan,
  Failure,
  inputs,
  createProgress,
  openOutputs,
  optional,
  readInputs,
  required,
  runner,
  sleep,
  Summary,
  writeSummary,
} from '../../src/github/index.ts';
import { prove } from '../../src/traffic/index.ts';

/** Asks a URL until it answers well often enough in a row. */
export async function run(): Promise<void> {
  const outputs = openOutputs(runner, { healthy: 'false', version: '', attempts: '0' });
  const input = readInputs(runner, {
    url: required(inputs.httpUrl),
    version: optional(inputs.version),
    'version-key': optional(inputs.text, 'version'),
    answers: optional(inputs.integer({ min: 1, max: 100 }), 3),
    within: optional(inputs.duration, 60_000),
  });
  const now = (): number => performance.now();
  const progress = createProgress({
    print: (line) => runner.info(line),
    now,
    deadline: now() + input.within,
  });
  const { proven, streak } = await prove({
    target: { url: input.url, versionKey: input['version-key'] },
    expected: input.version,
    answers: input.answers,
    deadlineMs: input.within,
    now,
    sleep,
    random: Math.random,
    report: (state) => progress.report(state),
    signal: cancellation(),
  });
  outputs.set('healthy', String(proven));
  outputs.set('version', streak.last?.version ?? '');
  outputs.set('attempts', String(streak.asked));
  const seen = Object.entries(streak.seen).map(([version, count]) => `${version} × ${count}`);
  await writeSummary(
    runner,
    new Summary().heading(3, proven ? 'Healthy' : 'Not healthy').table(
      ['', ''],
      [
        ['URL', codeSpan(input.url.href)],
        ['Answers', codeSpan(seen.join(', '))],
        ['Last', `${streak.last?.status ?? 0} in ${streak.last?.ms ?? 0} ms`],
      ],
    ),
  );
  if (!proven) {
    throw new Failure(`${input.url.href} did not answer well ${input.answers} times in a row`, {
      why:
        streak.last?.problem ??
        `version ${streak.last?.version ?? '?'} answered, expected ${input.version ?? 'any'}`,
      remedy: 'Look at the service’s log; the summary lists which versions answered',
    });
  }
}
