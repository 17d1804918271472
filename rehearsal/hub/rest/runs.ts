import type { Hub } from '../hub.ts';
import type { Artifact, Job, Run } from '../model.ts';
import { headOf } from '../run-head.ts';
import type { RestContext } from './context.ts';
import { created, endpoint, ok, type Answer, type Endpoint, type Request } from './endpoint.ts';
import { notFound, RestError } from './errors.ts';
import { countedPage } from './pagination.ts';
import { artifact, job, workflowRun } from './shapes/run.ts';

/** Workflow runs, their jobs, logs and artifacts. */
export function runEndpoints({ hub, at, control, commits }: RestContext): readonly Endpoint[] {
  const shape = async (run: Run): Promise<unknown> =>
    workflowRun(at, run, (await commits.commit(headOf(run).sha)) ?? null);
  const again = async (request: Request, failedOnly: boolean): Promise<Answer> => {
    const run = findRun(hub, request.params.run_id);
    if (run.status !== 'completed') throw new RestError(403, 'This workflow is already running');
    await control.rerun(run.id, { failedOnly, actor: request.caller.login });
    return created({});
  };

  return [
    endpoint('actions/list-workflow-runs-for-repo', 'actions=read', async (request) =>
      shapedPage(request, newestFirst(hub).filter(matching(request.url)), shape),
    ),

    endpoint('actions/get-workflow-run', 'actions=read', async ({ params }) =>
      ok(await shape(findRun(hub, params.run_id))),
    ),

    endpoint('actions/list-jobs-for-workflow-run', 'actions=read', (request) => {
      const run = findRun(hub, request.params.run_id);
      const all = request.url.searchParams.get('filter') === 'all';
      const jobs = run.jobs.filter(({ attempt }) => all || attempt === run.attempt);
      return countedPage(request, 'jobs', jobs, (one) => job(at, run, one));
    }),

    endpoint('actions/list-jobs-for-workflow-run-attempt', 'actions=read', (request) => {
      const run = findRun(hub, request.params.run_id);
      const attempt = Number(request.params.attempt_number);
      if (!(attempt >= 1 && attempt <= run.attempt)) throw notFound();
      // Jobs that a re-run kept belong to the new attempt as well.
      const jobs = run.jobs.filter((one) => one.attempt === attempt || attempt === run.attempt);
      return countedPage(request, 'jobs', jobs, (one) => job(at, run, one));
    }),

    endpoint('actions/get-job-for-workflow-run', 'actions=read', ({ params }) => {
      const found = findJob(hub, params.job_id);
      return ok(job(at, found.run, found.job));
    }),

    endpoint('actions/download-job-logs-for-workflow-run', 'actions=read', ({ params }) => {
      const found = findJob(hub, params.job_id);
      return { kind: 'redirect', to: `${at.serverUrl}/jobs/${found.job.id}/log.txt` };
    }),

    endpoint('actions/download-workflow-run-logs', 'actions=read', ({ params }) => {
      const run = findRun(hub, params.run_id);
      return { kind: 'redirect', to: `${at.serverUrl}/runs/${run.id}/logs.zip` };
    }),

    endpoint('actions/cancel-workflow-run', 'actions=write', ({ params }) => {
      if (!control.cancel(findRun(hub, params.run_id).id)) {
        throw new RestError(409, 'Cannot cancel a workflow run that is completed.');
      }
      return { kind: 'json', status: 202, body: {} };
    }),

    endpoint('actions/force-cancel-workflow-run', 'actions=write', ({ params }) => {
      if (!control.forceCancel(findRun(hub, params.run_id).id)) {
        throw new RestError(409, 'Cannot cancel a workflow run that is completed.');
      }
      return { kind: 'json', status: 202, body: {} };
    }),

    endpoint('actions/re-run-workflow', 'actions=write', (request) => again(request, false)),
    endpoint('actions/re-run-workflow-failed-jobs', 'actions=write', (request) => again(request, true)),

    endpoint('actions/list-artifacts-for-repo', 'actions=read', (request) => {
      const name = request.url.searchParams.get('name');
      const all = newestFirst(hub).flatMap((run) => run.artifacts.map((one) => ({ run, one })));
      const wanted = all.filter(({ one }) => name === null || one.name === name);
      return countedPage(request, 'artifacts', wanted, ({ run, one }) => artifact(at, run, one));
    }),

    endpoint('actions/list-workflow-run-artifacts', 'actions=read', (request) => {
      const run = findRun(hub, request.params.run_id);
      const name = request.url.searchParams.get('name');
      const wanted = run.artifacts.filter((one) => name === null || one.name === name);
      return countedPage(request, 'artifacts', wanted, (one) => artifact(at, run, one));
    }),

    endpoint('actions/get-artifact', 'actions=read', ({ params }) => {
      const found = findArtifact(hub, params.artifact_id);
      return ok(artifact(at, found.run, found.artifact));
    }),

    endpoint('actions/download-artifact', 'actions=read', ({ params }) => {
      if (params.archive_format !== 'zip') throw notFound();
      const found = findArtifact(hub, params.artifact_id);
      return { kind: 'redirect', to: `${at.serverUrl}/artifacts/${found.artifact.id}.zip` };
    }),
  ];
}

export function newestFirst(hub: Hub): Run[] {
  return [...hub.runs.values()].sort((a, b) => b.id - a.id);
}

/** The filters that GitHub's lists of runs know. */
export function matching(url: URL): (run: Run) => boolean {
  const query = url.searchParams;
  const is = (key: string, ...values: (string | undefined)[]): boolean => {
    const wanted = query.get(key);
    return wanted === null || values.includes(wanted);
  };
  return (run) =>
    is('branch', headOf(run).branch) &&
    is('event', run.event) &&
    is('actor', run.actor) &&
    is('head_sha', headOf(run).sha) &&
    is('status', run.status, run.conclusion);
}

/** A page of runs: their commits are read for that page only. */
export async function shapedPage(
  request: Request,
  runs: readonly Run[],
  shape: (run: Run) => Promise<unknown>,
): Promise<Answer> {
  const answer = countedPage(request, 'workflow_runs', runs, (run) => run);
  if (answer.kind !== 'json') return answer;
  const body = answer.body as { total_count: number; workflow_runs: readonly Run[] };
  return { ...answer, body: { ...body, workflow_runs: await Promise.all(body.workflow_runs.map(shape)) } };
}

export function findRun(hub: Hub, id = ''): Run {
  const run = hub.runs.get(Number(id));
  if (run === undefined) throw notFound();
  return run;
}

function findJob(hub: Hub, id = ''): { run: Run; job: Job } {
  for (const run of hub.runs.values()) {
    const found = run.jobs.find((one) => one.id === Number(id));
    if (found !== undefined) return { run, job: found };
  }
  throw notFound();
}

function findArtifact(hub: Hub, id = ''): { run: Run; artifact: Artifact } {
  for (const run of hub.runs.values()) {
    const found = run.artifacts.find((one) => one.id === Number(id));
    if (found !== undefined) return { run, artifact: found };
  }
  throw notFound();
}
