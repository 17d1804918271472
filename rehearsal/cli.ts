import { execFile } from 'node:child_process';
import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { promisify, styleText } from 'node:util';
import { gitEnvironment } from './hub/git/repository.ts';
import type { Run } from './hub/model.ts';
import { fullRef, parseOptions, usage, UsageError, type Options } from './options.ts';
import { followOnTerminal, type Terminal } from './progress.ts';
import { startRehearsal, type Rehearsal } from './rehearsal.ts';
import { probeEnvironments, summarizeRun, type Summary } from './summary.ts';

const run = promisify(execFile);
const pack = path.resolve(import.meta.dirname, '..');

/** `npm start`: bring it up, push HEAD, follow the pipeline, stay up. */
export async function main(argv: readonly string[]): Promise<void> {
  let options: Options | 'help';
  try {
    options = parseOptions(argv);
  } catch (error: unknown) {
    console.error(error instanceof UsageError ? error.message : String(error));
    process.exitCode = 2;
    return;
  }
  if (options === 'help') {
    console.log(usage);
    return;
  }
  process.exitCode = await rehearse(options);
}

async function rehearse(options: Options): Promise<number> {
  const say = (line: string): void => console.log(line);
  const interrupted = new AbortController();
  let rehearsal: Rehearsal | undefined;
  const stopSignals = onSignals(() => interrupted.abort(new Error('interrupted')));
  try {
    await compileActions(say);
    const startedAt = performance.now();
    rehearsal = await startRehearsal({
      ...options,
      say,
      log: logTo(path.resolve(options.repository, '.sluice-rehearsal')),
    });
    const { server, cloud } = rehearsal;
    say(`The cloud and the hub are up after ${((performance.now() - startedAt) / 1000).toFixed(1)} s.`);
    say(`  web page   ${bold(server.url)}`);
    say(
      `  AWS        ${cloud.url}   (AWS_ENDPOINT_URL; tasks run as ${cloud.driver === 'docker' ? 'containers' : 'processes of this machine'})`,
    );
    say('');
    const stopFollowing = followOnTerminal(rehearsal.hub, terminal(), { verbose: options.verbose });
    const runs =
      options.ref === undefined
        ? []
        : await pushAndFollow(rehearsal, fullRef(options.ref), interrupted.signal);
    stopFollowing();
    if (options.ref !== undefined && runs.length === 0) {
      say(`No workflow was started: none in .github/workflows is for a push to ${options.ref}.`);
    }
    const outcome =
      options.ref !== undefined && runs.length === 0 ? 1 : await tellOutcome(rehearsal, runs, say);
    if (options.summary !== undefined) await writeSummary(rehearsal, runs, options.summary);
    if (options.exit) return outcome;
    say('');
    say(`Change something, commit, and push again:  git push ${rehearsal.remote} HEAD:develop`);
    say('Ctrl-C stops everything.');
    const stopLive = followOnTerminal(rehearsal.hub, terminal(), { verbose: options.verbose });
    await new Promise<void>((resolve) => {
      if (interrupted.signal.aborted) resolve();
      else interrupted.signal.addEventListener('abort', () => resolve(), { once: true });
    });
    stopLive();
    return outcome;
  } catch (error: unknown) {
    if (interrupted.signal.aborted) return 130;
    console.error(error instanceof Error ? error.message : String(error));
    return 1;
  } finally {
    await rehearsal?.stop();
    stopSignals();
  }
}

