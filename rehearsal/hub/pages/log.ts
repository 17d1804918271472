import type { Hub } from '../hub.ts';
import type { Job, LogLine, Step } from '../model.ts';
import { ansi } from './ansi.ts';
import { html, type Html } from './html.ts';
import { duration, mark, shortName, stateOf } from './parts.ts';

/** A job with its log: closed, unless it is going on or has failed. The lines of a closed one are fetched when it is opened. */
export function jobSection(hub: Hub, job: Job, { lines }: { readonly lines: boolean }): Html {
  const open = job.status === 'in_progress' || job.conclusion === 'failure';
  return html`<details class="job" id="job-${job.id}" data-job="${job.id}" ${open ? html`open` : ''}>
    <summary>
      <span class="job-title" data-live="job-${job.id}">${jobTitle(job)}</span>
    </summary>
    ${jobLog(hub, job, { lines: lines && open })}
  </details>`;
}

function jobTitle(job: Job): Html {
  const doing = job.waitingFor ?? '';
  return html`${mark(stateOf(job))} <span class="name">${shortName(job)}</span>
    ${doing === '' ? '' : html`<span class="quiet">waits for ${doing}</span>`}
    <span class="quiet time">${duration(job.startedAt, job.completedAt)}</span>`;
}

/** The steps of a job, with their lines or, for keeping a page up to date, without. */
export function jobLog(hub: Hub, job: Job, { lines }: { readonly lines: boolean }): Html {
  const log = lines ? hub.logOf(job.id) : [];
  const byStep = Map.groupBy(
    log.map((line, index) => ({ line, index })),
    ({ line }) => line.step,
  );
  return html`<div class="job-log" data-count="${lines ? log.length : -1}">
    ${job.steps.length === 0 ? html`<p class="quiet">${waitingWords(job)}</p>` : ''}
    ${job.steps.map((step) => stepSection(job, step, byStep.get(step.number) ?? []))}
    <p class="log-links">
      <a href="/jobs/${job.id}/log.txt">The whole log as text</a>
    </p>
  </div>`;
}

function waitingWords({ status, conclusion }: Job): string {
  if (conclusion === 'skipped') return 'It was skipped.';
  return status === 'completed' ? 'It ended before its first step.' : 'It has not started yet.';
}

function stepSection(job: Job, step: Step, lines: readonly IndexedLine[]): Html {
  const state = stateOf(step);
  // One that was opened because it is going on is closed by the page when it went well.
  const open =
    state === 'in_progress'
      ? html`open data-auto data-seen="in_progress"`
      : state === 'failure'
        ? html`open`
        : '';
  return html`<details class="step" data-step="${step.number}" ${open}>
    <summary>
      <span data-live="step-${job.id}-${step.number}" data-state="${state}"
        >${mark(state)} <span class="name">${step.name}</span>
        <span class="quiet time">${duration(step.startedAt, step.completedAt)}</span></span
      >
    </summary>
    <ol class="log" aria-label="Log of ${step.name}">
      ${grouped(lines).map((part) => partOf(job.id, part))}
    </ol>
  </details>`;
}

interface IndexedLine {
  readonly line: LogLine;
  readonly index: number;
}

type Part =
  | { readonly kind: 'line'; readonly line: IndexedLine }
  | { readonly kind: 'group'; readonly head: IndexedLine; readonly lines: IndexedLine[]; closed: boolean };

/** Groups do not nest, as on GitHub: one that begins ends the one before. */
function grouped(lines: readonly IndexedLine[]): Part[] {
  const parts: Part[] = [];
  for (const line of lines) {
    const last = parts.at(-1);
    const group = last?.kind === 'group' && !last.closed ? last : undefined;
    if (line.line.kind === 'endgroup') {
      if (group !== undefined) group.closed = true;
    } else if (line.line.kind === 'group') {
      if (group !== undefined) group.closed = true;
      parts.push({ kind: 'group', head: line, lines: [], closed: false });
    } else if (group !== undefined) group.lines.push(line);
    else parts.push({ kind: 'line', line });
  }
  return parts;
}

function partOf(jobId: number, part: Part): Html {
  if (part.kind === 'line') return logLine(jobId, part.line);
  return groupOf(jobId, part.head, part.lines, part.closed);
}

function groupOf(jobId: number, head: IndexedLine, lines: readonly IndexedLine[], closed: boolean): Html {
  return html`<li class="group" id="line-${jobId}-${head.index}">
    <details ${closed ? '' : html`open data-open`}>
      <summary>${time(head.line)}<span class="text">${ansi(head.line.text)}</span></summary>
      <ol>
        ${lines.map((line) => logLine(jobId, line))}
      </ol>
    </details>
  </li>`;
}

/** One line, also as it is sent to pages that are open: a group's head comes without its lines. */
export function logLine(jobId: number, { line, index }: IndexedLine): Html {
  if (line.kind === 'group') return groupOf(jobId, { line, index }, [], false);
  return html`<li class="${line.kind}" id="line-${jobId}-${index}">
    <a class="at" href="#line-${jobId}-${index}" aria-label="Line ${index + 1}">${index + 1}</a
    >${time(line)}${label(line)}<span class="text">${ansi(line.text)}</span>
  </li>`;
}

function time({ at }: LogLine): Html {
  return html`<time datetime="${at}">${at.slice(11, 23)}</time>`;
}

/** What the colour says, in a word: never by colour alone. */
function label({ kind }: LogLine): Html | string {
  switch (kind) {
    case 'error':
    case 'warning':
    case 'notice':
      return html`<strong class="label">${kind[0]?.toUpperCase()}${kind.slice(1)}:</strong>`;
    case 'debug':
      return html`<span class="label">##[debug]</span>`;
    default:
      return '';
  }
}
