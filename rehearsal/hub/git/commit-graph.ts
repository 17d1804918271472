import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { CommitGraph } from '../rest/index.ts';
import type { CommitRecord } from '../rest/shapes/commit.ts';
import { changesSince } from './changes.ts';
import { gitEnvironment, type GitRepository } from './repository.ts';

const run = promisify(execFile);

/** What the REST API asks of the bare repository: commits and refs, and how two commits lie to one another. */
export function commitGraph(git: GitRepository): CommitGraph {
  const ask = async (...args: string[]): Promise<string> => {
    const { stdout } = await run('git', ['--git-dir', git.directory, ...args], { env: gitEnvironment() });
    return stdout;
  };
  const log = async (...args: string[]): Promise<CommitRecord[]> =>
    (await ask('log', '-z', `--format=${format}`, ...args, '--')).split('\0').filter(Boolean).map(parse);

  return {
    resolve: async (ref) =>
      (await git.commit(`refs/heads/${ref}`)) ??
      (await git.commit(`refs/tags/${ref}`)) ??
      (await git.commit(ref)),

    commit: async (sha) =>
      (/^[0-9a-f]{40}$/.test(sha) ? log('-1', sha) : Promise.resolve([])).then(
        ([record]) => record,
        () => undefined,
      ),

    compare: async (base, head) => {
      const counts = await ask('rev-list', '--left-right', '--count', `${base}...${head}`);
      const [behind = 0, ahead = 0] = counts.trim().split(/\s+/).map(Number);
      const mergeBase = await ask('merge-base', base, head).then(
        (sha) => sha.trim(),
        () => undefined,
      );
      return { ahead, behind, mergeBase };
    },

    between: async (base, head, limit) => (await log(`--max-count=${limit}`, `${base}..${head}`)).reverse(),

    changes: (base, head) => changesSince(git, base, head),

    refs: async () => {
      const list = await ask(
        'for-each-ref',
        '--format=%(refname) %(objectname) %(objecttype) %(*objectname)',
        'refs/heads',
        'refs/tags',
      );
      return list
        .split('\n')
        .filter(Boolean)
        .map((line) => {
          const [ref = '', sha = '', type = '', peeled = ''] = line.split(' ');
          return { ref, sha, type: type === 'tag' ? 'tag' : 'commit', commit: peeled === '' ? sha : peeled };
        });
    },

    workflowFiles: async () => {
      const heads = [...(await git.refs())].filter(([ref]) => ref.startsWith('refs/heads/'));
      const files = await Promise.all(heads.map(([, sha]) => git.listFiles(sha, '.github/workflows')));
      return [...new Set(files.flat())].filter((file) => /\.ya?ml$/.test(file)).sort();
    },
  };
}

/** Fields between unit separators: no name or message holds one. */
const format = ['%H', '%T', '%P', '%cI', '%an', '%ae', '%cn', '%ce', '%B'].join('%x1f');

function parse(entry: string): CommitRecord {
  const [
    sha = '',
    tree = '',
    parents = '',
    timestamp = '',
    an = '',
    ae = '',
    cn = '',
    ce = '',
    message = '',
  ] = entry.split('\u001f');
  return {
    sha,
    tree,
    parents: parents.split(' ').filter(Boolean),
    message: message.trimEnd(),
    timestamp,
    author: { name: an, email: ae },
    committer: { name: cn, email: ce },
  };
}
