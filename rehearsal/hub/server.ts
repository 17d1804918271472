import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createRequire } from 'node:module';
import path from 'node:path';
import type { Config } from '../../src/config/index.ts';
import type { Hub } from './hub.ts';
import { dispatch, route, type Exchange } from './http.ts';
import type { Change } from './model.ts';
import { createOidc, type Oidc } from './oidc/index.ts';
import { matrixPage } from './pages/matrix.ts';
import { runPage, runsPage } from './pages/runs.ts';
import { restHandler, type CommitGraph, type RunControl } from './rest/index.ts';

export interface HubServerOptions {
  readonly hub: Hub;
  /** 0: any free one. */
  readonly port: number;
  readonly stateDirectory: string;
  readonly commits: CommitGraph;
  readonly immutableSubject?: boolean;
  /** sluice.yml as it stands now; `undefined` where it has mistakes. */
  readonly config: () => Promise<Config | undefined>;
  readonly driver: () => string;
  readonly log: (message: string) => void;
}

export interface HubServer {
  readonly url: string;
  readonly oidc: Oidc;
  readonly issuer: string;
  /** For `Authorization` on the REST API; new at every start. */
  readonly adminToken: string;
  /** The engine comes after the server, whose address it needs. Until then, what needs it answers 503. */
  attach(
    engine: RunControl,
    push: (request: IncomingMessage, response: ServerResponse) => Promise<void>,
  ): void;
  stop(): Promise<void>;
}

const assets = path.join(import.meta.dirname, 'pages', 'assets');
const mermaid = createRequire(import.meta.url).resolve('@mermaid-js/tiny/dist/mermaid.tiny.js');

