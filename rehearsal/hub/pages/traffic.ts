import type { Hub } from '../hub.ts';
import type { Side, Traffic } from '../traffic.ts';
import { html, type Html } from './html.ts';
import { page } from './layout.ts';
import { when } from './parts.ts';
import { nameOf } from './runs.ts';

/**
 * An environment's traffic by version, live: `assets/traffic.js` fills the chart, the figures and the table from the
 * stream at `data-source`. What is known now is there without it.
 */
export function trafficPage(hub: Hub, traffic: Traffic): string {
  const { environment, url } = traffic;
  const at = `/environments/${encodeURIComponent(environment)}`;
  return page({
    title: `Traffic of ${environment}`,
    repository: nameOf(hub),
    current: 'matrix',
    styles: ['traffic.css'],
    scripts: ['traffic.js'],
    body: html`<p class="path"><a href="/">What runs where</a> / <a href="${at}">${environment}</a></p>
      <h1>Traffic of ${environment}</h1>
      <p class="quiet">
        What users get at <a href="${url}" rel="noreferrer">${url}</a>, by the version that answers, as the
        load balancer counts it.
      </p>
      <div data-traffic data-source="${at}/traffic/events">
        <p class="stage" role="status" data-stage>${shiftWords(traffic)}</p>
        <div class="sides">${traffic.sides.map((side) => sideCard(side, sideName(side, traffic)))}</div>
        <figure class="card traffic-chart">
          <div class="chart-bar">
            <h2 id="shares">Who answers</h2>
            <label
              >Show the last
              <select data-window>
                <option value="60">minute</option>
                <option value="180" selected>3 minutes</option>
                <option value="600">10 minutes</option>
              </select></label
            >
          </div>
          <svg
            data-chart
            height="330"
            role="img"
            aria-labelledby="shares"
            aria-describedby="traffic-words"
          ></svg>
          <figcaption id="traffic-words" data-words>Nothing was counted yet.</figcaption>
        </figure>
        <details class="card" data-table>
          <summary>As a table</summary>
          <div class="scroll" role="region" aria-label="Requests, every ten seconds" tabindex="0">
            <table>
              <thead>
                <tr>
                  <th scope="col">Time</th>
                  ${traffic.sides.map((side) => html`<th class="side-name" scope="col">${sideName(side, traffic)}</th>`)}
                  <th scope="col">Load balancer itself</th>
                  <th scope="col">Failed</th>
                </tr>
              </thead>
              <tbody data-rows></tbody>
            </table>
          </div>
        </details>
      </div>`,
  });
}

/** Colours tell a pair of target groups apart; where there is one, it is the service. */
function sideName({ colour }: Side, { sides }: Traffic): string {
  return sides.length === 1 ? 'service' : colour;
}

function sideCard({ colour, version, percent, healthyTargets, targets }: Side, name: string): Html {
  return html`<section class="side ${colour}" data-side="${colour}" data-name="${name}" aria-label="${name}">
    <h2><span class="swatch" aria-hidden="true"></span>${name}</h2>
    <p class="version" data-version>${versionWords(version)}</p>
    <p>
      <strong class="percent" data-percent>${percentWords(percent)}</strong>
      <span class="quiet">of the weight</span>
    </p>
    <p class="quiet" data-targets>${targetWords(healthyTargets, targets)}</p>
    <p class="quiet" data-share></p>
  </section>`;
}

/** A commit's id is cut short; a release's version is shown in full. */
function versionWords(version: string | undefined): string {
  if (version === undefined) return 'no version';
  return /^[0-9a-f]{40}$/.test(version) ? version.slice(0, 7) : version;
}

/** Weights of three to seven are no whole shares. */
function percentWords(percent: number): string {
  return `${Number.isInteger(percent) ? percent : percent.toFixed(1)} %`;
}

function targetWords(healthy: number, all: number): string {
  return all === 0 ? 'no targets' : `${healthy} of ${all} targets healthy`;
}

function shiftWords({ shift }: Traffic): Html {
  if (shift === undefined) return html`No deployment is in progress.`;
  return html`${shift.stage} · ${shift.status} · since ${when(shift.startedAt)}`;
}

/** How an environment's traffic is split now, in a line, with a link to its page. */
export function trafficLine(traffic: Traffic): Html {
  const { environment, sides, shift } = traffic;
  const address = `/environments/${encodeURIComponent(environment)}/traffic`;
  const used = sides.filter(({ percent }) => percent > 0);
  return html`<p class="traffic-line">
    <a href="${address}">Traffic of ${environment}</a>
    ${used.map((side) => html`<span class="chip ${side.colour}">${percentWords(side.percent)} ${sideName(side, traffic)} · ${versionWords(side.version)}</span> `)}
    ${shift === undefined ? '' : html`<span class="quiet">${shift.stage}</span>`}
  </p>`;
}
