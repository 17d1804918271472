import type { Hub } from '../hub.ts';
import type { Deployment } from '../model.ts';
import type { Traffic } from '../traffic.ts';
import { html, type Html } from './html.ts';
import { page } from './layout.ts';
import { commitLink, deploymentBadge, timeOfDay, when } from './parts.ts';
import { byOf, historyOf, liveOf, payloadOf, runLink, waitingAt } from './records.ts';
import { rulesOf } from './rules.ts';
import { nameOf } from './runs.ts';
import { trafficLine } from './traffic.ts';

/** Everything that was deployed to an environment, newest first. */
export function environmentPage(hub: Hub, name: string, traffic: Traffic | undefined): string {
  const history = historyOf(hub, name);
  const environment = hub.environments.get(name);
  return page({
    title: name,
    repository: nameOf(hub),
    current: 'matrix',
    body: html`<p class="path"><a href="/">What runs where</a></p>
      <h1 class="environment-name">${name}</h1>
      <div data-live="traffic">${traffic === undefined ? '' : trafficLine(traffic)}</div>
      <div data-live="waiting">${waitingAt(hub, name)}</div>
      <div data-live="history">
        ${history.length === 0 ? html`<p>Nothing was deployed here yet.</p>` : historyTable(hub, history)}
      </div>
      ${environment === undefined ? '' : rulesOf(environment)}`,
  });
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
