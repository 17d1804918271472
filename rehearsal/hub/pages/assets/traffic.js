// Draws an environment's traffic by version, from the stream of the hub: shares, requests a second, failures.
const root = document.querySelector('[data-traffic]');
const find = (name) => root.querySelector(`[data-${name}]`);
const chart = find('chart');
const cards = [...root.querySelectorAll('[data-side]')].map(({ dataset }) => dataset);
const sides = [...cards.map(({ side }) => side), 'none'];
const names = Object.fromEntries([
  ...cards.map(({ side, name }) => [side, name]),
  ['none', 'load balancer itself'],
]);
const longest = 600;

/** By second since the epoch. */
const seconds = new Map();
/** When a stage began, while this page was open. */
const stages = [];
let now;

const events = new EventSource(root.dataset.source);
events.addEventListener('traffic', ({ data }) => {
  const fresh = JSON.parse(data);
  for (const second of fresh.seconds) seconds.set(second.at, second);
  const oldest = clock() - longest;
  for (const at of seconds.keys()) if (at < oldest) seconds.delete(at);
  // The stage that was there when the page was opened began before.
  if (now !== undefined && fresh.shift?.stage !== now.shift?.stage) {
    stages.push({ at: clock(), stage: fresh.shift?.stage });
  }
  now = fresh;
  show();
});
find('window').addEventListener('change', show);
new ResizeObserver(show).observe(chart);
find('table').addEventListener('toggle', showTable);

/** The second that is over: the present one is still being counted. */
function clock() {
  return Math.floor(Date.now() / 1000) - 1;
}

function show() {
  if (now === undefined) return;
  const range = Number(find('window').value);
  const bins = binsOf(range, range > 180 ? 5 : 1);
  showFigures(bins);
  draw(bins, range);
  showTable();
}

/** Requests and failures of a range, oldest first, in bins of some seconds. */
function binsOf(range, width) {
  const end = Math.floor(clock() / width) * width;
  const bins = [];
  for (let from = end - range + width; from <= end; from += width) {
    const bin = { from, width, requests: count(), failed: count() };
    for (let at = from; at < from + width; at += 1) {
      const second = seconds.get(at);
      if (second === undefined) continue;
      for (const side of sides) {
        bin.requests[side] += second.requests[side] ?? 0;
        bin.failed[side] += second.failed[side] ?? 0;
      }
    }
    bins.push(bin);
  }
  return bins;
}

function count() {
  return { blue: 0, green: 0, none: 0 };
}

function sum(counts) {
  return counts.blue + counts.green + counts.none;
}

function showFigures(bins) {
  const { shift } = now;
  setText(
    find('stage'),
    shift === undefined
      ? 'No deployment is in progress.'
      : `${shift.stage} · ${shift.status} · since ${time(Date.parse(shift.startedAt))}`,
  );
  const lately = bins.slice(-10);
  const recent = total(lately.map(({ requests }) => sum(requests)));
  for (const { colour, version, percent, healthyTargets, targets } of now.sides) {
    const side = root.querySelector(`[data-side="${colour}"]`);
    if (side === null) continue;
    const part = (name) => side.querySelector(`[data-${name}]`);
    const got = total(lately.map(({ requests }) => requests[colour]));
    setText(part('version'), short(version));
    setText(part('percent'), `${Number.isInteger(percent) ? percent : percent.toFixed(1)} %`);
    setText(
      part('targets'),
      targets === 0 ? 'no targets' : `${healthyTargets} of ${targets} targets healthy`,
    );
    setText(
      part('share'),
      recent === 0 ? 'no requests lately' : `${percentOf(got, recent)} of the latest requests`,
    );
    side.classList.toggle('idle', percent === 0);
  }
  const all = total(bins.map(({ requests }) => sum(requests)));
  const failed = total(bins.map((bin) => sum(bin.failed)));
  setText(
    find('words'),
    all === 0
      ? 'No requests in this time.'
      : `${sides
          .filter((side) => bins.some(({ requests }) => requests[side] > 0))
          .map(
            (side) => `${label(side)}: ${percentOf(total(bins.map(({ requests }) => requests[side])), all)}`,
          )
          .join(
            ', ',
          )} of ${whole(all)} requests. ${failed === 0 ? 'None failed.' : `${whole(failed)} failed.`}`,
  );
}

const left = 46;
const height = 330;
const shareTop = 14;
const shareBottom = 164;
const rateTop = 204;
const rateBottom = 294;

/** In the page's own pixels, so that what is written in it can be read on a phone as well. */
function draw(bins, range) {
  const right = Math.max(240, chart.clientWidth - 8);
  chart.setAttribute('viewBox', `0 0 ${right + 8} ${height}`);
  const end = bins.at(-1).from + bins.at(-1).width;
  const x = (at) => right - ((end - at) / range) * (right - left);
  const share = (part) => shareBottom - part * (shareBottom - shareTop);
  const width = bins[0].width;
  const most = niceTop(Math.max(1, ...bins.map(({ requests }) => sum(requests) / width)));
  const rate = (perSecond) => rateBottom - (perSecond / most) * (rateBottom - rateTop);
  chart.replaceChildren(
    pattern(),
    ...[0, 0.5, 1].flatMap((part) => [
      line(left, share(part), right, share(part), 'grid'),
      text(left - 6, share(part) + 4, `${part * 100} %`, 'scale end'),
    ]),
    ...areas(bins, x, share),
    ...[0, most].flatMap((value) => [
      line(left, rate(value), right, rate(value), 'grid'),
      text(left - 6, rate(value) + 4, whole(value), 'scale end'),
    ]),
    text(left, rateTop - 10, 'requests a second, and those that failed', 'scale'),
    path(
      bins
        .map(
          (bin, index) =>
            `${index === 0 ? 'M' : 'L'}${x(bin.from)},${rate(sum(bin.requests) / width)}H${x(bin.from + width)}`,
        )
        .join(''),
      'rate',
    ),
    ...bins
      .filter((bin) => sum(bin.failed) > 0)
      .map((bin) => {
        // A single failure among many requests is seen as well.
        const top = Math.min(rate(sum(bin.failed) / width), rateBottom - 4);
        return rect(
          x(bin.from),
          top,
          Math.max(2, x(bin.from + width) - x(bin.from)),
          rateBottom - top,
          'failed',
        );
      }),
    ...marks(x, end - range, right),
    ...times(range, x, end),
  );
}

