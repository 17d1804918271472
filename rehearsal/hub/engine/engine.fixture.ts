import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { GitRepository } from '../git/repository.ts';
import { createBareRepository, gitEnvironment, noCommit } from '../git/repository.ts';
import { Hub } from '../hub.ts';
import type { Job, Run } from '../model.ts';
import type { Engine, EngineOptions } from './index.ts';
import { createEngine } from './index.ts';

/** A repository, its hub and an engine, for tests that push workflows and read what became of them. */
export interface Rehearsed {
  readonly hub: Hub;
  readonly engine: Engine;
  readonly folder: string;
  /** The user's repository. */
  readonly repository: string;
  /** Commits the files and pushes them; returns the runs once they have ended. */
  push(files: Readonly<Record<string, string>>, ref?: string): Promise<Run[]>;
  /** The same, without waiting. */
  start(files: Readonly<Record<string, string>>, ref?: string): Promise<Run[]>;
  finished(run: Run): Promise<Run>;
  git(...args: string[]): string;
  /** A file that a job wrote into its home, which is {@link Rehearsed.folder}. */
  read(name: string): string;
  end(): Promise<void>;
}

/** Nothing in these tests takes as long; a test that hangs says which. */
const deadlineMs = 30_000;

/**
 * @param serve brings up what jobs reach of the hub, and gives its address; without it there is nothing to reach
 */
export async function rehearse(
  options: Partial<EngineOptions> = {},
  serve: (hub: Hub, bare: GitRepository) => Promise<string> = () => Promise.resolve('http://127.0.0.1:9'),
): Promise<Rehearsed> {
  const folder = mkdtempSync(path.join(realpathSync(os.tmpdir()), 'sluice-engine-test-'));
  const repository = path.join(folder, 'shop');
  const gitDirectory = path.join(folder, 'hub', 'shop.git');
  const bare = await createBareRepository(gitDirectory);
  mkdirSync(repository);
  const git = (...args: string[]): string =>
    execFileSync('git', ['-c', 'user.name=Ada', '-c', 'user.email=ada@example.org', ...args], {
      cwd: repository,
      encoding: 'utf8',
      env: gitEnvironment(),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  git('init', '--quiet', '--initial-branch=develop');
  git('remote', 'add', 'rehearsal', gitDirectory);

  const hub = new Hub({
    id: 1001,
    owner: 'rehearsal',
    ownerId: 1002,
    name: 'shop',
    defaultBranch: 'main',
    gitDirectory,
  });
  hub.reserveIds(2000);
  const engine = createEngine({
    hub,
    stateDirectory: path.join(folder, 'state'),
    serverUrl: await serve(hub, bare),
    environment: {},
    actionBuilder: () => Promise.resolve(),
    log: () => undefined,
    timing: { afterInterruptMs: 1_000, afterTerminateMs: 500, outputGraceMs: 200 },
    userEnvironment: { PATH: process.env.PATH, HOME: folder },
    ...options,
  });

  const start = async (
    files: Readonly<Record<string, string>>,
    ref = 'refs/heads/develop',
  ): Promise<Run[]> => {
    for (const [name, content] of Object.entries(files)) {
      const file = path.join(repository, name);
      mkdirSync(path.dirname(file), { recursive: true });
      writeFileSync(file, content);
    }
    git('add', '--all');
    git('commit', '--quiet', '--allow-empty', '-m', 'Change things');
    const before = (await bare.refs()).get(ref) ?? noCommit;
    git('push', '--quiet', '--force', 'rehearsal', `HEAD:${ref}`);
    return engine.push({ ref, before, after: (await bare.refs()).get(ref) ?? noCommit, actor: 'ada' });
  };
  const finished = (run: Run): Promise<Run> => engine.whenFinished(run.id, AbortSignal.timeout(deadlineMs));
  return {
    hub,
    engine,
    folder,
    repository,
    start,
    finished,
    push: async (files, ref) => Promise.all((await start(files, ref)).map(finished)),
    git,
    read: (name) => readFileSync(path.join(folder, name), 'utf8'),
    end: async () => {
      await engine.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** A job of a run, by its key. */
export function jobOf(run: Run | undefined, key: string): Job {
  const job = run?.jobs.find((candidate) => candidate.key === key);
  if (job === undefined)
    throw new Error(`There is no job ${key}; there are ${run?.jobs.map((j) => j.key).join(', ') ?? 'none'}.`);
  return job;
}

/** A job's log as text. */
export function logOf(rehearsed: Rehearsed, job: Job): string {
  return rehearsed.hub
    .logOf(job.id)
    .map((line) => line.text)
    .join('\n');
}

/** What a run and its jobs came to, for comparing at one glance. */
export function conclusions(run: Run | undefined): Record<string, string | undefined> {
  return Object.fromEntries([
    ['run', run?.conclusion],
    ...(run?.jobs ?? []).map((job) => [job.key, job.conclusion] as const),
  ]);
}
