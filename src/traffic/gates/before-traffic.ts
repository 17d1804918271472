import { loadScenarios, runScenarios } from '../../checks/index.ts';
import { authorizationOf, type ResolvedEnvironment } from '../../config/index.ts';
import type { Runner } from '../../github/index.ts';
import { isOwnFault } from '../own-fault.ts';
import { prove } from '../probe.ts';
import type { Ruling } from './ruling.ts';

export interface BeforeTrafficOptions {
  readonly environment: ResolvedEnvironment;
  /** The version that has to answer. */
  readonly version: string;
  /** Where the new version is reached before users reach it. */
  readonly url: URL;
  readonly runner: Runner;
  readonly workspace: string;
  readonly now: () => number;
  readonly sleep: (ms: number, signal?: AbortSignal) => Promise<void>;
  readonly random: () => number;
  readonly signal: AbortSignal;
}

/**
 * Green on the test listener, before a single user reaches it: it answers with its version, and the service's own
 * integration scenarios pass where `smoke` asks for them.
 */
export async function checkBeforeTraffic(options: BeforeTrafficOptions): Promise<Ruling> {
  const { environment } = options;
  const health = await checkHealth(options);
  const wantsSmoke = environment.deploy.gates?.beforeTraffic.includes('smoke') === true;
  const pattern = environment.checks.integration?.scenarios;
  return health.outcome === 'pass' && wantsSmoke && pattern !== undefined
    ? checkScenarios(options, pattern, health)
    : health;
}

async function checkHealth(options: BeforeTrafficOptions): Promise<Ruling> {
  const { environment, url, version, runner, now } = options;
  const { answers, within } = environment.proof;
  const authorization = authorizationOf(environment);
  const target = new URL(environment.container.version.path, url);
  const { proven, streak } = await prove({
    target: {
      url: target,
      versionKey: environment.container.version.json,
      ...(authorization === undefined ? {} : { headers: { authorization } }),
    },
    expected: version,
    answers,
    deadlineMs: within,
    now,
    sleep: options.sleep,
    random: options.random,
    report: (state) => runner.debug(state),
    signal: options.signal,
  });
  if (proven)
    return { outcome: 'pass', why: `${target.href} answered ${answers} times in a row with ${version}` };
  const { last } = streak;
  return {
    outcome: 'fail',
    // A test listener that leads elsewhere, or nowhere, is not the release's fault.
    blame: isOwnFault(version, streak) ? 'release' : 'circumstances',
    why: `${target.href} did not answer ${answers} times in a row with ${version}: ${last?.problem ?? `${last?.version ?? 'nothing'} answers`}`,
  };
}

async function checkScenarios(
  { environment, url, version, runner, workspace, now, sleep, signal }: BeforeTrafficOptions,
  pattern: string,
  health: Ruling,
): Promise<Ruling> {
  const authorization = authorizationOf(environment);
  const files = await loadScenarios(runner, workspace, pattern);
  const results = await runScenarios(
    files,
    {
      url,
      bindings: { url: url.href, version, environment: environment.name },
      headers: authorization === undefined ? {} : { authorization },
      fetch,
      now,
      sleep,
      signal,
    },
    ({ scenario, passed }) => runner.info(`${passed ? '✔' : '✘'} ${scenario.name}`),
  );
  const failed = results.filter(({ passed }) => !passed);
  if (failed.length === 0)
    return { outcome: 'pass', why: `${health.why}, and ${results.length} scenarios passed` };
  const first = failed[0]?.steps.at(-1)?.failures[0] ?? '';
  return {
    outcome: 'fail',
    why: `${failed.length} of ${results.length} scenarios failed against ${url.origin}: ${failed.map(({ scenario }) => scenario.name).join(', ')}${first === '' ? '' : ` (${first})`}`,
  };
}
