import type { Hub } from '../hub.ts';
import { dispatch, readText, route, sendJson, type Exchange, type Handler, type Route } from '../http.ts';
import type { Deployment, DeploymentStatus, JobToken, Run } from '../model.ts';
import { shapes } from './shapes.ts';

/** What the REST API asks of the workflow engine. */
export interface RunControl {
  cancel(runId: number): boolean;
  rerun(runId: number, options: { readonly failedOnly: boolean }): Promise<void>;
}

/** What it asks of the bare repository. */
export interface CommitGraph {
  /** The full SHA of a branch, tag or commit; `undefined` where there is none. */
  resolve(ref: string): Promise<string | undefined>;
  /** How many commits `head` has that `base` has not, and the other way round. */
  compare(base: string, head: string): Promise<{ readonly ahead: number; readonly behind: number }>;
}

export interface RestOptions {
  readonly hub: Hub;
  readonly serverUrl: string;
  readonly control: RunControl;
  readonly commits: CommitGraph;
  /** May do everything: for the pages, the command line and scripts of this machine. */
  readonly adminToken: string;
}

/** An error in the shape of GitHub's REST API. */
class RestError extends Error {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
  readonly headers: Readonly<Record<string, string>>;
  constructor(
    status: number,
    message: string,
    body: Readonly<Record<string, unknown>> = {},
    headers: Readonly<Record<string, string>> = {},
  ) {
    super(message);
    this.status = status;
    this.body = body;
    this.headers = headers;
  }
}

const docs = 'https://docs.github.com/rest';
const notFound = (): RestError => new RestError(404, 'Not Found');
const statuses: ReadonlySet<string> = new Set([
  'error',
  'failure',
  'inactive',
  'in_progress',
  'queued',
  'pending',
  'success',
]);

type Scope = 'actions' | 'contents' | 'deployments' | 'metadata';

