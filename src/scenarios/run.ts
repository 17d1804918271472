import { errorMessage } from '../github/index.ts';
import { type Answer, check } from './expectations.ts';
import { valueAt } from './json-path.ts';
import type { Scenario, Step, StepRequest } from './scenario.ts';
import { type Bindings, fill, fillJson } from './template.ts';

export interface ScenarioRun {
  /** Where the service answers; paths are below it. */
  readonly url: URL;
  /** Names that every scenario may use. */
  readonly bindings: Bindings;
  /** Sent with every request, over those of the scenario. */
  readonly headers: Readonly<Record<string, string>>;
  readonly fetch: typeof fetch;
  readonly now: () => number;
  readonly sleep: (ms: number, signal?: AbortSignal) => Promise<void>;
  readonly signal: AbortSignal;
}

export interface StepResult {
  readonly step: Step;
  readonly status: number | undefined;
  readonly milliseconds: number;
  readonly attempts: number;
  /** Empty where the step passed. */
  readonly failures: readonly string[];
  /** The beginning of the body, where it failed. */
  readonly body: string | undefined;
}

export interface ScenarioResult {
  readonly scenario: Scenario;
  readonly passed: boolean;
  /** Up to the first that failed: what comes after it builds on it. */
  readonly steps: readonly StepResult[];
  readonly milliseconds: number;
}

/** Runs a scenario: its steps in order, up to the first that fails. Each scenario begins without cookies. */
export async function runScenario(scenario: Scenario, run: ScenarioRun): Promise<ScenarioResult> {
  const started = run.now();
  const session = openSession(run);
  const steps: StepResult[] = [];
  for (const step of scenario.steps) {
    const result = await runStep(step, session);
    steps.push(result);
    if (result.failures.length > 0) break;
  }
  return {
    scenario,
    passed: steps.every(({ failures }) => failures.length === 0),
    steps,
    milliseconds: run.now() - started,
  };
}

/** One visitor: the cookies that the service gave, and the values that were captured. */
export interface Session {
  readonly run: ScenarioRun;
  readonly cookies: Map<string, string>;
  readonly bindings: Record<string, unknown>;
}

/** A visitor who has not been here before. */
export function openSession(run: ScenarioRun): Session {
  return { run, cookies: new Map(), bindings: { ...run.bindings } };
}

async function runStep(step: Step, session: Session): Promise<StepResult> {
  const { run } = session;
  for (let attempt = 1; ; attempt++) {
    const result = await attemptStep(step, session, attempt);
    if (result.failures.length === 0 || attempt >= step.attempts) return result;
    await run.sleep(step.everyMs, run.signal);
  }
}

async function attemptStep(step: Step, session: Session, attempts: number): Promise<StepResult> {
  const { run, bindings } = session;
  const started = run.now();
  let answer: Answer;
  try {
    answer = await send(step.request, session);
  } catch (error) {
    run.signal.throwIfAborted();
    return {
      step,
      status: undefined,
      milliseconds: run.now() - started,
      attempts,
      failures: [describeFailure(error, step.request.timeoutMs)],
      body: undefined,
    };
  }
  const failures = [...check(step.expect, answer, bindings), ...capture(step, answer, bindings)];
  return {
    step,
    status: answer.status,
    milliseconds: answer.milliseconds,
    attempts,
    failures,
    body: failures.length === 0 ? undefined : answer.text.slice(0, 2000),
  };
}

/**
 * Sends a request as the visitor of a session, and reads the answer to its end, whatever its status.
 *
 * @throws Error where nothing answers in time; {@link describeFailure} puts it in words. UnboundName.
 */
export async function send(request: StepRequest, { run, cookies, bindings }: Session): Promise<Answer> {
  const headers = new Headers({ 'user-agent': 'sluice-scenarios' });
  for (const [name, value] of Object.entries(request.headers)) headers.set(name, fill(value, bindings));
  for (const [name, value] of Object.entries(run.headers)) headers.set(name, value);
  if (cookies.size > 0)
    headers.set('cookie', [...cookies].map(([name, value]) => `${name}=${value}`).join('; '));
  let body: string | undefined;
  if (request.body?.kind === 'json') {
    body = JSON.stringify(fillJson(request.body.value, bindings));
    if (!headers.has('content-type')) headers.set('content-type', 'application/json');
  } else if (request.body?.kind === 'text') body = fill(request.body.value, bindings);

  const started = run.now();
  const response = await run.fetch(addressOf(run.url, fill(request.path, encoded(bindings))), {
    method: request.method,
    headers,
    // A redirect is an answer that a scenario may expect.
    redirect: 'manual',
    signal: AbortSignal.any([run.signal, AbortSignal.timeout(request.timeoutMs)]),
    ...(body === undefined ? {} : { body }),
  });
  const text = await response.text();
  remember(cookies, response.headers.getSetCookie());
  return { status: response.status, headers: response.headers, text, milliseconds: run.now() - started };
}

/** Below the URL of the service, whatever path that has itself. */
function addressOf(base: URL, path: string): URL {
  return new URL(base.href.replace(/\/+$/, '') + path);
}

function encoded(bindings: Bindings): Bindings {
  return Object.fromEntries(
    Object.entries(bindings).map(([name, value]) => [
      name,
      encodeURIComponent(typeof value === 'string' ? value : JSON.stringify(value)),
    ]),
  );
}

/** Names and values only: one service, one host, one scenario. */
function remember(cookies: Map<string, string>, headers: readonly string[]): void {
  for (const header of headers) {
    const [pair = '', ...attributes] = header.split(';');
    const name = pair.slice(0, pair.indexOf('=')).trim();
    const value = pair.slice(pair.indexOf('=') + 1).trim();
    const isOver = attributes.some((attribute) => /^\s*max-age\s*=\s*(0|-\d+)\s*$/i.test(attribute));
    if (isOver) cookies.delete(name);
    else cookies.set(name, value);
  }
}

function capture(step: Step, answer: Answer, bindings: Record<string, unknown>): readonly string[] {
  const entries = Object.entries(step.capture);
  if (entries.length === 0) return [];
  let document: unknown;
  try {
    document = JSON.parse(answer.text);
  } catch {
    return ['there is nothing to capture: the body is not JSON'];
  }
  const failures: string[] = [];
  for (const [name, path] of entries) {
    const found = valueAt(document, path);
    if (found.found) bindings[name] = found.value;
    else failures.push(`there is no ${path} to capture as ${name}`);
  }
  return failures;
}

/** Why {@link send} has no answer. */
export function describeFailure(error: unknown, timeoutMs: number): string {
  if ((error as { name?: unknown } | null)?.name === 'TimeoutError')
    return `no answer within ${timeoutMs} ms`;
  return `no answer: ${errorMessage(error)}`;
}
