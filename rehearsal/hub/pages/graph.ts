import type { Job } from '../model.ts';
import { html, type Html } from './html.ts';
import { duration, shortName, stateOf } from './parts.ts';

const width = 168;
const height = 54;
const gapX = 32;
const gapY = 16;

interface Placed {
  readonly job: Job;
  readonly x: number;
  readonly y: number;
}

/** The run's graph: jobs in columns by what they wait for, an edge for each wait that no other implies. */
export function graph(jobs: readonly Job[]): Html {
  const placed = place(jobs);
  const right = Math.max(0, ...placed.map(({ x }) => x + width));
  const bottom = Math.max(0, ...placed.map(({ y }) => y + height));
  return html`<svg
    class="graph"
    viewBox="-2 -2 ${right + 4} ${bottom + 4}"
    width="${right + 4}"
    height="${bottom + 4}"
    role="group"
    aria-label="The run’s jobs, in the order in which they wait for one another"
  >
    ${edges(placed).map(({ from, to }) => edge(from, to))} ${placed.map(node)}
  </svg>`;
}

function edge(from: Placed, to: Placed): Html {
  const x1 = from.x + width;
  const y1 = from.y + height / 2;
  const y2 = to.y + height / 2;
  const middle = (x1 + to.x) / 2;
  const isMet = stateOf(from.job) === 'success';
  return html`<path
    class="edge ${isMet ? 'met' : ''}"
    d="M${x1},${y1} C${middle},${y1} ${middle},${y2} ${to.x},${y2}"
  />`;
}

function node({ job, x, y }: Placed): Html {
  const state = stateOf(job);
  const name = shortName(job);
  return html`<a href="#job-${job.id}" class="node ${state}">
    <title>${name}: ${state.replace('_', ' ')}</title>
    <rect x="${x}" y="${y}" width="${width}" height="${height}" rx="9" />
    <text x="${x + 14}" y="${y + 23}" class="name">${shortened(name, 19)}</text>
    <text x="${x + 14}" y="${y + 42}" class="detail">${describe(job)}</text>
  </a>`;
}

function describe(job: Job): Html {
  const state = stateOf(job);
  const time = duration(job.startedAt, job.completedAt);
  switch (state) {
    case 'success':
      return html`✓ ${time}`;
    case 'failure':
      return html`✕ failed ${job.startedAt === undefined ? '' : html`after ${time}`}`;
    case 'cancelled':
      return html`⊘ cancelled`;
    case 'skipped':
      return html`– skipped`;
    case 'in_progress':
      // A span of HTML is none in SVG.
      return job.startedAt === undefined
        ? html`● running`
        : html`● running <tspan data-since="${job.startedAt}"></tspan>`;
    case 'waiting':
    case 'pending':
      return job.waitingFor === undefined ? html`◷ waiting` : html`◷ ${shortened(job.waitingFor, 22)}`;
    case 'queued':
    case 'completed':
      return html`○ queued`;
  }
}

function shortened(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most - 1)}…`;
}

/** A job's column is one after the last of those that it waits for. */
function place(jobs: readonly Job[]): Placed[] {
  const columns = new Map<string, number>();
  const columnOf = (job: Job, path: readonly string[] = []): number => {
    const known = columns.get(job.key);
    if (known !== undefined) return known;
    const before = jobs.filter(({ key }) => job.needs.includes(key) && !path.includes(key));
    const own = Math.max(-1, ...before.map((one) => columnOf(one, [...path, job.key]))) + 1;
    columns.set(job.key, own);
    return own;
  };
  const rows = new Map<number, number>();
  return jobs.map((job) => {
    const column = columnOf(job);
    const row = rows.get(column) ?? 0;
    rows.set(column, row + 1);
    return { job, x: column * (width + gapX), y: row * (height + gapY) };
  });
}

function edges(placed: readonly Placed[]): { from: Placed; to: Placed }[] {
  const needs = new Map(placed.map(({ job }) => [job.key, job.needs]));
  const reaches = (from: string, to: string, path: readonly string[] = []): boolean =>
    (needs.get(to) ?? []).some(
      (need) => need === from || (!path.includes(need) && reaches(from, need, [...path, need])),
    );
  return placed.flatMap((to) =>
    placed
      .filter(({ job }) => to.job.needs.includes(job.key))
      .filter(({ job }) => !to.job.needs.some((other) => other !== job.key && reaches(job.key, other)))
      .map((from) => ({ from, to })),
  );
}
