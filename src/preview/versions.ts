import { Failure, type RunCommand } from '../github/index.ts';

/** The files of a commit. */
export interface Version {
  /** A revision, as Git names it. */
  readonly revision: string;
  /** The text of a file; `undefined` where the commit has none. */
  read(file: string): Promise<string | undefined>;
}

/**
 * What merging a pull request gives, and what the base branch has without it. Both are read out of Git's objects: what
 * is proposed is never run, and a symbolic link in it leads nowhere.
 *
 * @param merge the commit of the merge that GitHub tries; its first parent is the base branch
 * @throws Failure where the commits are not there
 */
export async function versionsOf(
  merge: string,
  workspace: string,
  run: RunCommand,
): Promise<{ readonly before: Version; readonly after: Version; readonly base: string }> {
  const git = (...args: string[]) => run('git', ['-C', workspace, ...args]);
  const parents = await git('rev-list', '--parents', '--max-count=1', '--end-of-options', merge);
  const [, base, head] = parents.stdout.trim().split(' ');
  const isThere = async (commit: string | undefined): Promise<boolean> =>
    commit !== undefined && (await git('cat-file', '-e', `${commit}^{commit}`)).exitCode === 0;
  if (parents.exitCode !== 0 || head === undefined || base === undefined || !(await isThere(base))) {
    throw new Failure('The base branch is not there to compare with', {
      where: merge.slice(0, 12),
      why:
        parents.exitCode === 0
          ? 'the commit that was checked out has no merge with its parents'
          : parents.stderr.trim(),
      remedy: 'Check out with "fetch-depth: 2" and without "ref", so that the merge has its two parents',
    });
  }
  const version = (revision: string): Version => ({
    revision,
    read: async (file) => {
      const { exitCode, stdout } = await git('cat-file', 'blob', `${revision}:${file}`);
      return exitCode === 0 ? stdout : undefined;
    },
  });
  return { before: version(base), after: version(merge), base };
}