/** Styles in elements are mermaid's; everything else comes from files of this server. */
const contentSecurityPolicy =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/** The local GitHub's one address: pages, REST API, OIDC, and where `git push` reports. 127.0.0.1 only. */
export async function startHubServer(options: HubServerOptions): Promise<HubServer> {
  const { hub, log } = options;
  const streams = new Set<ServerResponse>();
  let engine: RunControl | undefined;
  let push: ((request: IncomingMessage, response: ServerResponse) => Promise<void>) | undefined;
  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => {
      log(
        `${request.method ?? ''} ${request.url ?? ''}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
      );
      if (response.headersSent) response.destroy();
      else
        response
          .writeHead(500, { 'content-type': 'text/plain' })
          .end('The rehearsal itself failed; its log says more.\n');
    });
  });
  const url = `http://127.0.0.1:${await listen(server, options.port)}`;
  const issuer = `${url}/oidc`;
  const adminToken = randomBytes(24).toString('base64url');
  const oidc = await createOidc({
    hub,
    issuer,
    directory: options.stateDirectory,
    immutableSubject: options.immutableSubject ?? true,
  });
  const control: RunControl = {
    cancel: (runId) => engine?.cancel(runId) ?? false,
    rerun: (runId, how) =>
      engine?.rerun(runId, how) ?? Promise.reject(new Error('The engine is not up yet.')),
  };
  const rest = restHandler({ hub, serverUrl: url, control, commits: options.commits, adminToken });

  const sendPage = ({ response }: Exchange, body: string): void => {
    response.writeHead(200, {
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-store',
      'content-security-policy': contentSecurityPolicy,
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
    });
    response.end(body);
  };
  const sendFile = ({ response }: Exchange, file: string, type: string): void => {
    response.writeHead(200, { 'content-type': type, 'cache-control': 'max-age=300' });
    response.end(readFileSync(file));
  };
  const redirect = ({ response }: Exchange, to: string): void => {
    response.writeHead(303, { location: to }).end();
  };
  const missing = ({ response }: Exchange): void => {
    response.writeHead(404, { 'content-type': 'text/plain' }).end('There is no such page.\n');
  };
  const act =
    (work: (runId: number) => void | Promise<void>) =>
    async (exchange: Exchange, id = ''): Promise<void> => {
      if (hub.runs.get(Number(id)) === undefined) {
        missing(exchange);
        return;
      }
      await work(Number(id));
      redirect(exchange, `/runs/${id}`);
    };
  const repo = `/${hub.repository.owner}/${hub.repository.name}`;
  const routes = [
    route('GET', '/', async (exchange) =>
      sendPage(exchange, matrixPage({ hub, config: await options.config(), driver: options.driver() })),
    ),
    route('GET', '/runs', (exchange) => sendPage(exchange, runsPage(hub))),
    route('GET', '/runs/:id', (exchange, id = '') => {
      const run = hub.runs.get(Number(id));
      if (run === undefined) missing(exchange);
      else sendPage(exchange, runPage(hub, run));
    }),
    route(
      'POST',
      '/runs/:id/cancel',
      act((id) => void control.cancel(id)),
    ),
    route(
      'POST',
      '/runs/:id/rerun',
      act((id) => control.rerun(id, { failedOnly: false })),
    ),
    route(
      'POST',
      '/runs/:id/rerun-failed',
      act((id) => control.rerun(id, { failedOnly: true })),
    ),
    route('GET', '/jobs/:id/log.txt', ({ response }, id) => {
      response.writeHead(200, { 'content-type': 'text/plain; charset=utf-8' });
      response.end(
        hub
          .logOf(Number(id))
          .map(({ at, text }) => `${at} ${text}\n`)
          .join(''),
      );
    }),
    // The addresses that actions print are GitHub's.
    route('GET', repo, (exchange) => redirect(exchange, '/')),
    route('GET', `${repo}/actions`, (exchange) => redirect(exchange, '/runs')),
    route('GET', `${repo}/actions/runs/:id`, (exchange, id = '') => redirect(exchange, `/runs/${id}`)),
    route('GET', `${repo}/actions/runs/:id/job/:job`, (exchange, id = '', job = '') =>
      redirect(exchange, `/runs/${id}#job-${job}`),
    ),
    route('GET', '/events', (exchange) => stream(hub, streams, exchange)),
    route('GET', '/assets/hub.css', (exchange) =>
      sendFile(exchange, path.join(assets, 'hub.css'), 'text/css'),
    ),
    route('GET', '/assets/live.js', (exchange) =>
      sendFile(exchange, path.join(assets, 'live.js'), 'text/javascript'),
    ),
    route('GET', '/assets/icon.svg', (exchange) =>
      sendFile(exchange, path.join(assets, 'icon.svg'), 'image/svg+xml'),
    ),
    route('GET', '/assets/mermaid.js', (exchange) => sendFile(exchange, mermaid, 'text/javascript')),
  ];

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const refusal = refuseForeign(request, url);
    if (refusal !== undefined) {
      response.writeHead(403, { 'content-type': 'text/plain' }).end(`${refusal}\n`);
      return;
    }
    const exchange = {
      request,
      response,
      url: new URL(request.url ?? '/', url),
      method: request.method === 'HEAD' ? 'GET' : (request.method ?? 'GET'),
    };
    const { pathname } = exchange.url;
    if (pathname.startsWith('/api/v3/')) return rest(exchange);
    if (pathname.startsWith('/oidc/')) {
      if (!(await oidc.handle(exchange))) missing(exchange);
      return;
    }
    if (pathname === '/_hub/push') {
      if (push === undefined) response.writeHead(503).end();
      else await push(request, response);
      return;
    }
    if (!(await dispatch(routes, exchange, pathname))) missing(exchange);
  };

  return {
    url,
    oidc,
    issuer,
    adminToken,
    attach: (attached, pushHandler) => {
      engine = attached;
      push = pushHandler;
    },
    async stop() {
      for (const response of streams) response.end();
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
    },
  };
}

/**
 * Why a request is refused: it came under another name (DNS rebinding), or a page of another site sent it (CSRF).
 * Reads are refused by name alone; writes from a browser must come from our own pages.
 */
function refuseForeign(request: IncomingMessage, url: string): string | undefined {
  const { port } = new URL(url);
  const host = request.headers.host ?? '';
  if (host !== `127.0.0.1:${port}` && host !== `localhost:${port}`)
    return 'The rehearsal answers to 127.0.0.1 and localhost only.';
  const { origin } = request.headers;
  if (request.method === 'GET' || request.method === 'HEAD' || origin === undefined) return undefined;
  return origin === `http://${host}` ? undefined : 'This was sent by a page of another site.';
}

/** Server-sent events: that something changed, and the new log lines of the run that is looked at. */
function stream(hub: Hub, streams: Set<ServerResponse>, { request, response, url }: Exchange): void {
  const runId = Number(url.searchParams.get('run') ?? Number.NaN);
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
  response.write('retry: 2000\n\n');
  streams.add(response);
  const belongs = (jobId: number): boolean =>
    hub.runs.get(runId)?.jobs.some(({ id }) => id === jobId) === true;
  const stop = hub.onChange((change: Change) => {
    if (change.kind !== 'log') response.write('event: change\ndata: {}\n\n');
    else if (belongs(change.jobId)) {
      response.write(`event: log\ndata: ${JSON.stringify({ jobId: change.jobId, line: change.line })}\n\n`);
    }
  });
  request.once('close', () => {
    stop();
    streams.delete(response);
  });
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
