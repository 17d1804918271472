import { comparisonMatrix, type Config } from '../../../src/config/index.ts';
import type { Hub } from '../hub.ts';
import type { Deployment } from '../model.ts';
import { html, type Html } from './html.ts';
import { page } from './layout.ts';
import { when } from './parts.ts';
import { nameOf, newestFirst, runsTable } from './runs.ts';

export interface MatrixOptions {
  readonly hub: Hub;
  /** sluice.yml of the repository; `undefined` where it has mistakes. */
  readonly config: Config | undefined;
  /** What the cloud runs tasks with: it is always to be seen. */
  readonly driver: string;
}

export function matrixPage(options: MatrixOptions): string {
  return page({
    title: 'What runs where',
    repository: nameOf(options.hub),
    current: 'matrix',
    script: 'live.js',
    body: html`<h1>What runs where</h1>
      <div data-live="matrix">${environments(options)}</div>
      <section aria-labelledby="recent">
        <h2 id="recent">Recent runs</h2>
        <div data-live="runs">${runsTable(newestFirst(options.hub).slice(0, 8))}</div>
      </section>
      ${comparison(options.config)}
      <p class="quiet">
        Tasks run as
        ${options.driver === 'docker' ? 'containers of this machine’s Docker engine' : 'processes of this machine (no Docker engine is used)'}.
      </p>`,
  });
}

function environments({ hub, config }: MatrixOptions): Html {
  const names = config === undefined ? [...hub.environments.keys()] : Object.keys(config.environments);
  return html`<ul class="environments">
    ${names.map((name) => {
      const history = [...hub.deployments.values()]
        .filter(({ environment }) => environment === name)
        .sort((a, b) => b.id - a.id);
      const live = history.find(({ statuses }) => statuses.some(({ state }) => state === 'success'));
      const newest = history[0];
      return html`<li class="environment">
        <h2>${name}</h2>
        ${live === undefined ? html`<p class="quiet">Nothing runs here yet.</p>` : liveFacts(live)}
        ${newest !== undefined && newest !== live ? html`<p>Newest deployment: <strong>${newest.statuses.at(-1)?.state ?? 'queued'}</strong> ${newest.statuses.at(-1)?.description ?? ''}</p>` : ''}
        ${history.length > 1 ? earlier(history.slice(1, 11)) : ''}
      </li>`;
    })}
  </ul>`;
}

function liveFacts(deployment: Deployment): Html {
  const payload = (deployment.payload ?? {}) as { version?: string; digest?: string };
  const success = deployment.statuses.findLast(({ state }) => state === 'success');
  return html`<dl>
    <dt>Version</dt>
    <dd>
      <code title="${payload.version ?? deployment.sha}"
        >${(payload.version ?? deployment.sha).slice(0, 12)}</code
      >
    </dd>
    <dt>Digest</dt>
    <dd><code title="${payload.digest ?? ''}">${(payload.digest ?? '–').slice(0, 19)}</code></dd>
    <dt>Since</dt>
    <dd>${when(success?.createdAt)}</dd>
    <dt>Address</dt>
    <dd>
      ${success === undefined || success.environmentUrl === '' ? '–' : html`<a href="${success.environmentUrl}">${success.environmentUrl}</a>`}
    </dd>
    ${
      success === undefined || success.logUrl === ''
        ? ''
        : html`<dt>Run</dt>
            <dd><a href="${success.logUrl}">the run that deployed it</a></dd>`
    }
  </dl>`;
}

function earlier(history: readonly Deployment[]): Html {
  return html`<details>
    <summary>Earlier deployments</summary>
    <ol class="history">
      ${history.map((deployment) => html`<li><code>${deployment.sha.slice(0, 7)}</code> ${deployment.statuses.at(-1)?.state ?? 'queued'} ${when(deployment.createdAt)}</li>`)}
    </ol>
  </details>`;
}

function comparison(config: Config | undefined): Html {
  if (config === undefined)
    return html`<p role="alert">sluice.yml has mistakes: <code>npx sluice validate</code> lists them.</p>`;
  const { environments: names, rows } = comparisonMatrix(config);
  return html`<section aria-labelledby="comparison">
    <h2 id="comparison">How the environments differ</h2>
    <div class="scroll">
      <table class="comparison">
        <thead>
          <tr>
            <th scope="col">Aspect</th>
            ${names.map((name) => html`<th scope="col">${name}</th>`)}
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
