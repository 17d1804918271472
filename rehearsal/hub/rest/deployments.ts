import { addStatus } from '../deployments.ts';
import type { Hub } from '../hub.ts';
import type { Deployment } from '../model.ts';
import { contextsOf } from './checks.ts';
import type { RestContext } from './context.ts';
import { created, empty, endpoint, ok, type Endpoint } from './endpoint.ts';
import { invalid, notFound, RestError } from './errors.ts';
import { page } from './pagination.ts';
import { deployment, deploymentStatus } from './shapes/deployment.ts';

export function deploymentEndpoints(context: RestContext): readonly Endpoint[] {
  const { hub, at, commits, now } = context;
  const find = (id = ''): Deployment => {
    const found = hub.deployments.get(Number(id));
    if (found === undefined) throw notFound();
    return found;
  };

  return [
    endpoint('repos/list-deployments', 'deployments=read', (request) => {
      const query = request.url.searchParams;
      const wanted = [...hub.deployments.values()]
        .filter((record) =>
          (['sha', 'ref', 'task', 'environment'] as const).every((key) => {
            const value = query.get(key) ?? 'none';
            return value === 'none' || record[key] === value;
          }),
        )
        .sort((a, b) => b.id - a.id);
      return page(request, wanted, (record) => deployment(at, record));
    }),

    endpoint('repos/create-deployment', 'deployments=write', async ({ body, caller }) => {
      const sha = await commits.resolve(body.ref);
      if (sha === undefined) throw invalid('Deployment', 'ref', `No ref found for: ${body.ref}`);
      await refuseMerge(context, body.ref, sha, body.auto_merge ?? true);
      refuseUnchecked(hub, body.ref, sha, body.required_contexts);
      const at0 = now().toISOString();
      const record: Deployment = {
        id: hub.nextId(),
        ref: body.ref,
        sha,
        task: body.task ?? 'deploy',
        environment: body.environment ?? 'production',
        ...(body.transient_environment === undefined ? {} : { transient: body.transient_environment }),
        ...(body.production_environment === undefined ? {} : { production: body.production_environment }),
        description: body.description ?? null,
        payload: body.payload ?? {},
        creator: caller.login,
        createdAt: at0,
        updatedAt: at0,
        statuses: [],
      };
      hub.environment(record.environment);
      hub.saveDeployment(record);
      return created(deployment(at, record));
    }),

    endpoint('repos/get-deployment', 'deployments=read', ({ params }) =>
      ok(deployment(at, find(params.deployment_id))),
    ),

    endpoint('repos/delete-deployment', 'deployments=write', ({ params }) => {
      const record = find(params.deployment_id);
      const others = [...hub.deployments.values()].some(({ id }) => id !== record.id);
      const active = record.statuses.length > 0 && record.statuses.at(-1)?.state !== 'inactive';
      // "You can only delete inactive deployments", but for the only one that there is.
      if (active && others) throw new RestError(422, 'We cannot delete an active deployment.');
      hub.deployments.delete(record.id);
      hub.announce({ kind: 'record' });
      return empty();
    }),

    endpoint('repos/list-deployment-statuses', 'deployments=read', (request) => {
      const record = find(request.params.deployment_id);
      return page(request, [...record.statuses].reverse(), (status) => deploymentStatus(at, record, status));
    }),

    endpoint('repos/get-deployment-status', 'deployments=read', ({ params }) => {
      const record = find(params.deployment_id);
      const status = record.statuses.find(({ id }) => id === Number(params.status_id));
      if (status === undefined) throw notFound();
      return ok(deploymentStatus(at, record, status));
    }),

    endpoint('repos/create-deployment-status', 'deployments=write', ({ params, body }) => {
      const record = find(params.deployment_id);
      if (body.environment !== undefined) record.environment = body.environment;
      const status = addStatus(
        hub,
        record,
        {
          state: body.state,
          description: body.description ?? '',
          environmentUrl: body.environment_url ?? '',
          // `log_url` replaced `target_url`; GitHub sets both to the same.
          logUrl: body.log_url ?? body.target_url ?? '',
          createdAt: now().toISOString(),
        },
        { autoInactive: body.auto_inactive ?? true },
      );
      return created(deploymentStatus(at, record, status));
    }),
  ];
}

/** GitHub merges the default branch into a branch that is behind it. Nothing is merged here, and that is said. */
async function refuseMerge(
  { hub, commits }: RestContext,
  ref: string,
  sha: string,
  autoMerge: boolean,
): Promise<void> {
  const { defaultBranch } = hub.repository;
  const main = autoMerge && ref !== defaultBranch ? await commits.resolve(defaultBranch) : undefined;
  if (main === undefined || !(await isBranch(commits, ref))) return;
  const { behind } = await commits.compare(main, sha);
  if (behind === 0) return;
  throw new RestError(
    409,
    `Conflict merging ${defaultBranch} into ${ref}. (The rehearsal merges nothing: pass auto_merge: false.)`,
  );
}

async function isBranch(commits: RestContext['commits'], ref: string): Promise<boolean> {
  return (await commits.refs()).some((record) => record.ref === `refs/heads/${ref}`);
}

/**
 * Without `required_contexts`, every status and check of the commit must have succeeded, those of the very run that
 * asks included. Source: REST API, "Create a deployment", and the answer in drevops/vortex#1903.
 */
function refuseUnchecked(hub: Hub, ref: string, sha: string, required: readonly string[] | undefined): void {
  const contexts = contextsOf(hub, sha);
  const asked =
    required === undefined
      ? contexts
      : required.map(
          (name) =>
            contexts.find(({ context }) => context === name) ?? { context: name, state: 'pending' as const },
        );
  if (asked.every(({ state }) => state === 'success')) return;
  throw new RestError(409, `Conflict: Commit status checks failed for ${ref}.`, {
    errors: [{ contexts: asked, resource: 'Deployment', field: 'required_contexts', code: 'invalid' }],
  });
}
