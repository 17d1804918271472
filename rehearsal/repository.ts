import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import path from 'node:path';
import { promisify } from 'node:util';
import { formatProblems, loadConfig, type Config } from '../src/config/index.ts';
import { gitEnvironment } from './hub/git/repository.ts';
import type { Repository } from './hub/model.ts';

const run = promisify(execFile);

/**
 * The top folder of the user's repository.
 * @throws Error in words for the user, where there is none with a commit
 */
export async function topOf(folder: string): Promise<string> {
  try {
    const top = await git(folder, 'rev-parse', '--show-toplevel');
    await git(folder, 'rev-parse', '--verify', 'HEAD');
    return top;
  } catch (error: unknown) {
    throw new Error(
      `${path.resolve(folder)} is no Git repository with a commit, and the rehearsal deploys commits. Run it in your repository, or name it with --repo.`,
      { cause: error },
    );
  }
}

/**
 * Its sluice.yml.
 * @param shown the file's name in messages
 * @throws Error with every mistake in it
 */
export async function readConfig(file: string, shown: string): Promise<Config> {
  const loaded = await loadConfig(file);
  if (loaded.ok) return loaded.config;
  throw new Error(formatProblems(loaded.problems.map((problem) => ({ ...problem, file: shown }))));
}

/** The repository as the local GitHub has it. Its ids stay the same for a folder, and OIDC subjects with them. */
export function gitHubRepository(repository: string, gitDirectory: string): Repository {
  const number = createHash('sha256').update(repository).digest().readUInt32BE() % 1_000_000_000;
  const name = path.basename(repository).replaceAll(/[^A-Za-z0-9._-]/g, '-');
  return { id: number, owner: 'rehearsal', ownerId: number + 1, name, defaultBranch: 'main', gitDirectory };
}

/** The login of whoever pushes: Git's `user.name`, where it has one. */
export async function actorOf(repository: string): Promise<string> {
  try {
    const name = (await git(repository, 'config', 'user.name'))
      .replaceAll(/[^A-Za-z0-9-]+/g, '-')
      .replaceAll(/^-+|-+$/g, '');
    return name === '' ? 'you' : name;
  } catch {
    return 'you';
  }
}

async function git(folder: string, ...args: string[]): Promise<string> {
  const { stdout } = await run('git', ['-C', folder, ...args], { env: gitEnvironment() });
  return stdout.trim();
}
