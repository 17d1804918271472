import type { Job } from '../model.ts';
import { html, type Html } from './html.ts';
import { duration, shortName, stateOf } from './parts.ts';

const width = 190;
const height = 52;
const gapX = 46;
const gapY = 18;

interface Placed {
  readonly job: Job;
  readonly x: number;
  readonly y: number;
}

/** The run's graph: jobs in columns by what they wait for, an edge for each wait. */
export function graph(jobs: readonly Job[]): Html {
  const placed = place(jobs);
  const right = Math.max(0, ...placed.map(({ x }) => x + width));
  const bottom = Math.max(0, ...placed.map(({ y }) => y + height));
  return html`<svg
    class="graph ${right > 700 ? 'wide' : ''}"
    viewBox="-2 -2 ${right + 4} ${bottom + 4}"
    width="${right + 4}"
    role="group"
    aria-label="The run’s jobs, in the order in which they wait for one another"
  >
    ${edges(placed).map(({ from, to }) => {
      const x1 = from.x + width;
      const y1 = from.y + height / 2;
      const y2 = to.y + height / 2;
      const middle = (x1 + to.x) / 2;
      return html`<path class="edge" d="M${x1},${y1} C${middle},${y1} ${middle},${y2} ${to.x},${y2}" />`;
    })}
    ${placed.map(({ job, x, y }) => {
      const state = stateOf(job);
      return html`<a href="#job-${job.id}" class="node ${state}">
        <title>${shortName(job)}: ${state}</title>
        <rect x="${x}" y="${y}" width="${width}" height="${height}" rx="8" />
        <text x="${x + 14}" y="${y + 22}" class="name">${shortName(job)}</text>
        <text x="${x + 14}" y="${y + 40}" class="detail">${describe(job)}</text>
      </a>`;
    })}
  </svg>`;
}

function describe(job: Job): string {
  const state = stateOf(job);
  const time = duration(job.startedAt, job.completedAt);
  switch (state) {
    case 'success':
    case 'failure':
    case 'cancelled':
      return `${state === 'success' ? '✓' : state === 'failure' ? '✕' : '⊘'} ${time}`;
    case 'in_progress':
      return `● running ${time}`;
    case 'skipped':
      return '– skipped';
    case 'waiting':
    case 'pending':
      return job.waitingFor === undefined ? '◷ waiting' : `◷ ${job.waitingFor}`.slice(0, 26);
    case 'queued':
    case 'completed':
      return '○ queued';
  }
}

function place(jobs: readonly Job[]): Placed[] {
  const depth = new Map<string, number>();
  const depthOf = (job: Job, path: readonly string[] = []): number => {
    const known = depth.get(job.key);
    if (known !== undefined) return known;
    const before = jobs.filter(({ key }) => job.needs.includes(key) && !path.includes(key));
    const own =
      before.length === 0 ? 0 : Math.max(...before.map((one) => depthOf(one, [...path, job.key]))) + 1;
    depth.set(job.key, own);
    return own;
  };
  const rows = new Map<number, number>();
  return jobs.map((job) => {
    const column = depthOf(job);
    const row = rows.get(column) ?? 0;
    rows.set(column, row + 1);
    return { job, x: column * (width + gapX), y: row * (height + gapY) };
  });
}

/** Only the waits that no other wait implies: a graph of all of them is a tangle. */
function edges(placed: readonly Placed[]): { from: Placed; to: Placed }[] {
  const byKey = new Map(placed.map((one) => [one.job.key, one]));
  const reaches = (from: string, to: string): boolean =>
    byKey.get(to)?.job.needs.some((need) => need === from || reaches(from, need)) === true;
  return placed.flatMap((to) =>
    to.job.needs.flatMap((need) => {
      const from = byKey.get(need);
      const implied = to.job.needs.some((other) => other !== need && reaches(need, other));
      return from === undefined || implied ? [] : [{ from, to }];
    }),
  );
}
