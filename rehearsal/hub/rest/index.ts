import { readText, sendJson, type Exchange } from '../http.ts';
import type { Hub } from '../hub.ts';
import { authorize } from './access.ts';
import { checkEndpoints } from './checks.ts';
import { codeScanningEndpoints } from './code-scanning.ts';
import { commentEndpoints } from './comments.ts';
import { commitEndpoints } from './commits.ts';
import type { CommitGraph, RestContext, RunControl } from './context.ts';
import { deploymentEndpoints } from './deployments.ts';
import { entityTag, hasAlready } from './entity-tag.ts';
import { environmentEndpoints } from './environments.ts';
import { requestProblem } from './description.ts';
import type { Answer, Endpoint } from './endpoint.ts';
import { notFound, RestError } from './errors.ts';
import { issueEndpoints } from './issues.ts';
import { peopleEndpoints } from './people.ts';
import { pullEndpoints } from './pulls.ts';
import { RateLimit, rateLimitEndpoints } from './rate-limit.ts';
import { releaseEndpoints } from './releases.ts';
import { reviewEndpoints } from './reviews.ts';
import { runEndpoints } from './runs.ts';
import { addresses } from './shapes/addresses.ts';
import { variableEndpoints } from './variables.ts';
import { workflowEndpoints } from './workflows.ts';

export type { CommitGraph, RunControl, StartableWorkflow, StartInput } from './context.ts';

export interface RestOptions {
  readonly hub: Hub;
  readonly serverUrl: string;
  readonly control: RunControl;
  readonly commits: CommitGraph;
  /** May do everything: for the pages, the command line and scripts of this machine. */
  readonly adminToken: string;
  /** Who a person's own token belongs to: they may do everything, in their name. */
  readonly personOf: (token: string) => string | undefined;
  readonly now?: () => Date;
}

const prefix = '/api/v3';
const documentation = 'https://docs.github.com/rest';

/**
 * The part of GitHub's REST API that pipelines use, under `/api/v3` as on a GitHub server of one's own. Paths,
 * methods and request bodies are those of GitHub's OpenAPI description; what is not in it answers 404.
 */
export function restHandler(options: RestOptions): (exchange: Exchange) => Promise<void> {
  const { hub, serverUrl, control, commits, personOf, now = () => new Date() } = options;
  const context: RestContext = { hub, control, commits, now, at: addresses(hub.repository, serverUrl) };
  const rates = new RateLimit();
  const endpoints = [
    ...rateLimitEndpoints(rates),
    ...commitEndpoints(context),
    ...deploymentEndpoints(context),
    ...checkEndpoints(context),
    ...runEndpoints(context),
    ...workflowEndpoints(context),
    ...variableEndpoints(context),
    ...issueEndpoints(context),
    ...environmentEndpoints(context),
    ...reviewEndpoints(context),
    ...releaseEndpoints(context),
    ...codeScanningEndpoints(context),
    ...commentEndpoints(context),
    ...pullEndpoints(context),
    ...peopleEndpoints(context),
    // `commits/{ref}` would take `commits/{ref}/status` as well, and `releases/{release_id}` would take `releases/latest`.
  ].sort((a, b) => segments(b) - segments(a) || a.parameters.length - b.parameters.length);

  return async (exchange) => {
    exchange.response.setHeader('x-github-media-type', 'github.v3; format=json');
    const found = findEndpoint(endpoints, exchange, hub.repository);
    try {
      const caller = authorize(options, exchange.request, found?.endpoint.grants ?? ['metadata=read']);
      rates.forget((token) => token === 'admin' || hub.tokens.has(token) || personOf(token) !== undefined);
      rates.count(caller.token);
      const showRate = (): void => {
        for (const [name, value] of Object.entries(rates.headers(caller.token))) {
          exchange.response.setHeader(name, value);
        }
      };
      showRate();
      if (found === undefined) throw notFound();
      const { endpoint, params } = found;
      const body =
        endpoint.operation.request === undefined
          ? undefined
          : await readBody(exchange, endpoint.bodyLimitBytes);
      const problem = requestProblem(endpoint.id, body);
      if (problem !== undefined) throw new RestError(422, problem);
      const answer = await endpoint.answer({ url: exchange.url, caller, params, body });
      const isNew = !isUnchanged(exchange, answer);
      // A client that asks whether anything is new pays nothing where nothing is.
      if (!isNew) rates.uncount(caller.token);
      showRate();
      if (isNew) send(exchange, answer);
      else exchange.response.writeHead(304).end();
    } catch (error: unknown) {
      const failure = asRestError(error);
      const { status, message, errors, headers } = failure;
      const more = errors === undefined ? {} : { errors };
      const documented = found?.endpoint.operation.documentation ?? documentation;
      const body = { message, ...more, documentation_url: documented, status: String(status) };
      sendJson(exchange, status, body, headers);
    }
  };
}

function segments({ operation }: Endpoint): number {
  return operation.path.split('/').length;
}

interface Found {
  readonly endpoint: Endpoint;
  readonly params: Readonly<Record<string, string>>;
}

function findEndpoint(
  endpoints: readonly Endpoint[],
  { url, method }: Exchange,
  { owner, name }: Hub['repository'],
): Found | undefined {
  const path = url.pathname.slice(prefix.length);
  for (const endpoint of endpoints) {
    const match = endpoint.operation.method === method ? endpoint.pattern.exec(path) : null;
    if (match === null) continue;
    const values = match.slice(1).map(decode);
    if (values.some((value) => value === undefined)) return undefined;
    const params = Object.fromEntries(endpoint.parameters.map((key, index) => [key, values[index] ?? '']));
    // People belong to no repository.
    const isOurs = params.owner === undefined || (isSame(params.owner, owner) && isSame(params.repo, name));
    return isOurs ? { endpoint, params } : undefined;
  }
  return undefined;
}

function isSame(given: string | undefined, name: string): boolean {
  return given?.toLowerCase() === name.toLowerCase();
}

function decode(segment: string): string | undefined {
  try {
    return decodeURIComponent(segment);
  } catch {
    return undefined;
  }
}

async function readBody(exchange: Exchange, limitBytes: number | undefined): Promise<unknown> {
  const text = await readText(exchange, limitBytes);
  if (text.trim() === '') return {};
  const body = JSON.parse(text) as unknown;
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw new RestError(400, 'Body should be a JSON object');
  }
  return body;
}

/** Marks what is read with its `ETag`, and says whether the client has it already. */
function isUnchanged({ request, response, method }: Exchange, answer: Answer): boolean {
  if (method !== 'GET' || answer.kind !== 'json' || answer.status !== 200) return false;
  const tag = entityTag(JSON.stringify(answer.body));
  response.setHeader('etag', tag);
  return hasAlready(request.headers['if-none-match'], tag);
}

function send(exchange: Exchange, answer: Answer): void {
  switch (answer.kind) {
    case 'json':
      return sendJson(exchange, answer.status, answer.body, answer.headers);
    case 'empty':
      exchange.response.writeHead(answer.status).end();
      return;
    case 'redirect':
      exchange.response.writeHead(302, { location: answer.to }).end();
      return;
  }
}

/** @throws what is no fault of the request's */
function asRestError(error: unknown): RestError {
  if (error instanceof RestError) return error;
  if (error instanceof RangeError) return new RestError(413, 'The request body is too large.');
  if (error instanceof SyntaxError) return new RestError(400, 'Problems parsing JSON');
  throw error;
}