/** The part of GitHub's REST API that the actions use, under `/api/v3`. */
export function restHandler(options: RestOptions): (exchange: Exchange) => Promise<void> {
  const { hub, control, commits } = options;
  const shape = shapes(options);
  const repo = `/repos/${hub.repository.owner}/${hub.repository.name}`;

  /** Checks the token's permission, and hands over who asks. */
  const guarded =
    (
      scope: Scope,
      access: 'read' | 'write',
      handler: (exchange: Exchange, caller: Caller, ...captures: string[]) => void | Promise<void>,
    ): Handler =>
    (exchange, ...captures) => {
      const caller = callerOf(options, exchange);
      if (!caller.may(scope, access)) {
        throw new RestError(
          403,
          'Resource not accessible by integration',
          {},
          { 'x-accepted-github-permissions': `${scope}=${access}` },
        );
      }
      return handler(exchange, caller, ...captures);
    };
  const runOf = (id = ''): Run => {
    const run = hub.runs.get(Number(id));
    if (run === undefined) throw notFound();
    return run;
  };
  const deploymentOf = (id = ''): Deployment => {
    const deployment = hub.deployments.get(Number(id));
    if (deployment === undefined) throw notFound();
    return deployment;
  };

  const routes: readonly Route[] = [
    route(
      'GET',
      repo,
      guarded('metadata', 'read', (exchange) => sendJson(exchange, 200, shape.repository())),
    ),

    route(
      'GET',
      `${repo}/compare/:range`,
      guarded('contents', 'read', async (exchange, _caller, range = '') => {
        const [from = '', to = ''] = range.split('...');
        const [base, head] = await Promise.all([commits.resolve(from), commits.resolve(to)]);
        if (base === undefined || head === undefined) throw notFound();
        const { ahead, behind } = await commits.compare(base, head);
        sendJson(exchange, 200, {
          status: ahead === 0 ? (behind === 0 ? 'identical' : 'behind') : behind === 0 ? 'ahead' : 'diverged',
          ahead_by: ahead,
          behind_by: behind,
          total_commits: ahead,
          commits: [],
          files: [],
        });
      }),
    ),

    route(
      'GET',
      `${repo}/deployments`,
      guarded('deployments', 'read', (exchange) => {
        const query = exchange.url.searchParams;
        const wanted = [...hub.deployments.values()]
          .filter((deployment) =>
            (['sha', 'ref', 'task', 'environment'] as const).every((key) => {
              const value = query.get(key);
              return value === null || value === 'none' || deployment[key] === value;
            }),
          )
          .sort((a, b) => b.id - a.id);
        sendPage(exchange, wanted.map(shape.deployment));
      }),
    ),

    route(
      'POST',
      `${repo}/deployments`,
      guarded('deployments', 'write', async (exchange, caller) => {
        const body = await readBody(exchange);
        const ref = textOf(body, 'ref');
        const sha = await commits.resolve(ref);
        if (sha === undefined) {
          throw new RestError(422, `No ref found for: ${ref}`, {
            errors: [{ resource: 'Deployment', field: 'ref', code: 'invalid' }],
          });
        }
        const now = new Date().toISOString();
        const deployment: Deployment = {
          id: hub.nextId(),
          ref,
          sha,
          task: optionalText(body, 'task') ?? 'deploy',
          environment: optionalText(body, 'environment') ?? 'production',
          description: optionalText(body, 'description') ?? null,
          payload: body.payload ?? {},
          creator: caller.login,
          createdAt: now,
          updatedAt: now,
          statuses: [],
        };
        hub.saveDeployment(deployment);
        sendJson(exchange, 201, shape.deployment(deployment));
      }),
    ),

    route(
      'GET',
      `${repo}/deployments/:id`,
      guarded('deployments', 'read', (exchange, _caller, id) =>
        sendJson(exchange, 200, shape.deployment(deploymentOf(id))),
      ),
    ),

    route(
      'GET',
      `${repo}/deployments/:id/statuses`,
      guarded('deployments', 'read', (exchange, _caller, id) => {
        const deployment = deploymentOf(id);
        sendPage(
          exchange,
          [...deployment.statuses].reverse().map((status) => shape.deploymentStatus(deployment, status)),
        );
      }),
    ),

    route(
      'POST',
      `${repo}/deployments/:id/statuses`,
      guarded('deployments', 'write', async (exchange, _caller, id) => {
        const deployment = deploymentOf(id);
        const body = await readBody(exchange);
        const state = textOf(body, 'state');
        if (!statuses.has(state)) {
          throw new RestError(422, 'Validation Failed', {
            errors: [{ resource: 'DeploymentStatus', field: 'state', code: 'invalid' }],
          });
        }
        const status: DeploymentStatus = {
          id: hub.nextId(),
          state: state as DeploymentStatus['state'],
          description: optionalText(body, 'description') ?? '',
          environmentUrl: optionalText(body, 'environment_url') ?? '',
          logUrl: optionalText(body, 'log_url') ?? '',
          createdAt: new Date().toISOString(),
        };
        addStatus(hub, deployment, status, body.auto_inactive !== false);
        sendJson(exchange, 201, shape.deploymentStatus(deployment, status));
      }),
    ),

    route(
      'GET',
      `${repo}/actions/runs`,
      guarded('actions', 'read', (exchange) => {
        const runs = [...hub.runs.values()].sort((a, b) => b.id - a.id);
        sendCounted(exchange, 'workflow_runs', runs.map(shape.run));
      }),
    ),
    route(
      'GET',
      `${repo}/actions/runs/:id`,
      guarded('actions', 'read', (exchange, _caller, id) => sendJson(exchange, 200, shape.run(runOf(id)))),
    ),

    ...['jobs', 'attempts/:attempt/jobs'].map((path) =>
      route(
        'GET',
        `${repo}/actions/runs/:id/${path}`,
        guarded('actions', 'read', (exchange, _caller, id, attempt) => {
          const run = runOf(id);
          const jobs = run.jobs.filter((job) => attempt === undefined || job.attempt === Number(attempt));
          sendCounted(
            exchange,
            'jobs',
            jobs.map((job) => shape.job(run, job)),
          );
        }),
      ),
    ),

    route(
      'GET',
      `${repo}/actions/jobs/:id/logs`,
      guarded('actions', 'read', ({ response }, _caller, id) => {
        const lines = hub.logOf(Number(id));
        if (lines.length === 0) throw notFound();
        response.writeHead(200, { 'content-type': 'text/plain; charset=utf-8' });
        response.end(lines.map(({ at, text }) => `${at} ${text}\n`).join(''));
      }),
    ),

    route(
      'POST',
      `${repo}/actions/runs/:id/cancel`,
      guarded('actions', 'write', (exchange, _caller, id) => {
        if (!control.cancel(runOf(id).id))
          throw new RestError(409, 'Cannot cancel a workflow run that is completed.');
        sendJson(exchange, 202, {});
      }),
    ),
    ...(['rerun', 'rerun-failed-jobs'] as const).map((path) =>
      route(
        'POST',
        `${repo}/actions/runs/:id/${path}`,
        guarded('actions', 'write', async (exchange, _caller, id) => {
          const run = runOf(id);
          if (run.status !== 'completed') throw new RestError(403, 'The workflow run is still in progress.');
          await control.rerun(run.id, { failedOnly: path === 'rerun-failed-jobs' });
          sendJson(exchange, 201, {});
        }),
      ),
    ),

    route(
      'GET',
      `${repo}/environments`,
      guarded('actions', 'read', (exchange) => {
        sendCounted(
          exchange,
          'environments',
          [...hub.environments.values()].map(({ id, name }) => ({ id, name })),
        );
      }),
    ),
  ];

  return async (exchange) => {
    const path = exchange.url.pathname.slice('/api/v3'.length);
    exchange.response.setHeader('x-github-media-type', 'github.v3; format=json');
    exchange.response.setHeader('x-ratelimit-remaining', '5000');
    try {
      if (await dispatch(routes, exchange, path)) return;
      callerOf(options, exchange);
      throw notFound();
    } catch (error: unknown) {
      const failure =
        error instanceof RestError
          ? error
          : error instanceof RangeError || error instanceof SyntaxError
            ? new RestError(400, 'Problems parsing JSON')
            : undefined;
      if (failure === undefined) throw error;
      sendJson(
        exchange,
        failure.status,
        {
          message: failure.message,
          ...failure.body,
          documentation_url: docs,
          status: String(failure.status),
        },
        failure.headers,
      );
    }
  };
}

