import type { Conclusion, Job, Run, Status, Step } from '../model.ts';
import { html, type Html } from './html.ts';

type State = Conclusion | Status;

const words: Readonly<Record<State, string>> = {
  success: 'succeeded',
  failure: 'failed',
  cancelled: 'cancelled',
  skipped: 'skipped',
  queued: 'queued',
  pending: 'pending',
  waiting: 'waiting',
  in_progress: 'running',
  completed: 'completed',
};

const marks: Readonly<Record<State, string>> = {
  success: '✓',
  failure: '✕',
  cancelled: '⊘',
  skipped: '–',
  queued: '○',
  pending: '○',
  waiting: '◷',
  in_progress: '●',
  completed: '✓',
};

export function stateOf({ status, conclusion }: Pick<Run | Job | Step, 'status' | 'conclusion'>): State {
  return conclusion ?? status;
}

/** A state as colour, sign and word: never by colour alone. */
export function badge(state: State): Html {
  return html`<span class="state ${state}"
    ><span aria-hidden="true">${marks[state]}</span> ${words[state]}</span
  >`;
}

export function mark(state: State): Html {
  return html`<span class="mark ${state}" role="img" aria-label="${words[state]}">${marks[state]}</span>`;
}

export function when(iso: string | undefined): Html {
  return iso === undefined
    ? html`–`
    : html`<time datetime="${iso}">${iso.slice(0, 10)} ${iso.slice(11, 19)}</time>`;
}

/** `4.2 s`, `1 min 5 s`; up to now where it has not ended. */
export function duration(from: string | undefined, to: string | undefined, now = Date.now()): string {
  if (from === undefined) return '';
  const seconds = Math.max(0, ((to === undefined ? now : Date.parse(to)) - Date.parse(from)) / 1000);
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 60) return `${Math.round(seconds)} s`;
  return `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`;
}

export function shortRef(ref: string): string {
  return ref.replace(/^refs\/(heads|tags)\//, '');
}

/** A job's name without its caller's. */
export function shortName(job: Job): string {
  return job.name.split(' / ').at(-1) ?? job.name;
}

/** The jobs of a run's newest attempt. */
export function currentJobs(run: Run): Job[] {
  const newest = new Map<string, Job>();
  for (const job of run.jobs) newest.set(job.key + job.name, job);
  return [...newest.values()];
}
