import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { gitEnvironment } from './repository.ts';

const run = promisify(execFile);

export interface Remote {
  readonly name: string;
  /** False where the remote was there already, from an earlier rehearsal with the same folder. */
  readonly added: boolean;
}

/**
 * Adds a remote for the rehearsal to the user's repository: `rehearsal`, and where that name is taken by another
 * one, `rehearsal-2`, `rehearsal-3`, … A remote that is not ours is never changed.
 * @throws where `repository` is not a Git repository
 */
export async function addRemote(repository: string, gitDirectory: string): Promise<Remote> {
  const taken = await remotes(repository);
  for (const [name, url] of taken) {
    if (url === gitDirectory && isOurName(name)) return { name, added: false };
  }
  for (let number = 1; ; number += 1) {
    const name = number === 1 ? 'rehearsal' : `rehearsal-${number}`;
    if (taken.has(name)) continue;
    await git(repository, 'remote', 'add', '--', name, gitDirectory);
    return { name, added: true };
  }
}

/** Removes the remote where it is still the one that {@link addRemote} added; says whether it did. */
export async function removeRemote(
  repository: string,
  remote: string,
  gitDirectory: string,
): Promise<boolean> {
  if ((await remotes(repository)).get(remote) !== gitDirectory) return false;
  await git(repository, 'remote', 'remove', '--', remote);
  return true;
}

async function remotes(repository: string): Promise<Map<string, string>> {
  const names = (await git(repository, 'remote')).split('\n').filter((name) => name !== '');
  const entries = names.map(async (name): Promise<[string, string]> => {
    const url = await git(repository, 'config', '--get', `remote.${name}.url`).catch(() => '');
    return [name, url.trim()];
  });
  return new Map(await Promise.all(entries));
}

function isOurName(name: string): boolean {
  return /^rehearsal(-\d+)?$/.test(name);
}

async function git(repository: string, ...args: string[]): Promise<string> {
  return (await run('git', ['-C', repository, ...args], { env: gitEnvironment() })).stdout;
}
