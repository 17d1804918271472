import { comparisonMatrix, type Config } from '../../../src/config/index.ts';
import type { Hub } from '../hub.ts';
import type { Deployment } from '../model.ts';
import type { TrafficSource } from '../traffic.ts';
import { html, type Html } from './html.ts';
import { page } from './layout.ts';
import { commitLink, deploymentBadge, when } from './parts.ts';
import { addressOf, byOf, historyOf, liveOf, payloadOf, runLink, urlOf, waitingAt } from './records.ts';
import { nameOf, newestFirst, runsTable } from './runs.ts';
import type { Standing, Standings } from './standing.ts';
import { trafficLine } from './traffic.ts';

export interface MatrixOptions {
  readonly hub: Hub;
  /** sluice.yml of the repository; `undefined` where it has mistakes. */
  readonly config: Config | undefined;
  /** What the cloud runs tasks with: it is always to be seen. */
  readonly driver: string;
  readonly traffic: TrafficSource | undefined;
  readonly standings: Standings;
}

const recentRuns = 8;

/** The front page: what runs where, the recent runs, and how the environments differ. */
export async function matrixPage(options: MatrixOptions): Promise<string> {
  const cards = await environmentCards(options);
  return page({
    title: 'What runs where',
    repository: nameOf(options.hub),
    current: 'matrix',
    body: html`<h1>What runs where</h1>
      <div data-live="matrix">${cards}</div>
      <section aria-labelledby="recent">
        <h2 id="recent">Recent runs</h2>
        <div data-live="runs">${runsTable(newestFirst(options.hub).slice(0, recentRuns))}</div>
        <p><a href="/runs">All runs</a></p>
      </section>
      ${comparison(options.config)}
      <p class="quiet">${driverWords(options.driver)}</p>`,
  });
}

function driverWords(driver: string): string {
  return driver === 'docker'
    ? 'Tasks run as containers of this machine’s Docker engine.'
    : 'Tasks run as processes of this machine; no Docker engine is used.';
}

async function environmentCards(options: MatrixOptions): Promise<Html> {
  const { hub, config } = options;
  const names = [
    ...new Set([
      ...Object.keys(config?.environments ?? {}),
      ...(config === undefined ? hub.environments.keys() : []),
    ]),
  ];
  const cards = await Promise.all(names.map((name) => environmentCard(options, name)));
  return html`<ul class="environments">
    ${cards}
  </ul>`;
}

async function environmentCard(
  { hub, config, traffic, standings }: MatrixOptions,
  name: string,
): Promise<Html> {
  const history = historyOf(hub, name);
  const [newest] = history;
  const live = liveOf(history);
  const last = newest?.statuses.at(-1);
  const now = traffic?.traffic(name);
  const standing = live === undefined ? undefined : await standings.of(urlOf(live), now);
  return html`<li class="environment">
    <header>
      <h2><a href="/environments/${encodeURIComponent(name)}">${name}</a></h2>
      ${standing === undefined ? (newest === undefined ? '' : deploymentBadge(last?.state)) : standingBadge(standing)}
    </header>
    ${triggerOf(config, name)}
    ${live === undefined ? html`<p class="quiet">Nothing runs here yet.</p>` : liveFacts(hub, live, standing)}
    ${now === undefined ? '' : trafficLine(now)}
    ${
      newest === undefined || newest === live || last?.state === 'waiting'
        ? ''
        : html`<p class="newest">
            ${deploymentBadge(last?.state)} ${commitLink(newest.sha)} ${runLink(hub, newest)}
            ${last?.description === '' ? '' : html`<span class="quiet">${last?.description}</span>`}
          </p>`
    }
    ${waitingAt(hub, name)}
    ${history.length === 0 ? '' : html`<p class="more"><a href="/environments/${encodeURIComponent(name)}">${history.length === 1 ? 'One deployment' : `All ${history.length} deployments`}</a></p>`}
  </li>`;
}

/** A record says what was deployed; whether it answers is asked. */
function standingBadge(standing: Standing): Html {
  switch (standing.kind) {
    case 'answers':
      return deploymentBadge('success');
    case 'silent':
      return html`<span class="state failure"><span aria-hidden="true">✕</span> not answering</span>`;
    case 'recorded':
      return html`<span class="state skipped"><span aria-hidden="true">–</span> as recorded</span>`;
  }
}

/** What starts a deployment here, in a line under the name. */
function triggerOf(config: Config | undefined, name: string): Html {
  if (config === undefined) return html``;
  const { environments, rows } = comparisonMatrix(config);
  const index = environments.indexOf(name);
  const cell = (aspect: string): string => rows.find((row) => row.aspect === aspect)?.cells[index] ?? '';
  return html`<p class="quiet trigger">
    ${[cell('Trigger'), cell('Strategy')].filter((text) => text !== '').join(' · ')}
  </p>`;
}

function liveFacts(hub: Hub, deployment: Deployment, standing: Standing | undefined): Html {
  const { version, digest } = payloadOf(deployment);
  const success = deployment.statuses.findLast(({ state }) => state === 'success');
  const isCommit = version === undefined || version === deployment.sha;
  return html`<dl>
    <dt>Version</dt>
    <dd>
      ${isCommit ? commitLink(deployment.sha) : html`<strong>${version}</strong> ${commitLink(deployment.sha)}`}
    </dd>
    <dt>Digest</dt>
    <dd>${digest === undefined ? '–' : html`<code title="${digest}">${digest.slice(0, 19)}…</code>`}</dd>
    <dt>Since</dt>
    <dd>${when(success?.createdAt)}</dd>
    <dt>By</dt>
    <dd>${byOf(hub, deployment)}</dd>
    <dt>Address</dt>
    <dd>
      ${addressOf(success?.environmentUrl)}
      ${standing === undefined || standing.kind === 'recorded' ? '' : html`<small>${standing.words}</small>`}
    </dd>
    <dt>Run</dt>
    <dd>${runLink(hub, deployment)}</dd>
  </dl>`;
}

function comparison(config: Config | undefined): Html {
  if (config === undefined)
    return html`<p role="alert">sluice.yml has mistakes: <code>npx sluice validate</code> lists them.</p>`;
  const { environments, rows } = comparisonMatrix(config);
  return html`<section aria-labelledby="comparison">
    <h2 id="comparison">How the environments differ</h2>
    <p class="quiet">From sluice.yml, with every default filled in.</p>
    <div class="scroll" role="region" aria-labelledby="comparison" tabindex="0">
      <table class="comparison">
        <thead>
          <tr>
            <th scope="col">Aspect</th>
            ${environments.map((name) => html`<th scope="col">${name}</th>`)}
          </tr>
        </thead>
        <tbody>
          ${rows.map(
            ({ aspect, cells }) =>
              html`<tr>
                <th scope="row">${aspect}</th>
                ${cells.map((cell) => html`<td>${cell}</td>`)}
              </tr>`,
          )}
        </tbody>
      </table>
    </div>
  </section>`;
}
