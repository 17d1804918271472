import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Run } from './hub/model.ts';
import type { Rehearsal } from './rehearsal.ts';
import { probeEnvironments, summarizeRun, type Summary } from './summary.ts';
import { bold } from './terminal.ts';
import type { TrafficFigures } from './users.ts';

/** Says what became of the runs, and what answers in each environment. @returns whether all is well */
export async function tellOutcome(
  rehearsal: Rehearsal,
  runs: readonly Run[],
  say: (line: string) => void,
): Promise<boolean> {
  for (const finished of runs) say(`  ${rehearsal.server.url}/runs/${finished.id}`);
  const good = runs.every(({ conclusion }) => conclusion === 'success');
  const environments = await probeEnvironments(
    rehearsal.hub.deployments.values(),
    rehearsal.config.container.version,
  );
  for (const [name, { url, version, probe }] of Object.entries(environments)) {
    say('');
    say(`${name} is at ${bold(url)}`);
    say(
      probe.version === version
        ? `  version ${version.slice(0, 12)} answers`
        : `  version ${version.slice(0, 12)} is recorded, and ${probe.version ?? `nothing (HTTP ${probe.status})`} answers`,
    );
    await ask(url, say);
  }
  return good;
}

const question = 'What is 3MTT?';

/** Asks the deployed service one question, where it is one that can be asked. */
async function ask(url: string, say: (line: string) => void): Promise<void> {
  try {
    const response = await fetch(new URL('/api/chat', url), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ message: question }),
      signal: AbortSignal.timeout(5_000),
    });
    const { answer } = (await response.json()) as { answer?: unknown };
    if (response.ok && typeof answer === 'string')
      say(`  “${question}” → ${answer.split('\n')[0]?.slice(0, 160) ?? ''}`);
  } catch {
    // A service that cannot be asked has shown its version; that is enough.
  }
}

/** `--summary FILE`. */
export async function writeSummary(
  rehearsal: Rehearsal,
  runs: readonly Run[],
  figures: readonly TrafficFigures[],
  file: string,
): Promise<void> {
  const summary: Summary = {
    runs: runs.map(summarizeRun),
    environments: await probeEnvironments(
      rehearsal.hub.deployments.values(),
      rehearsal.config.container.version,
    ),
    // With one version alone no traffic was shifted: a first release, or one that never got any.
    traffic: figures
      .filter(({ versions }) => Object.keys(versions).length > 1)
      .map(({ environment, requests, failed }) => ({ environment, requests, failed })),
  };
  mkdirSync(path.dirname(path.resolve(file)), { recursive: true });
  writeFileSync(file, `${JSON.stringify(summary, null, 2)}\n`);
}
