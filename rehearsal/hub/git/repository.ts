import { execFile } from 'node:child_process';
import { mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

export interface Commit {
  readonly sha: string;
  readonly tree: string;
  readonly message: string;
  readonly timestamp: string;
  readonly author: { readonly name: string; readonly email: string };
  readonly committer: { readonly name: string; readonly email: string };
}

/** A Git object id that names nothing: a ref's value before it is created and after it is deleted. */
export const noCommit = '0'.repeat(40);

/** Reads a repository through the `git` command; nothing in it changes, save by {@link GitRepository.checkout}. */
export class GitRepository {
  readonly directory: string;

  constructor(directory: string) {
    this.directory = directory;
  }

  /** The commit that a revision names (an annotated tag's commit, not its tag object), or `undefined`. */
  async commit(revision: string): Promise<string | undefined> {
    try {
      return (
        await this.#git('rev-parse', '--verify', '--quiet', '--end-of-options', `${revision}^{commit}`)
      ).trim();
    } catch {
      return undefined;
    }
  }

  /** The text of a file at a commit, or `undefined` where there is none. */
  async readFile(sha: string, file: string): Promise<string | undefined> {
    try {
      return await this.#git('cat-file', 'blob', `${sha}:${file}`);
    } catch {
      return undefined;
    }
  }

  /** The names of the files of one folder at a commit, without those below it. */
  async listFiles(sha: string, folder: string): Promise<string[]> {
    try {
      const list = await this.#git('ls-tree', '-z', '--name-only', sha, `${folder}/`);
      return list.split('\0').filter((name) => name !== '');
    } catch {
      return [];
    }
  }

  /**
   * What a push changed. A new branch is compared with where it left the default branch, and where it never did,
   * with nothing, so that every file counts as changed.
   */
  async changedFiles(before: string, after: string, defaultBranch: string): Promise<string[]> {
    const known = before === noCommit ? undefined : await this.commit(before);
    const base = known ?? (await this.#mergeBase(`refs/heads/${defaultBranch}`, after));
    const list =
      base === undefined || base === after
        ? await this.#git('ls-tree', '-r', '-z', '--name-only', after)
        : await this.#git('diff', '--name-only', '--no-renames', '-z', base, after);
    return list.split('\0').filter((name) => name !== '');
  }

  /** The commits that `after` has and `before` has not, oldest first; at most `limit`, the newest ones. */
  async commits(before: string, after: string, limit: number): Promise<Commit[]> {
    const known = before === noCommit ? undefined : await this.commit(before);
    const range =
      known === undefined ? [after, '--max-count=1'] : [`${known}..${after}`, `--max-count=${limit}`];
    const format = ['%H', '%T', '%cI', '%an', '%ae', '%cn', '%ce', '%B'].join('%x00');
    const log = await this.#git('log', '-z', `--format=${format}%x01`, ...range, '--');
    return log
      .split('\x01')
      .map((entry) => entry.replace(/^\0/, ''))
      .filter((entry) => entry !== '')
      .map((entry) => {
        const [sha = '', tree = '', timestamp = '', an = '', ae = '', cn = '', ce = '', message = ''] =
          entry.split('\0');
        return {
          sha,
          tree,
          timestamp,
          message: message.trimEnd(),
          author: { name: an, email: ae },
          committer: { name: cn, email: ce },
        };
      })
      .reverse();
  }

  /** Whether `ancestor` can be reached from `descendant`. False also where one of them is unknown. */
  async isAncestor(ancestor: string, descendant: string): Promise<boolean> {
    try {
      await this.#git('merge-base', '--is-ancestor', ancestor, descendant);
      return true;
    } catch {
      return false;
    }
  }

  /** Every branch and tag with the object it names. */
  async refs(): Promise<Map<string, string>> {
    const list = await this.#git(
      'for-each-ref',
      '--format=%(objectname) %(refname)',
      'refs/heads',
      'refs/tags',
    );
    return new Map(
      list
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => [line.slice(line.indexOf(' ') + 1), line.slice(0, line.indexOf(' '))]),
    );
  }

  /** Writes the files of a commit into a folder, without a `.git`. */
  async checkout(sha: string, folder: string): Promise<void> {
    await mkdir(folder, { recursive: true });
    const index = `${folder}.index`;
    try {
      await run(
        'git',
        ['--git-dir', this.directory, '--work-tree', folder, 'checkout', '--force', sha, '--', '.'],
        {
          env: { ...gitEnvironment(), GIT_INDEX_FILE: index },
          cwd: folder,
        },
      );
    } finally {
      await rm(index, { force: true });
    }
  }

  async #mergeBase(a: string, b: string): Promise<string | undefined> {
    try {
      return (await this.#git('merge-base', a, b)).trim();
    } catch {
      return undefined;
    }
  }

  async #git(...args: string[]): Promise<string> {
    const { stdout } = await run('git', ['--git-dir', this.directory, ...args], {
      env: gitEnvironment(),
      maxBuffer: 256 * 1024 * 1024,
    });
    return stdout;
  }
}

/**
 * Creates the bare repository that `git push rehearsal` reaches, or opens the one that is there. Commits can be
 * fetched by their id, as from GitHub, and hooks are its own even where the user's configuration moves them.
 */
export async function createBareRepository(directory: string): Promise<GitRepository> {
  await mkdir(path.dirname(directory), { recursive: true });
  const env = gitEnvironment();
  await run('git', ['init', '--quiet', '--bare', '--initial-branch=main', directory], { env });
  const settings = {
    'core.hooksPath': path.join(directory, 'hooks'),
    'receive.denyDeleteCurrent': 'ignore',
    'receive.denyNonFastForwards': 'false',
    'uploadpack.allowAnySHA1InWant': 'true',
    'gc.auto': '0',
    // These refs are the hub's own, as on GitHub.
    'receive.hideRefs': 'refs/pull',
  };
  for (const [key, value] of Object.entries(settings)) {
    await run('git', ['--git-dir', directory, 'config', key, value], { env });
  }
  return new GitRepository(directory);
}

/** The process's environment without Git's own variables: a hook that called us must not redirect our commands. */
export function gitEnvironment(
  environment: Readonly<Record<string, string | undefined>> = process.env,
): Record<string, string | undefined> {
  return {
    ...Object.fromEntries(Object.entries(environment).filter(([name]) => !name.startsWith('GIT_'))),
    GIT_TERMINAL_PROMPT: '0',
  };
}
