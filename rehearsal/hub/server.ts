import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Config } from '../../src/config/index.ts';
import { sendJson, type Exchange } from './http.ts';
import type { Hub } from './hub.ts';
import { createOidc, type Oidc } from './oidc/index.ts';
import { LivePages } from './pages/live.ts';
import { pagesHandler } from './pages/routes.ts';
import { PersonalTokens } from './personal-tokens.ts';
import { TrafficStreams } from './pages/traffic-stream.ts';
import { restHandler, type CommitGraph, type RunControl } from './rest/index.ts';
import type { TrafficSource } from './traffic.ts';

export interface HubServerOptions {
  readonly hub: Hub;
  /** 0: any free one. */
  readonly port: number;
  readonly stateDirectory: string;
  readonly commits: CommitGraph;
  /** Which form of `sub` OIDC tokens have; see `oidc`. */
  readonly immutableSubject?: boolean;
  /** sluice.yml as it stands now; `undefined` where it has mistakes. */
  readonly config: () => Promise<Config | undefined>;
  /** What the cloud runs tasks with. */
  readonly driver: () => string;
  /** Where the environments' traffic is seen; without it there are no pages of it. */
  readonly traffic?: TrafficSource;
  readonly log: (message: string) => void;
}

/** What git's hook posts is handed to it, with the answer to write. */
export type PushHandler = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

export interface HubServer {
  readonly url: string;
  readonly oidc: Oidc;
  readonly issuer: string;
  /** For `Authorization` on the REST API; new at every start. */
  readonly adminToken: string;
  /** A person's own token for the REST API: what they do with it is done in their name. New at every start. */
  tokenOf(login: string): string;
  /** The engine comes after the server, whose address it needs. Until then, what needs it is refused. */
  attach(engine: RunControl, push: PushHandler): void;
  stop(): Promise<void>;
}

/** The local GitHub's one address: pages, REST API, OIDC, and where `git push` reports. On 127.0.0.1 only. */
export async function startHubServer(options: HubServerOptions): Promise<HubServer> {
  const { hub, log, commits } = options;
  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => {
      const reason = error instanceof Error ? (error.stack ?? error.message) : String(error);
      log(`${request.method ?? ''} ${request.url ?? ''}: ${reason}`);
      if (response.headersSent) response.destroy();
      else sendText(response, 500, 'The rehearsal itself failed; its log says more.');
    });
  });
  const url = `http://127.0.0.1:${await listen(server, options.port)}`;
  const issuer = `${url}/oidc`;
  const adminToken = randomBytes(24).toString('base64url');
  const people = new PersonalTokens(hub);
  const oidc = await createOidc({
    hub,
    issuer,
    directory: options.stateDirectory,
    immutableSubject: options.immutableSubject ?? true,
  });
  let attached: { readonly engine: RunControl; readonly push: PushHandler } | undefined;
  const control: RunControl = {
    cancel: (runId) => attached?.engine.cancel(runId) ?? false,
    forceCancel: (runId) => attached?.engine.forceCancel(runId) ?? false,
    startable: (ref) => attached?.engine.startable(ref) ?? Promise.reject(notUp()),
    rerun: (runId, how) => attached?.engine.rerun(runId, how) ?? Promise.reject(notUp()),
    dispatch: (request) => attached?.engine.dispatch(request) ?? Promise.reject(notUp()),
    openPullRequest: (request) => attached?.engine.openPullRequest(request) ?? Promise.reject(notUp()),
    changePullRequest: (pull, change) =>
      attached?.engine.changePullRequest(pull, change) ?? Promise.reject(notUp()),
    mergePullRequest: (pull, how) => attached?.engine.mergePullRequest(pull, how) ?? Promise.reject(notUp()),
  };
  const { traffic } = options;
  const live = new LivePages(hub, traffic);
  const streams = traffic === undefined ? undefined : new TrafficStreams(traffic);
  const rest = restHandler({
    hub,
    serverUrl: url,
    control,
    commits,
    adminToken,
    personOf: (token) => people.loginOf(token),
  });
  const { config, driver } = options;
  const pages = pagesHandler({
    hub,
    control,
    live,
    commits,
    config,
    driver,
    traffic,
    streams,
    now: () => new Date(),
  });

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const refusal = refuseForeign(request, url);
    const target = URL.parse(request.url ?? '/', url);
    if (refusal !== undefined || target === null) {
      sendText(response, refusal?.status ?? 400, refusal?.reason ?? 'The address cannot be read.');
      return;
    }
    const method = request.method === 'HEAD' ? 'GET' : (request.method ?? 'GET');
    const exchange: Exchange = { request, response, method, url: target };
    const { pathname } = target;
    if (pathname === '/_hub/push') {
      if (attached === undefined) sendText(response, 503, notUp().message);
      else await attached.push(request, response);
      return;
    }
    if (pathname.startsWith('/api/v3/')) return rest(exchange);
    if (pathname === '/api/graphql') {
      sendJson(exchange, 200, { errors: [noGraphQl] });
      return;
    }
    if (pathname.startsWith('/oidc/') && (await oidc.handle(exchange))) return;
    return pages(exchange);
  };

  return {
    url,
    oidc,
    issuer,
    adminToken,
    tokenOf: (login) => people.tokenOf(login),
    attach: (engine, push) => {
      attached = { engine, push };
    },
    async stop() {
      live.stop();
      streams?.stop();
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
    },
  };
}

/** In the form in which GraphQL says what is wrong, so that clients show it. */
const noGraphQl = {
  type: 'NOT_IMPLEMENTED',
  message: "The rehearsal's GitHub has no GraphQL API. What it has of the REST API is under /api/v3.",
};

function notUp(): Error {
  return new Error('The workflow engine is not up yet; try again in a moment.');
}

/**
 * Why a request is refused: it came under another name (DNS rebinding), or a page of another site sent it (CSRF).
 * A page cannot read answers that are not its own; so reads are refused by name alone, and writes by their origin,
 * which every browser sends with them.
 */
function refuseForeign(
  { headers, method }: IncomingMessage,
  url: string,
): { readonly status: number; readonly reason: string } | undefined {
  const { port } = new URL(url);
  const host = headers.host ?? '';
  if (host !== `127.0.0.1:${port}` && host !== `localhost:${port}`) {
    return { status: 421, reason: 'The rehearsal answers to 127.0.0.1 and localhost only.' };
  }
  const isRead = method === 'GET' || method === 'HEAD';
  if (isRead || headers.origin === undefined || headers.origin === `http://${host}`) return undefined;
  return { status: 403, reason: 'This was sent by a page of another site.' };
}

function sendText(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' }).end(`${text}\n`);
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => {
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : port);
    });
  });
}
