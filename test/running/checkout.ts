import { execFileSync } from 'node:child_process';

/** A repository of Git, and what is done in it. */
export interface Checkout {
  /** @returns what it prints */
  readonly git: (...args: string[]) => string;
  /** Commits all there is, changed or not. @returns the commit */
  readonly commit: () => string;
}

/** Makes a folder a repository with the branch `main`. Nothing is committed yet. */
export function initialise(folder: string): Checkout {
  const git = (...args: string[]): string =>
    execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.org', ...args], {
      cwd: folder,
      encoding: 'utf8',
    }).trim();
  git('init', '--quiet', '--initial-branch=main');
  return {
    git,
    commit: () => {
      git('add', '--all');
      git('commit', '--quiet', '--message', 'change', '--allow-empty');
      return git('rev-parse', 'HEAD');
    },
  };
}
