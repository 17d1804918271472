import { execFile } from 'node:child_process';
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { reviewOnTerminal } from './approvals.ts';
import { parseOptions, usage, UsageError, type Options } from './options.ts';
import { tellOutcome, writeSummary } from './outcome.ts';
import { followOnTerminal } from './progress.ts';
import { startRehearsal, type Rehearsal } from './rehearsal.ts';
import { bold, terminal } from './terminal.ts';
import { tokensOnTerminal } from './tokens.ts';
import { travel } from './travel.ts';
import { bringUsersTo, type Users } from './users.ts';
import { bringVisitorsTo } from './visitors.ts';

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
  let leave = (): Promise<void> => Promise.resolve();
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
    const waiting = Object.entries(rehearsal.config.environments)
      .filter(([, { deploy }]) => deploy.strategy !== 'rolling')
      .map(([name]) => name);
    if (options.timeScale === 1 && waiting.length > 0) {
      say(
        `  time       as on AWS: a release to ${waiting.join(', ')} waits for its steps and its bake; --time-scale 20 for less`,
      );
    }
    say('');
    const people = await bringPeople(rehearsal, options, say);
    leave = people.leave;
    const { runs, isComplete } = await travel(rehearsal, options, interrupted.signal, say);
    const isGood = await tellOutcome(rehearsal, runs, say);
    if (options.summary !== undefined) {
      await writeSummary(rehearsal, runs, people.users.figures, options.summary);
    }
    if (!options.exit) {
      say('');
      say(`Change something, commit, and push again:  git push ${rehearsal.remote} HEAD:develop`);
      say('Ctrl-C stops everything.');
      await until(interrupted.signal);
    }
    return isGood && isComplete ? 0 : 1;
  } catch (error: unknown) {
    if (interrupted.signal.aborted) return 130;
    console.error(error instanceof Error ? error.message : String(error));
    return 1;
  } finally {
    await leave();
    await rehearsal?.stop();
    stopSignals();
  }
}

/** Who is there: users while deployments run, visitors in between, a reviewer, and the one who reads along. */
async function bringPeople(
  rehearsal: Rehearsal,
  { approve, verbose }: Options,
  say: (line: string) => void,
): Promise<{ users: Users; leave: () => Promise<void> }> {
  const { hub, server } = rehearsal;
  const users = bringUsersTo(rehearsal, say);
  const visitors = await bringVisitorsTo(rehearsal);
  // Without the terminal's raw mode, in which Ctrl-C would be a character like any other.
  const typed = process.stdin.isTTY ? createInterface({ input: process.stdin, terminal: false }) : undefined;
  const stopFollowing = followOnTerminal(hub, terminal(), { verbose });
  const stopReviewing = reviewOnTerminal({
    hub,
    serverUrl: server.url,
    say,
    always: approve,
    typed,
    now: () => new Date(),
  });
  const stopTokens = tokensOnTerminal({
    tokenOf: (login) => server.tokenOf(login),
    serverUrl: server.url,
    say,
    typed,
  });
  return {
    users,
    leave: async () => {
      stopTokens();
      stopReviewing();
      typed?.close();
      stopFollowing();
      await Promise.all([users.stop(), visitors.stop()]);
    },
  };
}

function until(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
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
 * The first signal stops in order; a second one ends at once. Tasks end with this process; what jobs left running is
 * found and ended by the next start.
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
