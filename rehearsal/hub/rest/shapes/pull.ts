import type { FileChange } from '../../git/changes.ts';
import type { PullRequest } from '../../model.ts';
import { nodeId, type Addresses, type Schemas } from './addresses.ts';
import { sideRepository } from './repository.ts';
import { user } from './user.ts';

/** A pull request as lists have it. */
export function simplePullRequest(at: Addresses, pull: PullRequest): Schemas['pull-request-simple'] {
  return { ...fields(at, pull), _links: links(at, pull) };
}

/** A pull request by itself, with what it comes to. */
export function pullRequest(
  at: Addresses,
  pull: PullRequest,
  { commits, changes }: { readonly commits: number; readonly changes: readonly FileChange[] },
): Schemas['pull-request'] {
  const isOpen = pull.state === 'open';
  const isClean = pull.merge.kind === 'clean';
  return {
    ...fields(at, pull),
    _links: links(at, pull),
    merged: pull.merged !== undefined,
    mergeable: isOpen ? isClean : null,
    mergeable_state: isOpen ? (isClean ? 'clean' : 'dirty') : 'unknown',
    merged_by: pull.merged === undefined ? null : user(at, pull.merged.by),
    maintainer_can_modify: false,
    comments: pull.comments.length,
    review_comments: 0,
    commits,
    additions: changes.reduce((sum, { additions }) => sum + additions, 0),
    deletions: changes.reduce((sum, { deletions }) => sum + deletions, 0),
    changed_files: changes.length,
  };
}

function fields(at: Addresses, pull: PullRequest) {
  const { url, page, issue } = placesOf(at, pull);
  return {
    id: pull.id,
    node_id: nodeId('PullRequest', pull.id),
    number: pull.number,
    state: pull.state,
    locked: false,
    title: pull.title,
    body: pull.body,
    draft: pull.draft,
    user: user(at, pull.author),
    author_association: 'OWNER' as const,
    labels: [],
    assignee: null,
    milestone: null,
    auto_merge: null,
    created_at: pull.createdAt,
    updated_at: pull.updatedAt,
    closed_at: pull.closedAt ?? null,
    merged_at: pull.merged?.at ?? null,
    merge_commit_sha: pull.merged?.commit ?? (pull.merge.kind === 'clean' ? pull.merge.commit : null),
    head: side(at, pull.headRef, pull.headSha),
    base: side(at, pull.baseRef, pull.baseSha),
    url,
    html_url: page,
    diff_url: `${page}.diff`,
    patch_url: `${page}.patch`,
    issue_url: issue,
    comments_url: `${issue}/comments`,
    commits_url: `${url}/commits`,
    review_comments_url: `${url}/comments`,
    review_comment_url: `${at.api}/pulls/comments{/number}`,
    statuses_url: `${at.api}/statuses/${pull.headSha}`,
  };
}

function links(at: Addresses, pull: PullRequest) {
  const { url, page, issue } = placesOf(at, pull);
  return {
    self: { href: url },
    html: { href: page },
    issue: { href: issue },
    comments: { href: `${issue}/comments` },
    review_comments: { href: `${url}/comments` },
    review_comment: { href: `${at.api}/pulls/comments{/number}` },
    commits: { href: `${url}/commits` },
    statuses: { href: `${at.api}/statuses/${pull.headSha}` },
  };
}

function placesOf(at: Addresses, { number }: PullRequest) {
  return {
    url: `${at.api}/pulls/${number}`,
    page: `${at.page}/pull/${number}`,
    issue: `${at.api}/issues/${number}`,
  };
}

function side(at: Addresses, ref: string, sha: string) {
  const { owner } = at.repository;
  return { label: `${owner}:${ref}`, ref, sha, user: user(at, owner), repo: sideRepository(at) };
}

/** @param commit the head, whose files they are */
export function diffEntry(at: Addresses, commit: string, change: FileChange): Schemas['diff-entry'] {
  const { file, status, earlier, blob, additions, deletions } = change;
  const path = file.split('/').map(encodeURIComponent).join('/');
  return {
    sha: blob,
    filename: file,
    status,
    additions,
    deletions,
    changes: additions + deletions,
    ...(earlier === undefined ? {} : { previous_filename: earlier }),
    blob_url: `${at.page}/blob/${commit}/${path}`,
    raw_url: `${at.page}/raw/${commit}/${path}`,
    contents_url: `${at.api}/contents/${path}?ref=${commit}`,
  };
}
