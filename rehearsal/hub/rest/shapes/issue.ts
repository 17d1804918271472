import type { Issue, IssueComment, PullRequest } from '../../model.ts';
import { nodeId, type Addresses, type Schemas } from './addresses.ts';
import { user } from './user.ts';

export function issue(at: Addresses, record: Issue): Schemas['issue'] {
  const url = `${at.api}/issues/${record.number}`;
  return {
    id: record.id,
    node_id: nodeId('Issue', record.id),
    number: record.number,
    title: record.title,
    body: record.body,
    state: record.state,
    state_reason: record.reason ?? null,
    labels: record.labels.map((name) => ({ name, color: 'ededed', default: false })),
    user: user(at, record.author),
    assignee: null,
    assignees: [],
    author_association: 'OWNER',
    milestone: null,
    locked: false,
    comments: record.comments.length,
    created_at: record.createdAt,
    updated_at: record.updatedAt,
    closed_at: record.closedAt ?? null,
    url,
    repository_url: at.api,
    labels_url: `${url}/labels{/name}`,
    comments_url: `${url}/comments`,
    events_url: `${url}/events`,
    html_url: `${at.page}/issues/${record.number}`,
  };
}

export function issueComment(
  at: Addresses,
  of: Issue | PullRequest,
  { id, author, body, createdAt, updatedAt }: IssueComment,
): Schemas['issue-comment'] {
  return {
    id,
    node_id: nodeId('IssueComment', id),
    url: `${at.api}/issues/comments/${id}`,
    html_url: `${at.page}/${'headRef' in of ? 'pull' : 'issues'}/${of.number}#comment-${id}`,
    issue_url: `${at.api}/issues/${of.number}`,
    body,
    user: user(at, author),
    author_association: 'OWNER',
    created_at: createdAt,
    updated_at: updatedAt ?? createdAt,
  };
}
