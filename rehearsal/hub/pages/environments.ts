import { comparisonMatrix, type Config } from '../../../src/config/index.ts';
import { pendingDeployments } from '../environments/index.ts';
import type { Hub } from '../hub.ts';
import type { Deployment, Run } from '../model.ts';
import { html, type Html } from './html.ts';
import { page } from './layout.ts';
import { badge, commitLink, deploymentBadge, stateOf, timeOfDay, when } from './parts.ts';
import { rulesOf } from './rules.ts';
import { nameOf, newestFirst, runsTable } from './runs.ts';

export interface MatrixOptions {
  readonly hub: Hub;
  /** sluice.yml of the repository; `undefined` where it has mistakes. */
  readonly config: Config | undefined;
  /** What the cloud runs tasks with: it is always to be seen. */
  readonly driver: string;
}

const recentRuns = 8;

/** The front page: what runs where, the recent runs, and how the environments differ. */
export function matrixPage(options: MatrixOptions): string {
  return page({
    title: 'What runs where',
    repository: nameOf(options.hub),
    current: 'matrix',
    body: html`<h1>What runs where</h1>
      <div data-live="matrix">${environmentCards(options)}</div>
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

function environmentCards({ hub, config }: MatrixOptions): Html {
  const names = [
    ...new Set([
      ...Object.keys(config?.environments ?? {}),
      ...(config === undefined ? hub.environments.keys() : []),
    ]),
  ];
  return html`<ul class="environments">
    ${names.map((name) => environmentCard(hub, name, config))}
  </ul>`;
}

function environmentCard(hub: Hub, name: string, config: Config | undefined): Html {
  const history = historyOf(hub, name);
  const [newest] = history;
  const live = liveOf(history);
  const last = newest?.statuses.at(-1);
  return html`<li class="environment">
    <header>
      <h2><a href="/environments/${encodeURIComponent(name)}">${name}</a></h2>
      ${newest === undefined ? '' : deploymentBadge(live === undefined ? last?.state : 'success')}
    </header>
    ${triggerOf(config, name)}
    ${live === undefined ? html`<p class="quiet">Nothing runs here yet.</p>` : liveFacts(hub, live)}
    ${
      newest === undefined || newest === live
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

function liveFacts(hub: Hub, deployment: Deployment): Html {
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
    <dd>${addressOf(success?.environmentUrl)}</dd>
    <dt>Run</dt>
    <dd>${runLink(hub, deployment)}</dd>
  </dl>`;
}

/** Everything that was deployed to an environment, newest first. */
export function environmentPage(hub: Hub, name: string): string {
  const history = historyOf(hub, name);
  const environment = hub.environments.get(name);
  return page({
    title: name,
    repository: nameOf(hub),
    current: 'matrix',
    body: html`<p class="path"><a href="/">What runs where</a></p>
      <h1 class="environment-name">${name}</h1>
      <div data-live="waiting">${waitingAt(hub, name)}</div>
      <div data-live="history">
        ${history.length === 0 ? html`<p>Nothing was deployed here yet.</p>` : historyTable(hub, history)}
      </div>
      ${environment === undefined ? '' : rulesOf(environment)}`,
  });
}

/** The runs that wait to be let in. */
function waitingAt(hub: Hub, name: string): Html {
  const waiting = [...hub.runs.values()].filter((run) =>
    pendingDeployments(hub, run).some(({ environment }) => environment.name === name),
  );
  return html`${waiting.map(
    (run) =>
      html`<p class="newest">
        ${badge('waiting')}
        <a href="/runs/${run.id}">${run.workflowName} #${run.number}</a> ${commitLink(run.sha)} is to be let
        in
      </p>`,
  )}`;
}

function historyTable(hub: Hub, history: readonly Deployment[]): Html {
  const live = liveOf(history);
  return html`<div class="scroll" role="region" aria-label="Deployments" tabindex="0">
    <table class="history">
      <thead>
        <tr>
          <th scope="col">Deployment</th>
          <th scope="col">State</th>
          <th scope="col">Version</th>
          <th scope="col">Digest</th>
          <th scope="col">Begun</th>
          <th scope="col">By</th>
          <th scope="col">Run</th>
          <th scope="col">Course</th>
        </tr>
      </thead>
      <tbody>
        ${history.map((deployment) => {
          const { version, digest } = payloadOf(deployment);
          const last = deployment.statuses.at(-1);
          return html`<tr ${deployment === live ? html`class="live"` : ''}>
            <td>#${deployment.id}</td>
            <td>
              ${deploymentBadge(last?.state)}
              ${(last?.description ?? '') === '' ? '' : html`<small>${last?.description}</small>`}
            </td>
            <td>
              ${version === undefined || version === deployment.sha ? '' : html`<strong>${version}</strong> `}${commitLink(deployment.sha)}
            </td>
            <td>
              ${digest === undefined ? '–' : html`<code title="${digest}">${digest.slice(0, 15)}…</code>`}
            </td>
            <td>${when(deployment.createdAt)}</td>
            <td>${byOf(hub, deployment)}</td>
            <td>${runLink(hub, deployment)}</td>
            <td>
              <ol class="course">
                ${deployment.statuses.map(({ state, createdAt }) => html`<li>${state.replace('_', ' ')} <small>${timeOfDay(createdAt)}</small></li>`)}
              </ol>
            </td>
          </tr>`;
        })}
      </tbody>
    </table>
  </div>`;
}

function historyOf(hub: Hub, name: string): Deployment[] {
  return [...hub.deployments.values()]
    .filter(({ environment }) => environment === name)
    .sort((a, b) => b.id - a.id);
}

/** What is serving: the newest that succeeded and was not replaced. */
function liveOf(history: readonly Deployment[]): Deployment | undefined {
  return history.find(({ statuses }) => statuses.at(-1)?.state === 'success');
}

/** What the actions write into a deployment's payload. */
function payloadOf({ payload }: Deployment): { version?: string; digest?: string } {
  const { version, digest } = (payload ?? {}) as { version?: unknown; digest?: unknown };
  return {
    ...(typeof version === 'string' ? { version } : {}),
    ...(typeof digest === 'string' ? { digest } : {}),
  };
}

function runOf(hub: Hub, deployment: Deployment): Run | undefined {
  const { logUrl } = deployment.statuses.findLast((status) => status.logUrl !== '') ?? { logUrl: '' };
  return hub.runs.get(Number(/\/runs\/(\d+)/.exec(logUrl)?.[1]));
}

/** Whose push it was. The token that records a deployment is the job's, not a person's. */
function byOf(hub: Hub, deployment: Deployment): string {
  return runOf(hub, deployment)?.actor ?? deployment.creator;
}

function runLink(hub: Hub, deployment: Deployment): Html {
  const run = runOf(hub, deployment);
  if (run === undefined) return html`–`;
  return html`<a href="/runs/${run.id}">${run.workflowName} #${run.number}</a> ${badge(stateOf(run))}`;
}

function addressOf(url: string | undefined): Html {
  if (url === undefined || !/^https?:\/\//.test(url)) return html`–`;
  return html`<a href="${url}" rel="noreferrer">${url}</a>`;
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
