import type { Hub } from '../hub.ts';
import type { CheckRun, CommitStatus, Job, Run } from '../model.ts';
import { headOf } from '../run-head.ts';
import type { RestContext } from './context.ts';
import { created, endpoint, ok, type Endpoint } from './endpoint.ts';
import { notFound, RestError } from './errors.ts';
import { countedPage, page } from './pagination.ts';
import { annotation, checkRun, combinedStatus, commitStatus, jobCheckRun } from './shapes/check.ts';

/** Commit statuses and check runs. */
export function checkEndpoints({ hub, at, commits, now }: RestContext): readonly Endpoint[] {
  const shaOf = async (ref = ''): Promise<string> => {
    const sha = await commits.resolve(ref);
    if (sha === undefined) throw new RestError(422, `No commit found for SHA: ${ref}`);
    return sha;
  };
  const findMade = (id = ''): CheckRun => {
    const found = hub.checkRuns.get(Number(id));
    if (found === undefined) throw notFound();
    return found;
  };

  return [
    endpoint('repos/create-commit-status', 'statuses=write', async ({ params, body, caller }) => {
      refuseLong(body.description ?? '');
      const record: CommitStatus = {
        id: hub.nextId(),
        sha: await shaOf(params.sha),
        context: body.context ?? 'default',
        state: body.state,
        description: body.description ?? null,
        targetUrl: body.target_url ?? null,
        creator: caller.login,
        createdAt: now().toISOString(),
      };
      hub.commitStatuses.push(record);
      hub.announce({ kind: 'record' });
      return created(commitStatus(at, record));
    }),

    endpoint('repos/list-commit-statuses-for-ref', 'statuses=read', async (request) => {
      const sha = await shaOf(request.params.ref);
      const wanted = hub.commitStatuses.filter((status) => status.sha === sha).reverse();
      return page(request, wanted, (status) => commitStatus(at, status));
    }),

    endpoint('repos/get-combined-status-for-ref', 'statuses=read', async ({ params }) => {
      const sha = await shaOf(params.ref);
      return ok(combinedStatus(at, sha, newestStatuses(hub, sha)));
    }),

    endpoint('checks/create', 'checks=write', async ({ body }) => {
      const id = hub.nextId();
      const record: CheckRun = {
        id,
        sha: await shaOf(body.head_sha),
        name: body.name,
        status: 'queued',
        externalId: '',
        detailsUrl: at.page,
        output: { title: null, summary: null, text: null },
        startedAt: body.started_at ?? now().toISOString(),
      };
      change(record, body, now());
      hub.checkRuns.set(id, record);
      hub.announce({ kind: 'record' });
      return created(checkRun(at, record));
    }),

    endpoint('checks/update', 'checks=write', ({ params, body }) => {
      const record = findMade(params.check_run_id);
      change(record, body, now());
      hub.announce({ kind: 'record' });
      return ok(checkRun(at, record));
    }),

    endpoint('checks/get', 'checks=read', ({ params }) => {
      const id = Number(params.check_run_id);
      for (const run of hub.runs.values()) {
        const job = run.jobs.find((candidate) => candidate.id === id);
        if (job !== undefined) return ok(jobCheckRun(at, run, job));
      }
      return ok(checkRun(at, findMade(params.check_run_id)));
    }),

    endpoint('checks/list-annotations', 'checks=read', (request) => {
      const id = Number(request.params.check_run_id);
      for (const run of hub.runs.values()) {
        const job = run.jobs.find((candidate) => candidate.id === id);
        if (job !== undefined) return page(request, job.annotations, (one) => annotation(at, run, one));
      }
      findMade(request.params.check_run_id);
      return page(request, [], (one) => one);
    }),

    endpoint('checks/list-for-ref', 'checks=read', async (request) => {
      const sha = await shaOf(request.params.ref);
      const query = request.url.searchParams;
      const all = [
        ...jobsOf(hub, sha).map(({ run, job }) => jobCheckRun(at, run, job)),
        ...[...hub.checkRuns.values()].filter((made) => made.sha === sha).map((made) => checkRun(at, made)),
      ].filter(
        ({ name, status }) =>
          (query.get('check_name') ?? name) === name && (query.get('status') ?? status) === status,
      );
      return countedPage(request, 'check_runs', all, (one) => one);
    }),
  ];
}

const longestDescription = 140;

/** Not in GitHub's description of its API, but what it answers: https://github.com/zalando/zappr/issues/378 */
function refuseLong(description: string): void {
  if (description.length <= longestDescription) return;
  const message = `description is too long (maximum is ${longestDescription} characters)`;
  throw new RestError(422, 'Validation Failed', {
    errors: [{ resource: 'Status', code: 'custom', field: 'description', message }],
  });
}

export interface Context {
  readonly context: string;
  readonly state: 'pending' | 'success' | 'failure' | 'error';
}

/** Everything that says something about a commit: statuses, check runs, and the jobs of its runs. */
export function contextsOf(hub: Hub, sha: string): Context[] {
  const checks = [...hub.checkRuns.values()].filter((made) => made.sha === sha);
  return [
    ...newestStatuses(hub, sha).map(({ context, state }) => ({ context, state })),
    ...[...jobsOf(hub, sha).map(({ job }) => job), ...checks].map(({ name, status, conclusion }) => ({
      context: name,
      state: status === 'completed' ? stateOf(conclusion) : ('pending' as const),
    })),
  ];
}

/** A skipped or neutral check stands in nobody's way. */
function stateOf(conclusion: CheckRun['conclusion']): Context['state'] {
  switch (conclusion) {
    case 'success':
    case 'skipped':
    case 'neutral':
      return 'success';
    default:
      return 'failure';
  }
}

function newestStatuses(hub: Hub, sha: string): CommitStatus[] {
  const newest = new Map<string, CommitStatus>();
  for (const status of hub.commitStatuses) if (status.sha === sha) newest.set(status.context, status);
  return [...newest.values()];
}

function jobsOf(hub: Hub, sha: string): { run: Run; job: Job }[] {
  return [...hub.runs.values()]
    .filter((run) => headOf(run).sha === sha)
    .flatMap((run) => run.jobs.map((job) => ({ run, job })));
}

/** The members that creating and updating have in common. */
interface CheckFields {
  readonly name?: string;
  readonly status?: CheckRun['status'];
  readonly conclusion?: NonNullable<CheckRun['conclusion']> | 'stale';
  readonly external_id?: string;
  readonly details_url?: string;
  readonly completed_at?: string;
  readonly output?: { readonly title?: string; readonly summary: string; readonly text?: string };
}

function change(record: CheckRun, body: CheckFields, now: Date): void {
  const { conclusion } = body;
  record.name = body.name ?? record.name;
  record.status = conclusion === undefined ? (body.status ?? record.status) : 'completed';
  record.externalId = body.external_id ?? record.externalId;
  record.detailsUrl = body.details_url ?? record.detailsUrl;
  if (conclusion !== undefined) {
    // `stale` only GitHub itself can set.
    if (conclusion === 'stale') throw new RestError(422, 'Validation Failed', { errors: [] });
    record.conclusion = conclusion;
    record.completedAt = body.completed_at ?? now.toISOString();
  } else if (record.status === 'completed' && record.conclusion === undefined) {
    throw new RestError(422, 'Invalid request.\n\n"conclusion" wasn\'t supplied.');
  }
  if (body.output !== undefined) {
    const { title, summary, text } = body.output;
    record.output = { title: title ?? null, summary, text: text ?? null };
  }
}
