import type { Issue } from '../model.ts';
import type { RestContext } from './context.ts';
import { created, endpoint, ok, type Endpoint } from './endpoint.ts';
import { notFound } from './errors.ts';
import { page } from './pagination.ts';
import { issue } from './shapes/issue.ts';

/** Issues, as pipelines open and close them for incidents. */
export function issueEndpoints({ hub, at, now }: RestContext): readonly Endpoint[] {
  const find = (number = ''): Issue => {
    const found = hub.issues.get(Number(number));
    if (found === undefined) throw notFound();
    return found;
  };
  const save = (record: Issue): void => {
    hub.issues.set(record.number, record);
    hub.announce({ kind: 'record' });
  };

  return [
    endpoint('issues/list-for-repo', 'issues=read', (request) => {
      const query = request.url.searchParams;
      const state = query.get('state') ?? 'open';
      const labels = (query.get('labels') ?? '').split(',').filter((label) => label !== '');
      const wanted = [...hub.issues.values()]
        .filter(
          (record) =>
            (state === 'all' || record.state === state) &&
            labels.every((label) => record.labels.includes(label)) &&
            (query.get('creator') ?? record.author) === record.author,
        )
        .sort((a, b) => b.number - a.number);
      return page(request, wanted, (record) => issue(at, record));
    }),

    endpoint('issues/create', 'issues=write', ({ body, caller }) => {
      const at0 = now().toISOString();
      const record: Issue = {
        id: hub.nextId(),
        number: hub.nextNumber(),
        title: String(body.title),
        body: body.body ?? '',
        state: 'open',
        labels: namesOf(body.labels ?? []),
        author: caller.login,
        createdAt: at0,
        updatedAt: at0,
        comments: [],
      };
      save(record);
      return created(issue(at, record));
    }),

    endpoint('issues/get', 'issues=read', ({ params }) => ok(issue(at, find(params.issue_number)))),

    endpoint('issues/update', 'issues=write', ({ params, body }) => {
      const record = find(params.issue_number);
      const at0 = now().toISOString();
      if (body.title !== undefined && body.title !== null) record.title = String(body.title);
      if (body.body !== undefined) record.body = body.body ?? '';
      if (body.labels !== undefined) record.labels = namesOf(body.labels);
      if (body.state === 'closed' && record.state === 'open') {
        record.state = 'closed';
        record.closedAt = at0;
        record.reason = body.state_reason ?? 'completed';
      } else if (body.state === 'open' && record.state === 'closed') {
        record.state = 'open';
        record.reason = 'reopened';
        delete record.closedAt;
      }
      record.updatedAt = at0;
      save(record);
      return ok(issue(at, record));
    }),
  ];
}

function namesOf(labels: readonly (string | { readonly name?: string })[]): string[] {
  return labels.flatMap((label) => (typeof label === 'string' ? label : (label.name ?? [])));
}
