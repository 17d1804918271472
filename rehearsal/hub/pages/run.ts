import type { Hub } from '../hub.ts';
import type { Annotation, Job, Run } from '../model.ts';
import { headOf } from '../run-head.ts';
import type { TrafficSource } from '../traffic.ts';
import { artifactList } from './artifact.ts';
import { graph } from './graph.ts';
import { html, type Html } from './html.ts';
import { page } from './layout.ts';
import { jobSection } from './log.ts';
import { renderMarkdown } from './markdown.ts';
import { badge, commitLink, currentJobs, duration, shortName, shortRef, stateOf, when } from './parts.ts';
import { asWhom } from './people.ts';
import { reviewHistory, reviewSection } from './review.ts';
import { nameOf } from './runs.ts';
import { trafficLine } from './traffic.ts';

/**
 * A run: its state, its graph, what its jobs wrote into their summaries, and their logs.
 * @param lines whether the lines of logs are wanted: a page that keeps itself up to date has them already
 */
export function runPage(
  hub: Hub,
  run: Run,
  { lines, traffic }: { readonly lines: boolean; readonly traffic: TrafficSource | undefined },
): string {
  const jobs = currentJobs(run);
  return page({
    title: `${run.workflowName} #${run.number}`,
    repository: nameOf(hub),
    current: 'runs',
    body: html`<div data-run="${run.id}">
      <p class="path"><a href="/runs">Runs</a></p>
      <div data-live="run-head">${head(hub, run)}</div>
      <div data-live="run-review">${reviewSection(hub, run)}</div>
      <div data-live="run-traffic">${trafficOf(jobs, traffic)}</div>
      <section aria-labelledby="graph">
        <h2 id="graph">Jobs</h2>
        <div class="scroll card" data-live="run-graph">
          ${jobs.length === 0 ? html`<p class="quiet">No job was started.</p>` : graph(jobs)}
        </div>
      </section>
      <div data-live="run-annotations">${annotations(jobs)}</div>
      <div data-live="run-summary">${summaries(jobs)}</div>
      <div data-live="run-reviews">${reviewHistory(run)}</div>
      <div data-live="run-artifacts">${artifactList(run)}</div>
      <section aria-labelledby="logs">
        <div class="log-bar">
          <h2 id="logs">Logs</h2>
          <label class="search"
            >Search <input type="search" id="log-search" autocomplete="off" spellcheck="false"
          /></label>
          <span role="status" id="log-found" class="quiet"></span>
          <label class="option"><input type="checkbox" id="log-times" /> Times</label>
        </div>
        <div id="jobs">${jobs.map((job) => jobSection(hub, job, { lines }))}</div>
      </section>
    </div>`,
  });
}

/** How the traffic of the environments is split that the run deploys to. */
function trafficOf(jobs: readonly Job[], source: TrafficSource | undefined): Html {
  const names = new Set(jobs.flatMap(({ environment }) => environment?.name ?? []));
  return html`${[...names].map((name) => {
    const traffic = source?.traffic(name);
    return traffic === undefined ? '' : trafficLine(traffic);
  })}`;
}

function head(hub: Hub, run: Run): Html {
  return html`<div class="run-head">
      <h1>${run.displayTitle} <span class="number">${run.workflowName} #${run.number}</span></h1>
      ${buttons(hub, run)}
    </div>
    <dl class="facts">
      <div>
        <dt>State</dt>
        <dd>${badge(stateOf(run))}</dd>
      </div>
      <div>
        <dt>Took</dt>
        <dd>${duration(run.startedAt ?? run.createdAt, run.completedAt)}</dd>
      </div>
      <div>
        <dt>Started</dt>
        <dd>${when(run.startedAt ?? run.createdAt)}</dd>
      </div>
      <div>
        <dt>Event</dt>
        <dd>
          ${run.event.replace('_', ' ')} by
          ${run.actor}${run.triggeringActor === undefined ? '' : `, again by ${run.triggeringActor}`}
        </dd>
      </div>
      <div>
        <dt>Ref</dt>
        <dd>${refOf(run)} ${commitLink(headOf(run).sha)}</dd>
      </div>
      ${
        run.attempt > 1
          ? html`<div>
              <dt>Attempt</dt>
              <dd>${run.attempt}</dd>
            </div>`
          : ''
      }
    </dl>
    ${run.problem === undefined ? '' : html`<pre class="problem" role="alert">${run.problem}</pre>`}`;
}

/** Of a pull request its number, with a link, and its branch. */
function refOf({ ref, pullRequest }: Run): Html {
  if (pullRequest === undefined) return html`${shortRef(ref)}`;
  const { number, headRef } = pullRequest;
  return html`<a href="/pulls/${number}">#${number}</a> ${headRef}`;
}

function buttons(hub: Hub, run: Run): Html {
  if (run.status !== 'completed') {
    return html`<form method="post" class="actions">
      <button formaction="/runs/${run.id}/cancel" class="danger">Cancel the run</button>
      ${['in_progress', 'waiting'].includes(run.status) ? html`<button formaction="/runs/${run.id}/force-cancel" class="plain" title="Also ends jobs with if: always(), at once">Force</button>` : ''}
    </form>`;
  }
  return html`<form method="post" class="actions">
    ${hub.people.size > 1 ? asWhom(hub, { label: 'as', chosen: run.triggeringActor ?? run.actor }) : ''}
    ${
      run.conclusion === 'success' || run.jobs.length === 0
        ? ''
        : html`<button formaction="/runs/${run.id}/rerun-failed">Re-run failed jobs</button>`
    }
    <button formaction="/runs/${run.id}/rerun">Re-run all jobs</button>
  </form>`;
}

const levelWords = { failure: 'Error', warning: 'Warning', notice: 'Notice' } as const;

function annotations(jobs: readonly Job[]): Html {
  const all = jobs.flatMap((job) => job.annotations.map((annotation) => ({ job, annotation })));
  if (all.length === 0) return html``;
  return html`<section aria-labelledby="annotations">
    <h2 id="annotations">Annotations</h2>
    <ul class="annotations">
      ${all.map(
        ({ job, annotation }) =>
          html`<li class="${annotation.level}">
            <p>
              <strong>${levelWords[annotation.level]}</strong> in
              <a href="#job-${job.id}">${shortName(job)}</a>
              ${annotation.title === undefined ? '' : html`· <em>${annotation.title}</em>`}
              ${place(annotation)}
            </p>
            <p class="message">${annotation.message}</p>
          </li>`,
      )}
    </ul>
  </section>`;
}

function place({ file, line }: Annotation): Html {
  return file === undefined ? html`` : html`· <code>${file}${line === undefined ? '' : `:${line}`}</code>`;
}

function summaries(jobs: readonly Job[]): Html {
  const written = jobs.flatMap((job) => {
    const markdown = job.steps.map((step) => step.summary ?? '').join('\n\n');
    return markdown.trim() === '' ? [] : [{ job, markdown }];
  });
  if (written.length === 0) return html``;
  return html`<section aria-labelledby="summary">
    <h2 id="summary">Summary</h2>
    ${written.map(
      ({ job, markdown }) =>
        html`<article class="summary card" aria-label="Summary of ${shortName(job)}">
          <p class="summary-of">${shortName(job)}</p>
          <div class="markdown">${renderMarkdown(markdown)}</div>
        </article>`,
    )}
  </section>`;
}
