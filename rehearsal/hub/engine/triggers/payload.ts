import type { Commit, GitRepository } from '../../git/repository.ts';
import { noCommit } from '../../git/repository.ts';
import { accountId } from '../../accounts.ts';
import type { PullRequest, Repository } from '../../model.ts';
import type { Json } from '../expressions/evaluate.ts';
import type { PullRequestEvent } from '../../pull-requests.ts';
import type { PushedRef } from './push.ts';

/** GitHub lists at most this many commits in a push event. */
const mostCommits = 2048;

/** The payload of a push, in the shape of GitHub's webhook: what `GITHUB_EVENT_PATH` holds. */
export async function pushPayload(
  git: GitRepository,
  repository: Repository,
  push: PushedRef,
  options: { readonly actor: string; readonly serverUrl: string },
): Promise<Record<string, Json>> {
  const deleted = push.after === noCommit;
  const created = push.before === noCommit;
  const head = deleted ? undefined : await git.commit(push.after);
  const commits = head === undefined ? [] : await git.commits(push.before, head, mostCommits);
  const [headCommit] = head === undefined ? [] : await git.commits(noCommit, head, 1);
  const repositoryUrl = `${options.serverUrl}/${repository.owner}/${repository.name}`;
  return {
    ref: push.ref,
    before: push.before,
    after: push.after,
    base_ref: null,
    created,
    deleted,
    forced: !created && !deleted && !(await git.isAncestor(push.before, push.after)),
    compare:
      created || deleted
        ? `${repositoryUrl}/commits`
        : `${repositoryUrl}/compare/${push.before.slice(0, 12)}...${push.after.slice(0, 12)}`,
    commits: commits.map((commit) => commitPayload(commit, repositoryUrl)),
    head_commit: headCommit === undefined ? null : commitPayload(headCommit, repositoryUrl),
    repository: repositoryPayload(repository, options.serverUrl),
    pusher: { name: options.actor, email: null },
    sender: { login: options.actor, id: 1, type: 'User' },
  };
}

/** The payload of a pull request's event, in the shape of GitHub's webhook. */
export function pullRequestPayload(
  repository: Repository,
  { action, pull, actor, before }: PullRequestEvent,
  serverUrl: string,
): Record<string, Json> {
  return {
    action,
    number: pull.number,
    ...(before === undefined ? {} : { before, after: pull.headSha }),
    pull_request: pullRequestFields(repository, pull, serverUrl),
    repository: repositoryPayload(repository, serverUrl),
    sender: { login: actor, id: accountId(actor, repository), type: 'User' },
  };
}

function pullRequestFields(repository: Repository, pull: PullRequest, serverUrl: string): Json {
  const repo = repositoryPayload(repository, serverUrl);
  const user = { login: repository.owner, id: repository.ownerId, type: 'User' };
  const side = (ref: string, sha: string): Json => ({
    label: `${repository.owner}:${ref}`,
    ref,
    sha,
    repo,
    user,
  });
  const { number, merge } = pull;
  return {
    id: pull.id,
    number,
    state: pull.state,
    locked: false,
    title: pull.title,
    body: pull.body,
    draft: pull.draft,
    user: { login: pull.author, id: accountId(pull.author, repository), type: 'User' },
    head: side(pull.headRef, pull.headSha),
    base: side(pull.baseRef, pull.baseSha),
    merged: pull.merged !== undefined,
    mergeable: pull.state === 'open' ? merge.kind === 'clean' : null,
    merge_commit_sha: pull.merged?.commit ?? (merge.kind === 'clean' ? merge.commit : null),
    labels: [],
    author_association: 'OWNER',
    created_at: pull.createdAt,
    updated_at: pull.updatedAt,
    closed_at: pull.closedAt ?? null,
    merged_at: pull.merged?.at ?? null,
    url: `${serverUrl}/api/v3/repos/${repository.owner}/${repository.name}/pulls/${number}`,
    html_url: `${serverUrl}/${repository.owner}/${repository.name}/pull/${number}`,
  };
}

export function repositoryPayload(repository: Repository, serverUrl: string): Record<string, Json> {
  const fullName = `${repository.owner}/${repository.name}`;
  return {
    id: repository.id,
    name: repository.name,
    full_name: fullName,
    private: true,
    visibility: 'private',
    owner: { login: repository.owner, id: repository.ownerId, type: 'Organization' },
    html_url: `${serverUrl}/${fullName}`,
    url: `${serverUrl}/api/v3/repos/${fullName}`,
    clone_url: repository.gitDirectory,
    default_branch: repository.defaultBranch,
  };
}

function commitPayload(commit: Commit, repositoryUrl: string): Json {
  return {
    id: commit.sha,
    tree_id: commit.tree,
    distinct: true,
    message: commit.message,
    timestamp: commit.timestamp,
    url: `${repositoryUrl}/commit/${commit.sha}`,
    author: { ...commit.author, username: commit.author.name },
    committer: { ...commit.committer, username: commit.committer.name },
  };
}
