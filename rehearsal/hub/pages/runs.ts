import type { Hub } from '../hub.ts';
import type { Annotation, Job, Run } from '../model.ts';
import { graph } from './graph.ts';
import { html, type Html } from './html.ts';
import { page } from './layout.ts';
import { renderSummary } from './markdown.ts';
import { badge, currentJobs, duration, mark, shortName, shortRef, stateOf, when } from './parts.ts';

export function runsPage(hub: Hub): string {
  const runs = newestFirst(hub);
  return page({
    title: 'Runs',
    repository: nameOf(hub),
    current: 'runs',
    script: 'live.js',
    body: html`<h1>Runs</h1>
      <div data-live="runs">${runsTable(runs)}</div>`,
  });
}

export function runsTable(runs: readonly Run[]): Html {
  if (runs.length === 0) return html`<p>No run yet. <code>git push rehearsal develop</code> starts one.</p>`;
  return html`<div class="scroll">
    <table>
      <thead>
        <tr>
          <th scope="col">Run</th>
          <th scope="col">State</th>
          <th scope="col">Ref</th>
          <th scope="col">Commit</th>
          <th scope="col">Started</th>
          <th scope="col">Took</th>
        </tr>
      </thead>
      <tbody>
        ${runs.map(
          (run) =>
            html`<tr>
              <td>
                <a href="/runs/${run.id}">${run.workflowName} #${run.number}</a><br /><small
                  >${run.displayTitle}</small
                >
              </td>
              <td>${badge(stateOf(run))}</td>
              <td>${shortRef(run.ref)}</td>
              <td><code>${run.sha.slice(0, 7)}</code></td>
              <td>${when(run.startedAt ?? run.createdAt)}</td>
              <td>${duration(run.startedAt ?? run.createdAt, run.completedAt)}</td>
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}

export function runPage(hub: Hub, run: Run): string {
  return page({
    title: `${run.workflowName} #${run.number}`,
    repository: nameOf(hub),
    current: 'runs',
    script: 'live.js',
    body: html`<div data-live="run-head">${head(run)}</div>
      <section aria-labelledby="graph">
        <h2 id="graph">Jobs</h2>
        <div class="scroll" data-live="run-graph">${graph(currentJobs(run))}</div>
      </section>
      <div data-live="run-annotations">${annotations(run)}</div>
      <section aria-labelledby="summary">
        <h2 id="summary">Summary</h2>
        <div data-live="run-summary">${summaries(run)}</div>
      </section>
      <section aria-labelledby="logs">
        <h2 id="logs">Logs</h2>
        <label class="search"
          >Search the logs <input type="search" id="log-search" autocomplete="off"
        /></label>
        ${currentJobs(run).map((job) => jobLog(hub, job))}
      </section>
      ${artifacts(run)}`,
  });
}

function head(run: Run): Html {
  const done = run.status === 'completed';
  return html`<h1>${run.workflowName} <span class="number">#${run.number}</span></h1>
    <p class="facts">
      ${badge(stateOf(run))} <span>${shortRef(run.ref)}</span> <code>${run.sha.slice(0, 12)}</code>
      <span>${run.event} by ${run.actor}</span> <span>attempt ${run.attempt}</span>
      <span>${duration(run.startedAt ?? run.createdAt, run.completedAt)}</span>
    </p>
    <p>${run.displayTitle}</p>
    ${run.problem === undefined ? '' : html`<pre class="problem" role="alert">${run.problem}</pre>`}
    <form method="post" class="actions">
      ${
        done
          ? html`<button formaction="/runs/${run.id}/rerun">Re-run all jobs</button>
              ${run.conclusion === 'success' ? '' : html`<button formaction="/runs/${run.id}/rerun-failed">Re-run failed jobs</button>`}`
          : html`<button formaction="/runs/${run.id}/cancel" class="danger">Cancel the run</button>`
      }
    </form>`;
}

function annotations(run: Run): Html {
  const all = currentJobs(run).flatMap((job) => job.annotations.map((annotation) => ({ job, annotation })));
  if (all.length === 0) return html``;
  return html`<section aria-labelledby="annotations">
    <h2 id="annotations">Annotations</h2>
    <ul class="annotations">
      ${all.map(
        ({ job, annotation }) =>
          html`<li class="${annotation.level}">
            <strong>${shortName(job)}</strong>
            ${annotation.title === undefined ? '' : html`<em>${annotation.title}</em>`} ${place(annotation)}
            <span class="message">${annotation.message}</span>
          </li>`,
      )}
    </ul>
  </section>`;
}

function place({ file, line }: Annotation): Html {
  return file === undefined ? html`` : html`<code>${file}${line === undefined ? '' : `:${line}`}</code>`;
}

function summaries(run: Run): Html {
  const parts = currentJobs(run).flatMap((job) =>
    job.steps.flatMap((step) =>
      step.summary === undefined || step.summary.trim() === '' ? [] : [{ job, summary: step.summary }],
    ),
  );
  if (parts.length === 0) return html`<p class="quiet">No job has written a summary yet.</p>`;
  return html`${parts.map(
    ({ job, summary }) =>
      html`<article class="summary">
        <h3>${shortName(job)} summary</h3>
        ${renderSummary(summary)}
      </article>`,
  )}`;
}

function jobLog(hub: Hub, job: Job): Html {
  const failed = job.conclusion === 'failure';
  return html`<details
    class="job"
    id="job-${job.id}"
    ${failed || job.status === 'in_progress' ? html`open` : ''}
    data-job="${job.id}"
  >
    <summary><span data-live="job-${job.id}">${jobTitle(job)}</span></summary>
    <p><a href="/jobs/${job.id}/log.txt">The whole log as text</a></p>
    <ol class="log" aria-label="Log of ${shortName(job)}">
      ${logLines(hub, job)}
    </ol>
  </details>`;
}

export function jobTitle(job: Job): Html {
  return html`${mark(stateOf(job))} ${shortName(job)}
    <span class="quiet">${duration(job.startedAt, job.completedAt)}</span> ${
      job.steps.length === 0
        ? ''
        : html`<span class="steps"
            >${job.steps.map((step) => html`<span class="step" title="${step.name}: ${stateOf(step)}">${mark(stateOf(step))}</span>`)}</span
          >`
    }`;
}

function logLines(hub: Hub, job: Job): Html {
  return html`${hub.logOf(job.id).map((line) => html`<li class="${line.kind}"><time>${line.at.slice(11, 19)}</time><span>${line.text}</span></li>`)}`;
}

function artifacts(run: Run): Html {
  if (run.artifacts.length === 0) return html``;
  return html`<section aria-labelledby="artifacts">
    <h2 id="artifacts">Artifacts</h2>
    <ul>
      ${run.artifacts.map(
        ({ name, sizeBytes, directory }) =>
          html`<li>
            ${name}
            <span class="quiet">${Math.ceil(sizeBytes / 1024)} KiB, in <code>${directory}</code></span>
          </li>`,
      )}
    </ul>
  </section>`;
}

export function newestFirst(hub: Hub): Run[] {
  return [...hub.runs.values()].sort((a, b) => b.id - a.id);
}

export function nameOf({ repository }: Hub): string {
  return `${repository.owner}/${repository.name}`;
}
