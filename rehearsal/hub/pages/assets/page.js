// Keeps a page up to date: the parts marked data-live are fetched anew when the hub says that something changed.
import { drawCharts } from './charts.js';
import { followLogs } from './log.js';

const runId = document.querySelector('[data-run]')?.dataset.run;
const logs = runId === undefined ? undefined : followLogs();
const events = new EventSource(runId === undefined ? '/events' : `/events?run=${runId}`);
const connection = document.querySelector('[data-connection]');
let wasLost = false;

events.addEventListener('open', () => {
  connection.textContent = '';
  // What happened between the page and its first event, or while the hub was away, is in no event.
  void refresh();
  if (wasLost) logs?.reload();
  wasLost = false;
});
events.addEventListener('error', () => {
  wasLost = true;
  connection.textContent = 'The rehearsal does not answer';
});
events.addEventListener('change', () => void refresh());
events.addEventListener('log', (event) => logs?.add(JSON.parse(event.data)));

/** The markup of each part as the hub sent it: counters and charts change it in the page. */
const sources = new WeakMap();
for (const part of document.querySelectorAll('[data-live]')) sources.set(part, part.innerHTML);

let fetching = false;
let again = false;

/** One at a time; what changes meanwhile is fetched afterwards. An answer to a form has no part that changes. */
async function refresh() {
  if (document.querySelector('[data-live]') === null) return;
  if (fetching) {
    again = true;
    return;
  }
  fetching = true;
  try {
    do {
      again = false;
      await replaceParts();
    } while (again);
  } catch {
    // The hub is away; the stream of events says so, and opens again when it is back.
  } finally {
    fetching = false;
  }
}

async function replaceParts() {
  const address = new URL(location.href);
  address.searchParams.set('live', '');
  const response = await fetch(address);
  if (!response.ok) return;
  const fresh = new DOMParser().parseFromString(await response.text(), 'text/html');
  for (const part of document.querySelectorAll('[data-live]')) {
    const replacement = fresh.querySelector(`[data-live="${CSS.escape(part.dataset.live)}"]`);
    // What has the focus is not taken away under the user's hands.
    if (replacement === null || part.contains(document.activeElement)) continue;
    const source = replacement.innerHTML;
    if (sources.get(part) === source) continue;
    sources.set(part, source);
    part.replaceChildren(...replacement.childNodes);
    for (const { name, value } of replacement.attributes) part.setAttribute(name, value);
  }
  logs?.update(fresh);
  drawCharts();
  tick();
}

/** Counts what is going on, from the time that it started. */
function tick() {
  for (const counter of document.querySelectorAll('[data-since]')) {
    counter.textContent = seconds((Date.now() - Date.parse(counter.dataset.since)) / 1000);
  }
}

function seconds(value) {
  const whole = Math.max(0, Math.floor(value));
  return whole < 60 ? `${whole} s` : `${Math.floor(whole / 60)} min ${whole % 60} s`;
}

setInterval(() => {
  if (!document.hidden) tick();
}, 1000);
tick();
drawCharts();
