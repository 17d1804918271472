import { mkdir, readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { StandIn, StandInStep } from './stand-in.ts';

/** `actions/checkout` of the rehearsed repository, from the hub's bare repository. */
export const checkout: StandIn = {
  action: 'actions/checkout',
  does: "It checks the commit out of the rehearsal's repository.",
  doesNot: 'It does not check out other repositories, submodules or LFS files, and needs no credentials.',
  inputs: {
    repository: {},
    ref: {},
    path: { default: '.' },
    'fetch-depth': { default: '1' },
    'fetch-tags': { default: 'false' },
    clean: { default: 'true' },
    'persist-credentials': { default: 'true' },
    token: {},
    submodules: { default: 'false' },
    lfs: { default: 'false' },
    'show-progress': { default: 'true' },
  },
  run: async (step) => {
    const { owner, name } = step.hub.repository;
    const repository = step.input('repository');
    if (repository !== '' && repository.toLowerCase() !== `${owner}/${name}`.toLowerCase()) {
      throw new Error(`The rehearsal has ${owner}/${name} alone, and cannot check out ${repository}.`);
    }
    if (/^(true|recursive)$/i.test(step.input('submodules')) || step.flag('lfs')) {
      throw new Error('The stand-in checks out neither submodules nor LFS files.');
    }
    const folder = path.resolve(step.workspace, step.input('path'));
    if (folder !== step.workspace && !folder.startsWith(step.workspace + path.sep)) {
      throw new Error(`The path ${step.input('path')} is outside of the workspace.`);
    }
    await prepareFolder(step, folder);
    const { sha, ref } = await find(step);
    await fetch(step, folder, sha, ref);
    step.setOutput('commit', sha);
    step.setOutput('ref', ref);
  },
};

async function prepareFolder(step: StandInStep, folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  if (!step.flag('clean')) return;
  for (const entry of await readdir(folder))
    await rm(path.join(folder, entry), { recursive: true, force: true });
}

/** The commit asked for: the run's own, or a branch, tag or commit of the repository. */
async function find(step: StandInStep): Promise<{ sha: string; ref: string }> {
  const asked = step.input('ref');
  if (asked === '') return { sha: step.run.sha, ref: step.run.ref };
  for (const ref of [asked, `refs/heads/${asked}`, `refs/tags/${asked}`]) {
    const sha =
      ref.startsWith('refs/') || /^[0-9a-f]{40}$/.test(ref) ? await step.git.commit(ref) : undefined;
    if (sha !== undefined) return { sha, ref: ref.startsWith('refs/') ? ref : '' };
  }
  throw new Error(`A branch or tag with the name '${asked}' could not be found.`);
}

async function fetch(step: StandInStep, folder: string, sha: string, ref: string): Promise<void> {
  const depth = Number(step.input('fetch-depth'));
  const url = pathToFileURL(step.git.directory).href;
  const run = (...args: string[]): Promise<void> => step.execute('git', args, folder);
  const branch = ref.startsWith('refs/heads/') ? ref.slice('refs/heads/'.length) : undefined;
  const tag = ref.startsWith('refs/tags/') ? ref.slice('refs/tags/'.length) : undefined;
  await run('init', '--quiet', '--initial-branch=main', folder);
  await run('remote', 'add', 'origin', url);
  const target =
    branch !== undefined
      ? `+${sha}:refs/remotes/origin/${branch}`
      : tag !== undefined
        ? `+${ref}:${ref}`
        : sha;
  const history =
    depth > 0
      ? [`--depth=${depth}`, ...(step.flag('fetch-tags') ? [] : ['--no-tags']), 'origin', target]
      : [
          '--prune',
          '--tags',
          'origin',
          '+refs/heads/*:refs/remotes/origin/*',
          ...(branch === undefined ? [target] : []),
        ];
  await run('fetch', '--quiet', '--no-recurse-submodules', ...history);
  if (branch !== undefined) {
    await run('checkout', '--quiet', '--force', '-B', branch, sha);
    // A branch that has moved on since the run began keeps the run's commit.
    await run('update-ref', `refs/remotes/origin/${branch}`, sha);
  } else {
    await run('checkout', '--quiet', '--force', '--detach', sha);
  }
}