/** Pushes HEAD as a ref, and waits for the runs that this starts. */
async function pushAndFollow(rehearsal: Rehearsal, ref: string, signal: AbortSignal): Promise<Run[]> {
  const { repository, remote, engine, hub, actor, missed } = rehearsal;
  const env = gitEnvironment();
  const head = (await run('git', ['-C', repository, 'rev-parse', 'HEAD'], { env })).stdout.trim();
  const { stdout: changes } = await run(
    'git',
    ['-C', repository, 'status', '--porcelain', '--untracked-files=no'],
    { env },
  );
  if (changes !== '')
    console.log('There are uncommitted changes: what is deployed is the last commit, without them.');
  const known = new Set(hub.runs.keys());
  console.log(`git push ${remote} HEAD:${ref}`);
  // `--push-option`s of ours would need the server's leave; the environment tells the hook not to hold the push.
  await run('git', ['-C', repository, 'push', '--quiet', '--force', remote, `HEAD:${ref}`], {
    env: { ...env, SLUICE_FOLLOW: '0' },
  });
  let runs = [...hub.runs.values()].filter(({ id }) => !known.has(id));
  // Pushed by hand before this start, and started by it.
  if (runs.length === 0) runs = missed.filter((started) => started.ref === ref && started.sha === head);
  if (runs.length === 0) {
    // The ref was there already, from an earlier rehearsal: nothing was pushed, so nothing was started.
    runs = await engine.push({ ref, before: '0'.repeat(40), after: head, actor });
  }
  const finished = await Promise.all(runs.map((started) => engine.whenFinished(started.id, signal)));
  // A workflow whose conditions leave out every job has nothing to tell: the pack's own CI, in a rehearsal.
  return finished.filter(({ conclusion }) => conclusion !== 'skipped');
}

async function tellOutcome(
  rehearsal: Rehearsal,
  runs: readonly Run[],
  say: (line: string) => void,
): Promise<number> {
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
  return good ? 0 : 1;
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

async function writeSummary(rehearsal: Rehearsal, runs: readonly Run[], file: string): Promise<void> {
  const summary: Summary = {
    runs: runs.map(summarizeRun),
    environments: await probeEnvironments(
      rehearsal.hub.deployments.values(),
      rehearsal.config.container.version,
    ),
    traffic: [],
  };
  mkdirSync(path.dirname(path.resolve(file)), { recursive: true });
  writeFileSync(file, `${JSON.stringify(summary, null, 2)}\n`);
}

/** Compiles the actions where their sources changed since. */
async function compileActions(say: (line: string) => void): Promise<void> {
  const { sourceHash } = await import('../scripts/source-hash.mjs');
  const stamp = path.join(pack, 'dist', 'source.json');
  if (existsSync(stamp)) {
    const { source } = JSON.parse(readFileSync(stamp, 'utf8')) as { source?: unknown };
    if (source === sourceHash(pack)) return;
  }
  say('Compiling the actions …');
  const startedAt = performance.now();
  try {
    await run(process.execPath, [path.join(pack, 'scripts', 'build.mjs')], { cwd: pack });
  } catch (error: unknown) {
    const { stderr, stdout } = error as { stderr?: string; stdout?: string };
    throw new Error(`The actions could not be compiled:\n${stdout ?? ''}${stderr ?? ''}`, { cause: error });
  }
  say(`… compiled in ${((performance.now() - startedAt) / 1000).toFixed(1)} s.`);
}

/**
 * The first signal stops in order; a second one ends at once. Processes that tasks and jobs left are then found and
 * ended by the next start.
 */
function onSignals(stop: () => void): () => void {
  let count = 0;
  const handler = (signal: NodeJS.Signals): void => {
    count += 1;
    if (count === 1) {
      console.log(`\n${signal}: stopping. Once more to stop at once.`);
      stop();
    } else {
      process.exit(130);
    }
  };
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const signal of signals) process.on(signal, handler);
  return () => {
    for (const signal of signals) process.off(signal, handler);
  };
}

function logTo(directory: string): (line: string) => void {
  return (line) => {
    if (existsSync(directory))
      appendFileSync(path.join(directory, 'rehearsal.log'), `${new Date().toISOString()} ${line}\n`);
  };
}

function terminal(): Terminal {
  const { stdout } = process;
  return {
    write: (text) => stdout.write(text),
    isTTY: stdout.isTTY,
    columns: stdout.columns || 100,
    colour: stdout.isTTY && process.env.NO_COLOR === undefined,
  };
}

function bold(text: string): string {
  return process.stdout.isTTY ? styleText('bold', text) : text;
}
