import { headOf } from '../run-head.ts';
import type { RestContext } from './context.ts';
import { empty, endpoint, ok, type Endpoint } from './endpoint.ts';
import { notFound, RestError } from './errors.ts';
import { countedPage } from './pagination.ts';
import { matching, newestFirst, shapedPage } from './runs.ts';
import { workflow, workflowId, workflowRun } from './shapes/run.ts';

/** Workflow files, and starting them by hand. */
export function workflowEndpoints({ hub, at, control, commits, now }: RestContext): readonly Endpoint[] {
  const startedAt = now().toISOString();
  /** The workflows on any branch, and those that have run. */
  const paths = async (): Promise<string[]> => [
    ...new Set([
      ...(await commits.workflowFiles()),
      ...[...hub.runs.values()].map(({ workflowPath }) => workflowPath),
    ]),
  ];
  const find = async (id = ''): Promise<string> => {
    const found = (await paths()).find(
      (path) => String(workflowId(path)) === id || path === id || path.endsWith(`/${id}`),
    );
    if (found === undefined) throw notFound();
    return found;
  };
  const shape = (path: string): unknown => {
    const runs = [...hub.runs.values()].filter(({ workflowPath }) => workflowPath === path);
    return workflow(at, path, runs.at(-1)?.workflowName ?? path, runs[0]?.createdAt ?? startedAt);
  };

  return [
    endpoint('actions/list-repo-workflows', 'actions=read', async (request) =>
      countedPage(request, 'workflows', await paths(), shape),
    ),

    endpoint('actions/get-workflow', 'actions=read', async ({ params }) =>
      ok(shape(await find(params.workflow_id))),
    ),

    endpoint('actions/list-workflow-runs', 'actions=read', async (request) => {
      const path = await find(request.params.workflow_id);
      const runs = newestFirst(hub).filter((run) => run.workflowPath === path && matching(request.url)(run));
      return shapedPage(request, runs, async (run) =>
        workflowRun(at, run, (await commits.commit(headOf(run).sha)) ?? null),
      );
    }),

    endpoint('actions/create-workflow-dispatch', 'actions=write', async ({ params, body, caller }) => {
      const path = await find(params.workflow_id);
      const inputs = Object.fromEntries(
        Object.entries(body.inputs ?? {}).map(([name, value]) => [
          name,
          typeof value === 'string' ? value : JSON.stringify(value),
        ]),
      );
      if ((await commits.resolve(body.ref)) === undefined) {
        throw new RestError(422, `No ref found for: ${body.ref}`);
      }
      const run = await control
        .dispatch({ workflow: path, ref: body.ref, inputs, actor: caller.login })
        .catch((error: unknown) => {
          throw new RestError(422, error instanceof Error ? error.message : String(error));
        });
      if (body.return_run_details !== true) return empty();
      return ok({
        workflow_run_id: run.id,
        run_url: `${at.api}/actions/runs/${run.id}`,
        html_url: `${at.page}/actions/runs/${run.id}`,
      });
    }),
  ];
}
