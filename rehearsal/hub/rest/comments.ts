import type { Issue, IssueComment, PullRequest } from '../model.ts';
import { notAccessible, type Access, type Caller, type Grant } from './access.ts';
import type { RestContext } from './context.ts';
import { created, endpoint, ok, type Endpoint } from './endpoint.ts';
import { notFound, RestError } from './errors.ts';
import { page } from './pagination.ts';
import { issueComment } from './shapes/issue.ts';

/** GitHub takes no longer comments. Source: its answer "Body is too long (maximum is 65536 characters)". */
const longestComment = 65_536;

/** Comments on issues, and on pull requests, which are issues to this part of GitHub's API. */
export function commentEndpoints({ hub, at, now }: RestContext): readonly Endpoint[] {
  const subject = (caller: Caller, access: Access, number = ''): Issue | PullRequest => {
    const pull = hub.pullRequests.get(Number(number));
    const found = pull ?? hub.issues.get(Number(number));
    if (found === undefined) throw notFound();
    return checked(caller, access, found);
  };
  const find = (caller: Caller, access: Access, id = '') => {
    for (const found of [...hub.issues.values(), ...hub.pullRequests.values()]) {
      const comment = found.comments.find((one) => one.id === Number(id));
      if (comment !== undefined) return { on: checked(caller, access, found), comment };
    }
    throw notFound();
  };
  const changed = (on: Issue | PullRequest): void => {
    on.updatedAt = now().toISOString();
    hub.announce({ kind: 'record' });
  };

  return [
    endpoint('issues/list-comments', either('read'), (request) => {
      const on = subject(request.caller, 'read', request.params.issue_number);
      return page(request, on.comments, (comment) => issueComment(at, on, comment));
    }),

    endpoint('issues/create-comment', either('write'), ({ params, body, caller }) => {
      const on = subject(caller, 'write', params.issue_number);
      const comment: IssueComment = {
        id: hub.nextId(),
        author: caller.login,
        body: textOf(body.body),
        createdAt: now().toISOString(),
      };
      on.comments.push(comment);
      changed(on);
      return created(issueComment(at, on, comment));
    }),

    endpoint('issues/get-comment', either('read'), ({ params, caller }) => {
      const { on, comment } = find(caller, 'read', params.comment_id);
      return ok(issueComment(at, on, comment));
    }),

    endpoint('issues/update-comment', either('write'), ({ params, body, caller }) => {
      const { on, comment } = find(caller, 'write', params.comment_id);
      comment.body = textOf(body.body);
      comment.updatedAt = now().toISOString();
      changed(on);
      return ok(issueComment(at, on, comment));
    }),
  ];
}

function either(access: Access): readonly Grant[] {
  return [`issues=${access}`, `pull-requests=${access}`];
}

/** A token for pull requests alone does not reach the comments of an issue. */
function checked(caller: Caller, access: Access, subject: Issue | PullRequest): Issue | PullRequest {
  const isPull = 'headRef' in subject;
  if (isPull || caller.may('issues', access)) return subject;
  throw notAccessible([`issues=${access}`]);
}

function textOf(body: string): string {
  if (body.length <= longestComment) return body;
  throw new RestError(422, 'Validation Failed', {
    errors: [
      {
        resource: 'IssueComment',
        code: 'unprocessable',
        field: 'data',
        message: `Body is too long (maximum is ${longestComment} characters)`,
      },
    ],
  });
}