/**
 * A status that is a success makes the environment's earlier successes inactive, unless it says otherwise.
 * Source: REST API, "Create a deployment status", `auto_inactive`.
 */
function addStatus(hub: Hub, deployment: Deployment, status: DeploymentStatus, autoInactive: boolean): void {
  deployment.statuses.push(status);
  deployment.updatedAt = status.createdAt;
  hub.saveDeployment(deployment);
  if (status.state !== 'success' || !autoInactive) return;
  for (const other of hub.deployments.values()) {
    const replaced =
      other !== deployment &&
      other.environment === deployment.environment &&
      other.statuses.at(-1)?.state === 'success';
    if (!replaced) continue;
    other.statuses.push({ ...status, id: hub.nextId(), state: 'inactive', description: '' });
    other.updatedAt = status.createdAt;
    hub.saveDeployment(other);
  }
}

interface Caller {
  readonly login: string;
  may(scope: Scope, access: 'read' | 'write'): boolean;
}

function callerOf({ hub, adminToken }: RestOptions, { request }: Exchange): Caller {
  const given = /^(?:token|bearer) (.+)$/i.exec(request.headers.authorization ?? '')?.[1] ?? '';
  if (given === adminToken) return { login: hub.repository.owner, may: () => true };
  const token = hub.tokens.get(given);
  if (token === undefined)
    throw new RestError(401, given === '' ? 'Requires authentication' : 'Bad credentials');
  return { login: 'github-actions[bot]', may: (scope, access) => isGranted(token, scope, access) };
}

function isGranted({ permissions }: JobToken, scope: Scope, access: 'read' | 'write'): boolean {
  if (scope === 'metadata') return true;
  const granted = permissions[scope];
  return granted === 'write' || (granted === 'read' && access === 'read');
}

async function readBody(exchange: Exchange): Promise<Record<string, unknown>> {
  const text = await readText(exchange);
  const body: unknown = text === '' ? {} : JSON.parse(text);
  if (typeof body !== 'object' || body === null || Array.isArray(body))
    throw new RestError(400, 'Body should be a JSON object');
  return body as Record<string, unknown>;
}

function textOf(body: Readonly<Record<string, unknown>>, field: string): string {
  const value = optionalText(body, field);
  if (value === undefined) {
    throw new RestError(422, `Invalid request.\n\n"${field}" wasn't supplied.`, {
      errors: [{ field, code: 'missing_field' }],
    });
  }
  return value;
}

function optionalText(body: Readonly<Record<string, unknown>>, field: string): string | undefined {
  const value = body[field];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'string') {
    throw new RestError(
      422,
      `Invalid request.\n\nFor 'properties/${field}', ${JSON.stringify(value)} is not a string.`,
    );
  }
  return value;
}

function sendPage(exchange: Exchange, items: readonly unknown[]): void {
  const { items: page, link } = paginate(exchange, items);
  sendJson(exchange, 200, page, link);
}

function sendCounted(exchange: Exchange, key: string, items: readonly unknown[]): void {
  const { items: page, link } = paginate(exchange, items);
  sendJson(exchange, 200, { total_count: items.length, [key]: page }, link);
}

/** `per_page` (30, at most 100) and `page`, with the `Link` header that clients follow. */
function paginate(
  { url }: Exchange,
  items: readonly unknown[],
): { items: readonly unknown[]; link: Record<string, string> } {
  const size = Math.min(100, Math.max(1, Number(url.searchParams.get('per_page') ?? 30) || 30));
  const number = Math.max(1, Number(url.searchParams.get('page') ?? 1) || 1);
  const last = Math.max(1, Math.ceil(items.length / size));
  const at = (page: number): string => {
    const target = new URL(url);
    target.searchParams.set('page', String(page));
    return target.href;
  };
  const links = number < last ? [`<${at(number + 1)}>; rel="next"`, `<${at(last)}>; rel="last"`] : [];
  return {
    items: items.slice((number - 1) * size, number * size),
    link: links.length === 0 ? {} : { link: links.join(', ') },
  };
}
