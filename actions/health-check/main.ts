import {
  cancellation,
  codeSpan,
  Failure,
  inputs,
  createProgress,
  openOutputs,
  optional,
  readInputs,
  runner,
  sleep,
  Summary,
  writeSummary,
} from '../../src/github/index.ts';
import { prove, type ProbeTarget } from '../../src/traffic/probe.ts';

/** Asks a URL until it answers well often enough in a row. */
export async function run(): Promise<void> {
  const outputs = openOutputs(runner, { healthy: 'false', version: '', attempts: '0' });
  const input = readInputs(runner, {
    url: optional(inputs.httpUrl),
    listener: optional(inputs.oneOf('test', 'production')),
    config: optional(inputs.workspacePath, 'sluice.yml'),
    environment: optional(inputs.environmentName),
    variables: optional(inputs.variables, {}),
    version: optional(inputs.version),
    'version-key': optional(inputs.text, 'version'),
    answers: optional(inputs.integer({ min: 1, max: 100 }), 3),
    within: optional(inputs.duration, 60_000),
  });
  const target =
    input.url === undefined ? await targetOf(input) : { url: input.url, versionKey: input['version-key'] };
  if (target === undefined) {
    runner.notice(
      'The environment has no test listener: the new version is not reached before users reach it.',
      {
        title: 'Health checks',
      },
    );
    outputs.set('healthy', '');
    return;
  }
  const now = (): number => performance.now();
  const progress = createProgress({
    print: (line) => runner.info(line),
    now,
    deadline: now() + input.within,
  });
  const { proven, streak } = await prove({
    target,
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
        ['URL', codeSpan(target.url.href)],
        ['Answers', codeSpan(seen.join(', '))],
        ['Last', `${streak.last?.status ?? 0} in ${streak.last?.ms ?? 0} ms`],
      ],
    ),
  );
  if (!proven) {
    throw new Failure(`${target.url.href} did not answer well ${input.answers} times in a row`, {
      why:
        streak.last?.problem ??
        `version ${streak.last?.version ?? '?'} answered, expected ${input.version ?? 'any'}`,
      remedy: 'Look at the service’s log; the summary lists which versions answered',
    });
  }
}

/**
 * Where a listener of an environment answers, as sluice.yml and AWS know it.
 * @returns `undefined` for the test listener of an environment that has none
 * @throws Failure where neither a URL nor an environment's listener is named
 */
async function targetOf({
  listener,
  environment: name,
  config,
  variables,
}: {
  readonly listener: 'test' | 'production' | undefined;
  readonly environment: string | undefined;
  readonly config: string;
  readonly variables: Readonly<Record<string, string>>;
}): Promise<ProbeTarget | undefined> {
  if (listener === undefined || name === undefined) {
    throw new Failure('There is nothing to ask', {
      where: 'inputs "url", "listener" and "environment"',
      why: 'neither a URL is given, nor an environment with one of its listeners',
      remedy: 'Give url; or environment and listener',
    });
  }
  // Only here: a plain URL needs no AWS, and does not wait for its clients to be loaded.
  const [{ openBench }, { authorizationOf }, { testUrlOf }] = await Promise.all([
    import('../deploy/release.ts'),
    import('../../src/config/index.ts'),
    import('../../src/traffic/index.ts'),
  ]);
  const { aws, environment } = await openBench({ config, environment: name, variables, version: undefined });
  const { testRule, testUrl } = environment.loadBalancer ?? {};
  if (listener === 'test' && testRule === undefined && testUrl === undefined) return undefined;
  const base = listener === 'test' ? await testUrlOf(aws, environment) : frontDoorOf(environment);
  const authorization = authorizationOf(environment);
  const { path, json } = environment.container.version;
  return {
    url: new URL(path, base),
    versionKey: json,
    ...(authorization === undefined ? {} : { headers: { authorization } }),
  };
}

function frontDoorOf({ name, url }: { readonly name: string; readonly url?: string | undefined }): URL {
  if (url !== undefined) return new URL(url);
  throw new Failure('The address of the environment is not known', {
    where: `environments.${name}.url`,
    remedy: 'Set it in sluice.yml',
  });
}
