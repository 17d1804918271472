import { formatComparison } from '../../config/index.ts';
import type { Second } from '../recording.ts';
import type { Report } from './report.ts';

const [width, height] = [860, 340];
const plot = { left: 64, right: 20, top: 44, bottom: 46 } as const;

const farthestLimit = 4;

const lines = [
  { name: 'p50', colour: '#0a7d3c', of: (second: Second) => second.p50 },
  { name: 'p95', colour: '#b45309', of: (second: Second) => second.p95 },
  { name: 'slowest', colour: '#b91c1c', of: (second: Second) => second.max },
] as const;

/** Latencies over the time of the run, with the thresholds, and a mark for each second in which requests failed. */
export function chart(report: Report): string {
  const { seconds } = report;
  const slowest = Math.max(1, ...seconds.map(({ max }) => max));
  // A limit far above would press the curves flat.
  const limits = report.thresholds.filter(
    ({ limit }) => limit.unit === 'ms' && limit.limit <= farthestLimit * slowest,
  );
  const last = Math.max(1, seconds.at(-1)?.at ?? 0);
  const top = niceCeiling(
    Math.max(1, ...seconds.map(({ max }) => max), ...limits.map(({ limit }) => limit.limit)),
  );
  const x = (second: number): number => plot.left + (second / last) * (width - plot.left - plot.right);
  const y = (ms: number): number => height - plot.bottom - (ms / top) * (height - plot.top - plot.bottom);

  const grid = [0, 0.25, 0.5, 0.75, 1].flatMap((share) => {
    const at = y(share * top).toFixed(1);
    return [
      `<line x1="${plot.left}" x2="${width - plot.right}" y1="${at}" y2="${at}" stroke="#d4d4d8"/>`,
      text(plot.left - 8, Number(at) + 4, `${round(share * top)}`, 'end'),
    ];
  });
  const curves = lines.map(({ colour, of }) => {
    const points = seconds.map((second) => `${x(second.at).toFixed(1)},${y(of(second)).toFixed(1)}`);
    // A single point has no line; a round cap shows it all the same.
    const path = points.length === 1 ? [...points, ...points] : points;
    return `<polyline fill="none" stroke="${colour}" stroke-width="2" stroke-linecap="round" stroke-linejoin="round" points="${path.join(' ')}"/>`;
  });
  const marks = limits.map(({ name, limit }) => {
    const at = y(limit.limit).toFixed(1);
    return (
      `<line x1="${plot.left}" x2="${width - plot.right}" y1="${at}" y2="${at}" stroke="#52525b" stroke-dasharray="6 4"/>` +
      text(width - plot.right - 4, Number(at) - 5, `${name} ${formatComparison(limit)}`, 'end')
    );
  });
  const failures = seconds
    .filter(({ failed }) => failed > 0)
    .map(
      ({ at, failed, requests }) =>
        `<circle cx="${x(at).toFixed(1)}" cy="${height - plot.bottom}" r="4" fill="#b91c1c"><title>${failed} of ${requests} requests failed</title></circle>`,
    );
  const legend = lines.map(
    ({ name, colour }, index) =>
      `<rect x="${plot.left + index * 90}" y="${height - 20}" width="12" height="12" fill="${colour}"/>` +
      text(plot.left + index * 90 + 18, height - 10, name, 'start'),
  );
  const title = `Latency of each second, ms: ${report.request.method} ${report.request.url}`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" font-family="system-ui, sans-serif" font-size="12">`,
    `<title>${escape(title)}</title>`,
    `<rect width="${width}" height="${height}" fill="#ffffff"/>`,
    text(plot.left, 24, title, 'start'),
    ...grid,
    ...marks,
    ...curves,
    ...failures,
    text(plot.left, height - plot.bottom + 18, '0 s', 'start'),
    text(width - plot.right, height - plot.bottom + 18, `${last} s`, 'end'),
    ...legend,
    '</svg>',
    '',
  ].join('\n');
}

/** The percentiles as a chart of mermaid, which a summary may hold; it shows no SVG. */
export function percentileChart({ latency }: Report): string {
  const { p50, p75, p90, p95, p99, p999, max } = latency;
  const bars = Object.entries({ p50, p75, p90, p95, p99, 'p99.9': p999, slowest: max }).filter(
    (bar): bar is [string, number] => bar[1] !== undefined,
  );
  return [
    'xychart-beta',
    '  title "Latency by percentile"',
    `  x-axis [${bars.map(([name]) => `"${name}"`).join(', ')}]`,
    `  y-axis "ms" 0 --> ${niceCeiling(Math.max(1, max))}`,
    `  bar [${bars.map(([, ms]) => round(ms)).join(', ')}]`,
  ].join('\n');
}

function text(x: number, y: number, content: string, anchor: 'start' | 'end'): string {
  return `<text x="${x}" y="${y}" text-anchor="${anchor}" fill="#27272a">${escape(content)}</text>`;
}

/** 1, 2 or 5 times a power of ten, at or above. */
function niceCeiling(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  const step = [1, 2, 5, 10].find((factor) => factor * power >= value) ?? 10;
  return step * power;
}

const round = (value: number): number => Number(value.toPrecision(3));

function escape(content: string): string {
  return content
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
