import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Failure, type RunCommand } from '../github/index.ts';

export interface SourceTree {
  /** Git's own hash of the context's content, 40 hexadecimal digits. The same files give the same hash anywhere. */
  readonly hash: string;
  /** Whether it is what HEAD holds. */
  readonly committed: boolean;
}

/**
 * Hashes the build context as git would hash it if it were committed now: ignored files do not count, changed and
 * new ones do. A clean context therefore has the hash of `git rev-parse HEAD:<context>`.
 *
 * @param context relative to the workspace, with forward slashes; `.` for all of it.
 * @throws Failure where the workspace is not a git checkout, or the context is not in it.
 */
export async function hashSourceTree(
  workspace: string,
  context: string,
  run: RunCommand,
): Promise<SourceTree> {
  const git = async (args: readonly string[], env: Record<string, string> = {}): Promise<string> => {
    const result = await run('git', args, {
      cwd: workspace,
      environment: { ...process.env, GIT_OPTIONAL_LOCKS: '0', ...env },
    });
    if (result.exitCode === 0) return result.stdout.trim();
    throw new Failure(`The build context "${context}" could not be hashed`, {
      where: workspace,
      why: `git ${args.join(' ')}: ${result.stderr.trim()}`,
      remedy:
        'Check the repository out with actions/checkout, and see that image.context names a folder of it',
    });
  };

  const root = await git(['rev-parse', '--show-toplevel']);
  const inRepository = path
    .relative(root, path.resolve(await realpath(workspace), context))
    .split(path.sep)
    .join('/');
  const head = await run('git', ['rev-parse', '--verify', '--quiet', `HEAD:${inRepository}`], {
    cwd: workspace,
  });

  // Git's index and objects stay as they are: both are written to a folder of their own.
  const scratch = await mkdtemp(path.join(tmpdir(), 'sluice-tree-'));
  try {
    const objects = await git(['rev-parse', '--path-format=absolute', '--git-path', 'objects']);
    const env = {
      GIT_INDEX_FILE: path.join(scratch, 'index'),
      GIT_OBJECT_DIRECTORY: scratch,
      GIT_ALTERNATE_OBJECT_DIRECTORIES: objects,
    };
    await git(['read-tree', 'HEAD'], env);
    await git(['add', '--all', '--', context], env);
    const hash = await git(
      ['write-tree', ...(inRepository === '' ? [] : [`--prefix=${inRepository}/`])],
      env,
    );
    return { hash, committed: head.stdout.trim() === hash };
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}
