import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Merge } from '../model.ts';
import { gitEnvironment, noCommit, type GitRepository } from './repository.ts';

const run = promisify(execFile);

export interface MergeRequest {
  /** Commits. */
  readonly base: string;
  readonly head: string;
  readonly message: string;
  /** Who commits: a login. */
  readonly by: string;
  /** ISO 8601. */
  readonly at: string;
}

/** Merges two commits of a bare repository into a new commit, which no ref names yet. */
export async function mergeCommits(
  git: GitRepository,
  { base, head, message, by, at }: MergeRequest,
): Promise<Merge> {
  const merged = await mergeTree(git, base, head);
  if (merged.kind === 'conflict') return merged;
  const person = { NAME: by, EMAIL: `${by}@users.noreply.invalid`, DATE: at };
  const who = Object.entries(person).flatMap(([name, value]) => [
    [`GIT_AUTHOR_${name}`, value],
    [`GIT_COMMITTER_${name}`, value],
  ]);
  const commit = await ask(
    git,
    ['commit-tree', merged.tree, '-p', base, '-p', head, '-m', message],
    Object.fromEntries(who) as Record<string, string>,
  );
  return { kind: 'clean', commit: commit.trim() };
}

/**
 * Moves a ref. It is no push: no hook runs.
 * @param from what it has to be at; `undefined` where that does not matter
 * @throws Error where it has moved meanwhile
 */
export async function moveRef(git: GitRepository, ref: string, to: string, from?: string): Promise<void> {
  await ask(git, ['update-ref', ref, to, ...(from === undefined ? [] : [from])]);
}

export async function removeRef(git: GitRepository, ref: string): Promise<void> {
  await ask(git, ['update-ref', '-d', ref]);
}

type MergedTree =
  { readonly kind: 'clean'; readonly tree: string } | Extract<Merge, { readonly kind: 'conflict' }>;

/** `git merge-tree` ends with 1 where files conflict, and lists them between the tree and the messages. */
async function mergeTree(git: GitRepository, base: string, head: string): Promise<MergedTree> {
  const question = ['merge-tree', '--write-tree', '-z', '--name-only', '--no-messages', base, head];
  try {
    const [tree = noCommit] = (await ask(git, question)).split('\0');
    return { kind: 'clean', tree };
  } catch (error: unknown) {
    const { code, stdout } = error as { readonly code?: unknown; readonly stdout?: unknown };
    if (code !== 1 || typeof stdout !== 'string') throw error;
    const [, ...files] = stdout.split('\0').filter((part) => part !== '');
    return { kind: 'conflict', files };
  }
}

async function ask(
  git: GitRepository,
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<string> {
  const { stdout } = await run('git', ['--git-dir', git.directory, ...args], {
    env: { ...gitEnvironment(), ...environment },
    maxBuffer: 64 * 1024 * 1024,
  });
  return stdout;
}
