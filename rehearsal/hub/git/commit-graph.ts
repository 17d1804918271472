import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { CommitGraph } from '../rest/index.ts';
import { gitEnvironment, type GitRepository } from './repository.ts';

const run = promisify(execFile);

/** What the REST API asks of the bare repository: where a ref is, and how two commits lie to one another. */
export function commitGraph(git: GitRepository): CommitGraph {
  return {
    resolve: async (ref) =>
      (await git.commit(ref)) ??
      (await git.commit(`refs/heads/${ref}`)) ??
      (await git.commit(`refs/tags/${ref}`)),
    compare: async (base, head) => {
      const { stdout } = await run(
        'git',
        ['--git-dir', git.directory, 'rev-list', '--left-right', '--count', `${base}...${head}`],
        { env: gitEnvironment() },
      );
      const [behind = 0, ahead = 0] = stdout.trim().split(/\s+/).map(Number);
      return { ahead, behind };
    },
  };
}
