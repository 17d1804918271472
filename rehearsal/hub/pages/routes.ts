import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { dispatch, route, type Exchange } from '../http.ts';
import type { Job, Run } from '../model.ts';
import { redirect, send, sendPage } from './answer.ts';
import { artifactRoutes } from './artifact-routes.ts';
import { dispatchPage } from './dispatch.ts';
import { environmentPage } from './environment.ts';
import { formRoutes } from './forms.ts';
import { issuePage, issuesPage } from './issues.ts';
import { messagePage } from './layout.ts';
import { logText, runLogs } from './log-files.ts';
import { jobLog } from './log.ts';
import { matrixPage } from './matrix.ts';
import type { PagesOptions } from './options.ts';
import { pullRoutes } from './pull-routes.ts';
import { releasesPage } from './releases.ts';
import { runPage } from './run.ts';
import { nameOf, runsPage } from './runs.ts';
import { securityRoutes } from './security-routes.ts';
import { Standings } from './standing.ts';
import { trafficPage } from './traffic.ts';

/** The web pages, under GitHub's addresses as well, which actions print. */
export function pagesHandler(options: PagesOptions): (exchange: Exchange) => Promise<void> {
  const { hub, control, live, commits, traffic, streams } = options;
  const standings = new Standings();
  const { owner, name } = hub.repository;
  const repo = `/${owner}/${name}`;
  const missing = (exchange: Exchange): void =>
    sendPage(
      exchange,
      messagePage(nameOf(hub), 'There is no such page', `Nothing is at ${exchange.url.pathname}.`),
      404,
    );
  const withRun =
    (handle: (exchange: Exchange, run: Run) => void | Promise<void>) =>
    (exchange: Exchange, id = ''): void | Promise<void> => {
      const run = hub.runs.get(Number(id));
      return run === undefined ? missing(exchange) : handle(exchange, run);
    };
  const findJob = (id: string): Job | undefined =>
    [...hub.runs.values()].flatMap(({ jobs }) => jobs).find((job) => job.id === Number(id));

  const routes = [
    route('GET', '/', async (exchange) =>
      sendPage(
        exchange,
        await matrixPage({
          hub,
          traffic,
          standings,
          config: await options.config(),
          driver: options.driver(),
        }),
      ),
    ),
    route('GET', '/environments/:name', (exchange, environment = '') =>
      sendPage(exchange, environmentPage(hub, environment, traffic?.traffic(environment))),
    ),
    route('GET', '/environments/:name/traffic', (exchange, environment = '') => {
      const found = traffic?.traffic(environment);
      if (found === undefined) missing(exchange);
      else sendPage(exchange, trafficPage(hub, found));
    }),
    route('GET', '/environments/:name/traffic/events', (exchange, environment = '') => {
      if (streams === undefined || traffic?.traffic(environment) === undefined) missing(exchange);
      else streams.open(exchange.response, environment);
    }),
    route('GET', '/runs', (exchange) => {
      const query = exchange.url.searchParams;
      const filter = {
        commit: query.get('commit'),
        branch: query.get('branch'),
        workflow: query.get('workflow'),
      };
      sendPage(exchange, runsPage(hub, filter));
    }),
    route(
      'GET',
      '/runs/:id',
      withRun((exchange, run) =>
        sendPage(exchange, runPage(hub, run, { lines: !exchange.url.searchParams.has('live'), traffic })),
      ),
    ),
    ...formRoutes(options),
    route('GET', '/workflows', async (exchange) => {
      const refs = (await commits.refs()).map(({ ref }) => ref.replace(/^refs\/(heads|tags)\//, ''));
      const { defaultBranch } = hub.repository;
      const standard = refs.includes(defaultBranch) ? defaultBranch : (refs[0] ?? defaultBranch);
      const ref = exchange.url.searchParams.get('ref') ?? standard;
      const workflows = refs.includes(ref) ? await control.startable(ref) : [];
      sendPage(exchange, dispatchPage({ hub, refs, ref, workflows }));
    }),
    route('GET', '/releases', (exchange) => sendPage(exchange, releasesPage(hub))),
    route('GET', '/jobs/:id/log', (exchange, id = '') => {
      const job = findJob(id);
      if (job === undefined) missing(exchange);
      else sendPage(exchange, jobLog(hub, job, { lines: true }).toString());
    }),
    route('GET', '/jobs/:id/log.txt', (exchange, id = '') => {
      if (findJob(id) === undefined) return missing(exchange);
      send(exchange, 200, 'text/plain; charset=utf-8', logText(hub.logOf(Number(id))));
    }),
    route(
      'GET',
      '/runs/:id/logs.zip',
      withRun((exchange, run) => send(exchange, 200, 'application/zip', runLogs(hub, run))),
    ),
    ...artifactRoutes(hub, missing),
    ...pullRoutes(options, missing),
    ...securityRoutes(options, missing),
    route('GET', '/issues', (exchange) => sendPage(exchange, issuesPage(hub))),
    route('GET', '/issues/:number', (exchange, number = '') => {
      const issue = hub.issues.get(Number(number));
      if (issue === undefined) missing(exchange);
      else sendPage(exchange, issuePage(hub, issue));
    }),
    route('GET', '/events', ({ response, url }) => {
      const run = url.searchParams.get('run');
      live.open(response, run === null ? undefined : Number(run));
    }),
    ...assetRoutes(),

    // The addresses that actions print are GitHub's.
    ...(
      [
        ['', () => '/'],
        ['/actions', () => '/runs'],
        ['/actions/runs/:id', (id) => `/runs/${id}`],
        ['/actions/runs/:id/job/:job', (id, job) => `/runs/${id}#job-${job}`],
        ['/actions/runs/:id/attempts/:attempt', (id) => `/runs/${id}`],
        ['/actions/workflows/:file', (file) => `/runs?workflow=${encodeURIComponent(file)}`],
        ['/commit/:sha', (sha) => `/runs?commit=${encodeURIComponent(sha)}`],
        ['/tree/:ref', (ref) => `/runs?branch=${encodeURIComponent(ref)}`],
        ['/deployments', () => '/'],
        ['/deployments/:environment', (environment) => `/environments/${encodeURIComponent(environment)}`],
        ['/releases', () => '/releases'],
        ['/releases/tag/:tag', (tag) => `/releases#${encodeURIComponent(tag)}`],
        ['/actions/runs/:id/artifacts/:artifact', (_, artifact) => `/artifacts/${artifact}`],
        ['/pulls', () => '/pulls'],
        ['/pull/:number', (number) => `/pulls/${number}`],
        ['/security/code-scanning', () => '/security'],
        ['/security/code-scanning/:number', (number) => `/security/${number}`],
        ['/issues', () => '/issues'],
        ['/issues/:number', (number) => `/issues/${number}`],
      ] satisfies [string, (first: string, second: string) => string][]
    ).map(([from, to]) =>
      route('GET', `${repo}${from}`, (exchange, first = '', second = '') =>
        redirect(exchange, to(first, second)),
      ),
    ),
  ];

  return async (exchange) => {
    if (!(await dispatch(routes, exchange, exchange.url.pathname))) missing(exchange);
  };
}

/**
 * Charts are drawn in frames without an origin, as GitHub draws them: what draws them needs styles of its own inside
 * of the page, which no other page allows, and what a chart may do ends at its frame.
 */
function chartPolicy({ request }: Exchange): string {
  const origin = `http://${request.headers.host ?? ''}`;
  return `default-src 'none'; script-src ${origin}; style-src 'unsafe-inline' ${origin}; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors ${origin}; sandbox allow-scripts`;
}

function assetRoutes() {
  const folder = path.join(import.meta.dirname, 'assets');
  const asset = (file: string, type: string, at = path.join(folder, file)) =>
    route('GET', `/assets/${file}`, (exchange) =>
      send(exchange, 200, type, readFileSync(at), { 'cache-control': 'max-age=300' }),
    );
  const script = 'text/javascript; charset=utf-8';
  const mermaid = createRequire(import.meta.url).resolve('@mermaid-js/tiny/dist/mermaid.tiny.js');
  return [
    asset('hub.css', 'text/css; charset=utf-8'),
    asset('forms.css', 'text/css; charset=utf-8'),
    asset('traffic.css', 'text/css; charset=utf-8'),
    asset('chart.css', 'text/css; charset=utf-8'),
    asset('page.js', script),
    asset('log.js', script),
    asset('traffic.js', script),
    asset('charts.js', script),
    asset('chart.js', script),
    asset('icon.svg', 'image/svg+xml'),
    asset('mermaid.js', script, mermaid),
    route('GET', '/assets/chart.html', (exchange) =>
      send(exchange, 200, 'text/html; charset=utf-8', readFileSync(path.join(folder, 'chart.html')), {
        'content-security-policy': chartPolicy(exchange),
      }),
    ),
  ];
}