/** Stacked shares; a time without requests is a gap. */
function areas(bins, x, share) {
  const shapes = { blue: '', green: '', none: '' };
  for (const { from, width, requests } of bins) {
    const all = sum(requests);
    if (all === 0) continue;
    let below = 0;
    for (const side of sides) {
      const above = below + requests[side] / all;
      if (above > below) {
        shapes[side] += `M${x(from)},${share(below)}V${share(above)}H${x(from + width)}V${share(below)}Z`;
      }
      below = above;
    }
  }
  return sides.flatMap((side) => [
    path(shapes[side], `area ${side}`),
    // Told apart without colours, too.
    ...(side === 'green' ? [path(shapes[side], 'hatched')] : []),
  ]);
}

function pattern() {
  const element = svg('pattern', {
    id: 'hatch',
    width: 6,
    height: 6,
    patternUnits: 'userSpaceOnUse',
    patternTransform: 'rotate(45)',
  });
  element.append(line(0, 0, 0, 6, 'hatch'));
  return element;
}

/** Where a stage began; names that would overlap are left to the line of figures above. */
function marks(x, since, right) {
  let free = 0;
  return stages
    .filter(({ at, stage }) => at >= since && stage !== undefined)
    .flatMap(({ at, stage }) => {
      const place = x(at);
      const words = stage.toLowerCase().replaceAll('_', ' ');
      const drawn = [line(place, shareTop, place, rateBottom, 'mark')];
      const room = words.length * 7 + 4;
      const fits = place + room <= right;
      const from = fits ? place : place - room;
      if (from < free) return drawn;
      free = from + room;
      return [
        ...drawn,
        text(fits ? place + 4 : place - 4, shareBottom + 14, words, fits ? 'scale' : 'scale end'),
      ];
    });
}

function times(range, x, end) {
  const step = range / 3;
  return [0, 1, 2, 3].map((index) => {
    const ago = index * step;
    const words = ago === 0 ? 'now' : ago < 60 || ago % 60 !== 0 ? `−${ago} s` : `−${ago / 60} min`;
    return text(
      x(end - ago),
      rateBottom + 20,
      words,
      index === 0 ? 'scale end' : index === 3 ? 'scale' : 'scale middle',
    );
  });
}

function niceTop(value) {
  const magnitude = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 2.5, 5, 10].map((factor) => factor * magnitude).find((top) => top >= value);
}

/** Every ten seconds, newest first; what is not opened is not filled. */
function showTable() {
  if (!find('table').open) return;
  const rows = binsOf(longest, 10)
    .filter(({ requests }) => sum(requests) > 0)
    .reverse()
    .map(({ from, requests, failed }) => {
      const row = document.createElement('tr');
      const head = document.createElement('th');
      head.scope = 'row';
      head.textContent = time(from * 1000);
      row.append(head, ...[...sides.map((side) => requests[side]), sum(failed)].map(cell));
      return row;
    });
  find('rows').replaceChildren(...rows);
}

function cell(value) {
  const element = document.createElement('td');
  element.textContent = whole(value);
  return element;
}

function svg(name, attributes) {
  const element = document.createElementNS('http://www.w3.org/2000/svg', name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, String(value));
  return element;
}

function line(x1, y1, x2, y2, name) {
  return svg('line', { x1, y1, x2, y2, class: name });
}

function rect(x, y, width, height, name) {
  return svg('rect', { x, y, width, height, class: name });
}

function path(d, name) {
  return svg('path', { d, class: name });
}

function text(x, y, words, name) {
  const element = svg('text', { x, y, class: name });
  element.textContent = words;
  return element;
}

/** Only what differs: a live region speaks up at every change. */
function setText(element, words) {
  if (element.textContent !== words) element.textContent = words;
}

function label(side) {
  const version = now.sides.find(({ colour }) => colour === side)?.version;
  return version === undefined ? names[side] : `${names[side]} (${short(version)})`;
}

function short(version) {
  if (version === undefined) return 'no version';
  return /^[0-9a-f]{40}$/.test(version) ? version.slice(0, 7) : version;
}

function total(values) {
  return values.reduce((all, value) => all + value, 0);
}

function percentOf(part, all) {
  const percent = (part / all) * 100;
  if (percent > 0 && percent < 0.1) return 'under 0.1 %';
  return `${percent > 0 && percent < 10 ? percent.toFixed(1) : Math.round(percent)} %`;
}

function whole(value) {
  return value.toLocaleString('en-GB', { maximumFractionDigits: 1 });
}

function time(ms) {
  return new Date(ms).toLocaleTimeString('en-GB');
}
