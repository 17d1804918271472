import type { Conclusion, DeploymentStatus, Job, Run, Status, Step } from '../model.ts';
import { html, type Html } from './html.ts';

export type State = Conclusion | Status;

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

const signs: Readonly<Record<State, string>> = {
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
    ><span aria-hidden="true">${signs[state]}</span> ${words[state]}</span
  >`;
}

/** A state where there is no room for its word; screen readers hear it all the same. */
export function mark(state: State): Html {
  return html`<span class="mark ${state}" role="img" aria-label="${words[state]}">${signs[state]}</span>`;
}

const deploymentStates: Readonly<Record<DeploymentStatus['state'], { looks: State; word: string }>> = {
  success: { looks: 'success', word: 'live' },
  inactive: { looks: 'skipped', word: 'replaced' },
  failure: { looks: 'failure', word: 'failed' },
  error: { looks: 'failure', word: 'ended in an error' },
  in_progress: { looks: 'in_progress', word: 'deploying' },
  queued: { looks: 'queued', word: 'queued' },
  pending: { looks: 'pending', word: 'pending' },
  waiting: { looks: 'waiting', word: 'waiting for approval' },
};

/** How a deployment stands, as GitHub's deployment states mean it. */
export function deploymentBadge(state: DeploymentStatus['state'] | undefined): Html {
  const { looks, word } = deploymentStates[state ?? 'pending'];
  return html`<span class="state ${looks}"><span aria-hidden="true">${signs[looks]}</span> ${word}</span>`;
}

const clock = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'medium' });

/** In this machine's time zone: the page and the machine are in the same place. */
export function when(iso: string | undefined): Html {
  if (iso === undefined) return html`–`;
  return html`<time datetime="${iso}" title="${iso}">${clock.format(new Date(iso))}</time>`;
}

const hands = new Intl.DateTimeFormat('en-GB', { timeStyle: 'medium' });

/** Where the day is said elsewhere. */
export function timeOfDay(iso: string): Html {
  return html`<time datetime="${iso}" title="${iso}">${hands.format(new Date(iso))}</time>`;
}

/** `4.2 s`, `1 min 5 s`. What is still going on is counted by the page, from the server's figure on. */
export function duration(from: string | undefined, to: string | undefined, now = Date.now()): Html {
  if (from === undefined) return html``;
  const words = seconds(((to === undefined ? now : Date.parse(to)) - Date.parse(from)) / 1000);
  return to === undefined ? html`<span data-since="${from}">${words}</span>` : html`${words}`;
}

export function seconds(value: number): string {
  const whole = Math.max(0, value);
  if (whole < 10) return `${whole.toFixed(1)} s`;
  if (whole < 60) return `${Math.floor(whole)} s`;
  return `${Math.floor(whole / 60)} min ${Math.floor(whole % 60)} s`;
}

export function shortRef(ref: string): string {
  return ref.replace(/^refs\/(heads|tags)\//, '').replace(/^refs\/pull\/(\d+)\/merge$/, '#$1');
}

/** A job's name without its caller's. */
export function shortName(job: Job): string {
  return job.name.split(' / ').at(-1) ?? job.name;
}

/** The jobs of a run's newest attempt, with those that a re-run kept. */
export function currentJobs(run: Run): Job[] {
  const newest = new Map<string, Job>();
  for (const job of run.jobs) newest.set(`${job.key}\n${job.name}`, job);
  return [...newest.values()];
}

/** A commit's id, short, with a link to the runs of that commit. */
export function commitLink(sha: string): Html {
  return html`<a class="commit" href="/runs?commit=${sha}" title="${sha}"
    ><code>${sha.slice(0, 7)}</code></a
  >`;
}

export function bytes(size: number): string {
  if (size < 1024) return `${size} B`;
  if (size < 1024 * 1024) return `${(size / 1024).toFixed(1)} KiB`;
  return `${(size / 1024 / 1024).toFixed(1)} MiB`;
}
