import { tmpdir } from 'node:os';
import path from 'node:path';
import { readServiceUnderTest, settingsOf } from '../../src/checks/index.ts';
import { chatProfile } from '../../src/config/index.ts';
import { formatVerdict, type Verdict } from '../../src/evidence/index.ts';
import {
  cancellation,
  errorMessage,
  Failure,
  formatDuration,
  type Outputs,
  runner,
  sleep,
  writeSummary,
} from '../../src/github/index.ts';
import { annotate } from '../../src/junit/index.ts';
import { expectVersion } from '../../src/traffic/expect-version.ts';
import {
  accept,
  type Browser,
  factsOf,
  findBrowser,
  loadUat,
  opensPages,
  redacted,
  redactor,
  runUat,
  signOf,
  startBrowser,
  summariseUat,
  toTestCase,
  type UatResult,
  writeEvidence,
} from '../../src/uat/index.ts';

interface PlayInput {
  readonly config: string;
  readonly environment: string;
  readonly url: URL | undefined;
  readonly image: string | undefined;
  readonly version: string;
  readonly scenarios: string | undefined;
  readonly variables: Readonly<Record<string, string>>;
  readonly authorization: string | undefined;
}

type PlayOutputs = Outputs<'verdict' | 'passed' | 'failed' | 'evidence' | 'report' | 'awaits-sign-off'>;

/** Plays the scenarios of an environment, keeps the evidence, and gives the verdict. */
export async function play(input: PlayInput, outputs: PlayOutputs): Promise<void> {
  const startedAt = new Date().toISOString();
  const digest = input.image?.slice(input.image.indexOf('@') + 1);
  const give = (verdict: Pick<Verdict, 'outcome' | 'summary' | 'facts'>): void => {
    if (digest === undefined) return;
    const finishedAt = new Date().toISOString();
    outputs.set('verdict', formatVerdict({ kind: 'uat', digest, startedAt, finishedAt, ...verdict }));
  };
  give({ outcome: 'inconclusive', summary: 'the scenarios were not played to their end', facts: {} });

  const { workspace, config, environment, authorization, headers } = await readServiceUnderTest(
    runner,
    input,
  );
  const settings = settingsOf(input.environment, environment, 'uat');
  const { url, version } = input;
  if (url === undefined) {
    throw new Failure('It is not known where the service answers', {
      where: 'input "url"',
      remedy: 'Hand over the output "url" of deploy',
    });
  }
  const files = await loadUat(runner, workspace, input.scenarios ?? settings.scenarios);
  const scenarios = files.flatMap((file) => file.scenarios);
  const signal = cancellation();

  const isIt = (): Promise<void> => expectVersion({ config, url, version, headers, signal });
  await isIt();
  const browser = scenarios.some(opensPages)
    ? await browserFor({ url, authorization, signal })
    : 'no scenario opens a page';
  const results: UatResult[] = [];
  const redact = redactor(authorization);
  try {
    for (const scenario of scenarios) {
      const result = await runUat(scenario, {
        url,
        bindings: { url: url.href, version, environment: input.environment },
        headers,
        fetch,
        now: () => performance.now(),
        sleep,
        signal,
        chat: chatProfile(settings.chat),
        browser,
      });
      runner.info(`${signOf(result)} ${scenario.name} (${formatDuration(result.milliseconds)})`);
      results.push(redacted(result, redact));
    }
  } finally {
    if (typeof browser !== 'string') await browser.close();
  }

  const browserFact = typeof browser === 'string' ? `none: ${browser}` : browser.version;
  const { signOff } = settings;
  const acceptance = accept(results, { signOff, browserRequired: settings.browser === 'required' });
  const kept = await writeEvidence(
    path.join(runner.environment['RUNNER_TEMP'] ?? tmpdir(), `uat-${input.environment}`),
    {
      service: config.service,
      environment: input.environment,
      url: url.origin,
      version,
      digest,
      browser: browserFact,
      startedAt,
      finishedAt: new Date().toISOString(),
    },
    results,
  );
  outputs.set('passed', String(acceptance.passed));
  outputs.set('failed', String(acceptance.failed));
  outputs.set('evidence', kept.folder);
  outputs.set('report', kept.report);
  annotate(runner, results.map(toTestCase));
  await writeSummary(runner, summariseUat(results, acceptance, url.origin));
  if (typeof browser === 'string' && acceptance.skipped > 0) {
    runner.warning(`Skipped (${acceptance.skipped}): ${browser}.`, { title: 'UAT Tests' });
  }
  // The service may have been deployed anew meanwhile; then it is not known what was played against.
  await isIt();
  const { outcome, summary: said } = acceptance;
  give({ outcome, summary: said, facts: factsOf(acceptance, { signOff, browser: browserFact, version }) });
  outputs.set('awaits-sign-off', String(acceptance.awaitsSignOff));
  if (acceptance.outcome === 'failed') {
    throw new Failure(`${acceptance.summary} against ${url.origin}`, {
      remedy: 'The summary has each with what was asked, what was answered and what was expected',
    });
  }
  if (acceptance.outcome === 'inconclusive' && !acceptance.awaitsSignOff) {
    throw new Failure('The acceptance tests could not tell', {
      why: acceptance.summary,
      remedy:
        'Run the job where a Chrome or Chromium is (GitHub’s runners have one), or name one with CHROME_PATH',
    });
  }
}

/** A browser, or why there is none. */
async function browserFor(options: {
  readonly url: URL;
  readonly authorization: string | undefined;
  readonly signal: AbortSignal;
}): Promise<Browser | string> {
  const { environment } = runner;
  const executable = await findBrowser(environment);
  if (executable === undefined) {
    const named = environment['CHROME_PATH'] ?? '';
    return named === ''
      ? 'no Chrome or Chromium is installed here'
      : `CHROME_PATH names ${named}, which is no program`;
  }
  try {
    return await startBrowser({ executable, environment, ...options });
  } catch (error) {
    options.signal.throwIfAborted();
    return errorMessage(error);
  }
}
