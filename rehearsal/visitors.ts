import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Config } from '../src/config/index.ts';
import { filesMatching, readScenarios, runScenario, type Scenario } from '../src/scenarios/index.ts';
import type { Hub } from './hub/hub.ts';
import type { Rehearsal } from './rehearsal.ts';
import { addressOf } from './users.ts';

export interface VisitorsOptions {
  readonly hub: Hub;
  /** Where an environment's visitors go; `undefined` for one that nobody visits. */
  readonly urlOf: (environment: string) => URL | undefined;
  /** What they do there, in turn. */
  readonly scenarios: readonly Scenario[];
  /** From one visitor to the next, in real milliseconds. */
  readonly everyMs: number;
}

export interface Visitors {
  /** How many have come. */
  readonly count: number;
  /** Lets nobody in any more; those who are there leave. */
  stop(): Promise<void>;
}

/** More at once would be a load test: who finds so many there does not come in. */
const mostAtOnce = 5;

/**
 * Has a few people use the service, from the end of the first good deployment on: what a business metric counts is
 * there between deployments as well, so that the next one can be held against it. What they see is not judged; the
 * pipeline's own checks do that.
 */
export function bringVisitors({ hub, urlOf, scenarios, everyMs }: VisitorsOptions): Visitors {
  const leaving = new AbortController();
  const timers = new Map<string, NodeJS.Timeout>();
  const present = new Set<Promise<unknown>>();
  let count = 0;

  const visit = (environment: string, url: URL): void => {
    const scenario = scenarios[count % scenarios.length];
    if (scenario === undefined || present.size >= mostAtOnce) return;
    count += 1;
    const one = runScenario(scenario, {
      url,
      bindings: { url: url.href, environment },
      headers: {},
      fetch,
      now: () => performance.now(),
      sleep: (ms, signal) => sleep(ms, undefined, { signal }),
      signal: leaving.signal,
    }).catch(() => undefined);
    present.add(one);
    void one.finally(() => present.delete(one));
  };

  const stopListening = hub.onChange((change) => {
    if (change.kind !== 'job') return;
    const { status, conclusion, environment } = change.job;
    if (environment === undefined || status !== 'completed' || conclusion !== 'success') return;
    const { name } = environment;
    const url = urlOf(name);
    if (url === undefined || timers.has(name)) return;
    timers.set(
      name,
      setInterval(() => visit(name, url), everyMs),
    );
  });
  return {
    get count() {
      return count;
    },
    stop: async () => {
      stopListening();
      for (const timer of timers.values()) clearInterval(timer);
      leaving.abort(new Error('The visitors leave.'));
      await Promise.all(present);
    },
  };
}

/**
 * What visitors of a service do: those of its own scenarios that bring something, and not only look. A file with a
 * mistake is left out: the pipeline says what is wrong with it.
 */
export async function visitsOf(config: Config, repository: string): Promise<readonly Scenario[]> {
  const patterns = Object.values(config.environments).flatMap(
    ({ checks }) => checks.integration?.scenarios ?? [],
  );
  const scenarios: Scenario[] = [];
  for (const pattern of new Set(patterns)) {
    for (const name of await filesMatching(repository, pattern)) {
      const read = readScenarios(await readFile(path.join(repository, name), 'utf8'), name);
      if (read.ok) scenarios.push(...read.file.scenarios);
    }
  }
  return scenarios.filter(({ steps }) => steps.some(({ request }) => request.method !== 'GET'));
}

/** Below what a service allows a single address: the chatbot's limit is sixty requests a minute. */
const everyMs = 3_000;

/** Visitors for every environment of a rehearsal whose business is counted. */
export async function bringVisitorsTo({ hub, config, repository }: Rehearsal): Promise<Visitors> {
  return bringVisitors({
    hub,
    urlOf: (name) =>
      Object.keys(config.environments[name]?.business ?? {}).length > 0
        ? addressOf(hub, config, name)
        : undefined,
    scenarios: await visitsOf(config, repository),
    everyMs,
  });
}
