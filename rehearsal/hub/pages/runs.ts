import type { Hub } from '../hub.ts';
import type { Run } from '../model.ts';
import { headOf } from '../run-head.ts';
import { html, type Html } from './html.ts';
import { page } from './layout.ts';
import { badge, commitLink, duration, stateOf, when } from './parts.ts';

/** What a list of runs is narrowed to. */
export interface RunFilter {
  readonly commit: string | null;
  readonly branch: string | null;
  readonly workflow: string | null;
}

const mostShown = 100;

export function runsPage(hub: Hub, filter: RunFilter): string {
  const runs = newestFirst(hub).filter(
    (run) =>
      (filter.commit === null || headOf(run).sha.startsWith(filter.commit)) &&
      (filter.branch === null || headOf(run).branch === filter.branch) &&
      (filter.workflow === null || run.workflowPath.endsWith(`/${filter.workflow}`)),
  );
  const words = Object.entries(filter).flatMap(([name, value]) =>
    value === null ? [] : [html`${name} <code>${(value as string).slice(0, 40)}</code>`],
  );
  return page({
    title: 'Runs',
    repository: nameOf(hub),
    current: 'runs',
    body: html`<div class="run-head">
        <h1>Runs</h1>
        <a class="button" href="/workflows">Start a workflow</a>
      </div>
      ${words.length === 0 ? '' : html`<p>Only ${words}. <a href="/runs">Show all</a></p>`}
      <div data-live="runs">${runsTable(runs.slice(0, mostShown))}</div>
      ${runs.length > mostShown ? html`<p class="quiet">The newest ${mostShown} of ${runs.length}.</p>` : ''}`,
  });
}

export function runsTable(runs: readonly Run[]): Html {
  if (runs.length === 0)
    return html`<p class="card">No run yet. <code>git push rehearsal HEAD:develop</code> starts one.</p>`;
  return html`<ul class="runs">
    ${runs.map(
      (run) =>
        html`<li>
          ${badge(stateOf(run))}
          <span class="what"
            ><a href="/runs/${run.id}">${run.displayTitle}</a>
            <small
              >${run.workflowName} #${run.number}${run.attempt > 1 ? `, attempt ${run.attempt}` : ''}</small
            ></span
          >
          <span class="where"
            ><span class="ref"
              >${run.pullRequest === undefined ? '' : `#${run.pullRequest.number} `}${headOf(run).branch}</span
            >
            ${commitLink(headOf(run).sha)}</span
          >
          <span class="time quiet">
            <span>${when(run.startedAt ?? run.createdAt)}</span>
            <span>${duration(run.startedAt ?? run.createdAt, run.completedAt)} by ${run.actor}</span>
          </span>
        </li>`,
    )}
  </ul>`;
}

export function newestFirst(hub: Hub): Run[] {
  return [...hub.runs.values()].sort((a, b) => b.id - a.id);
}

export function nameOf({ repository }: Hub): string {
  return `${repository.owner}/${repository.name}`;
}
