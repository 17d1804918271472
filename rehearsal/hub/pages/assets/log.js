// The logs of a run: fetched when a job is opened, appended to while it runs, searched.
const jobs = document.getElementById('jobs');
const search = document.getElementById('log-search');
const found = document.getElementById('log-found');
const times = document.getElementById('log-times');

export function followLogs() {
  // `toggle` does not bubble.
  jobs.addEventListener('toggle', (event) => void opened(event.target), { capture: true });
  search.addEventListener('input', () => void runSearch());
  times.addEventListener('change', () => jobs.classList.toggle('with-times', times.checked));
  window.addEventListener('hashchange', () => void followHash());
  void followHash();
  return { add, update, reload };
}

/** New lines from the hub. A gap means that some were missed: then the whole log is fetched. */
function add({ jobId, lines }) {
  const job = jobs.querySelector(`[data-job="${jobId}"]`);
  const log = job?.querySelector('.job-log');
  if (log === null || log === undefined || log.dataset.count === '-1') return;
  const fresh = lines.filter(({ index }) => index >= Number(log.dataset.count));
  const steps = Map.groupBy(fresh, ({ step }) => step);
  const lists = new Map(
    [...steps.keys()].map((step) => [step, log.querySelector(`[data-step="${step}"] > .log`)]),
  );
  const follows = fresh.every(({ index }, place) => index === Number(log.dataset.count) + place);
  if (!follows || [...lists.values()].includes(null)) {
    void load(job);
    return;
  }
  log.dataset.count = String(Number(log.dataset.count) + fresh.length);
  for (const [step, added] of steps) appendAll(lists.get(step), added);
}

/** All at once: to measure and to parse for each line would freeze the page under a job that says much. */
function appendAll(list, lines) {
  const atEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 60;
  let plain = '';
  const flush = () => {
    if (plain !== '') (list.querySelector('details[data-open] > ol') ?? list).append(...nodesOf(plain));
    plain = '';
  };
  for (const { kind, html } of lines) {
    if (kind !== 'group' && kind !== 'endgroup') {
      plain += html;
      continue;
    }
    flush();
    const group = list.querySelector('details[data-open]');
    group?.removeAttribute('data-open');
    if (kind === 'endgroup') group?.removeAttribute('open');
    else list.append(...nodesOf(html));
  }
  flush();
  if (atEnd) list.scrollTop = list.scrollHeight;
}

function nodesOf(html) {
  return parse(html).body.childNodes;
}

/** Jobs and steps that came or went. `fresh` has no lines. */
function update(fresh) {
  const wanted = fresh.querySelectorAll('[data-job]');
  const ids = new Set([...wanted].map(({ id }) => id));
  for (const job of jobs.querySelectorAll('[data-job]')) if (!ids.has(job.id)) job.remove();
  for (const newer of wanted) {
    const job = document.getElementById(newer.id);
    if (job === null) {
      jobs.append(newer);
      if (newer.open) void load(newer);
      continue;
    }
    const wasRunning = job.dataset.running !== undefined;
    const isRunning = newer.querySelector('[data-state="in_progress"]') !== null;
    if (isRunning) job.dataset.running = '';
    else delete job.dataset.running;
    if (newer.open && !job.open && isRunning && !wasRunning) job.open = true;
    if (job.querySelector('.job-log').dataset.count !== '-1') updateSteps(job, newer);
  }
}

/** A step opens when it begins, and closes again when it went well; one that failed stays open. */
function updateSteps(job, newer) {
  for (const step of newer.querySelectorAll('[data-step]')) {
    const present = job.querySelector(`[data-step="${step.dataset.step}"]`);
    if (present === null) return void load(job);
    const state = step.querySelector('[data-state]').dataset.state;
    if (present.dataset.seen === state) continue;
    const before = present.dataset.seen;
    present.dataset.seen = state;
    if (state === 'in_progress') {
      present.open = true;
      present.dataset.auto = '';
    } else if (state === 'failure') present.open = true;
    else if (before === 'in_progress' && 'auto' in present.dataset) present.open = false;
  }
}

/** All logs that are open, anew. */
function reload() {
  for (const job of jobs.querySelectorAll('[data-job][open]')) void load(job);
}

async function opened(element) {
  if (!element.matches('[data-job]') || !element.open) return;
  if (element.querySelector('.job-log').dataset.count === '-1') await load(element);
}

const loading = new Map();

function load(job) {
  const { job: id } = job.dataset;
  if (!loading.has(id)) {
    loading.set(
      id,
      fetchLog(job).finally(() => loading.delete(id)),
    );
  }
  return loading.get(id);
}

async function fetchLog(job) {
  const response = await fetch(`/jobs/${job.dataset.job}/log`);
  if (!response.ok) return;
  const fresh = parse(await response.text()).querySelector('.job-log');
  const log = job.querySelector('.job-log');
  for (const step of fresh.querySelectorAll('[data-step]')) {
    const before = log.querySelector(`[data-step="${step.dataset.step}"]`);
    if (before === null || log.dataset.count === '-1') continue;
    step.open = before.open;
    Object.assign(step.dataset, before.dataset);
  }
  log.replaceWith(fresh);
  for (const list of fresh.querySelectorAll('[open] > .log')) list.scrollTop = list.scrollHeight;
  if (search.value !== '') filter(job, search.value.toLowerCase());
}

async function runSearch() {
  const wanted = search.value.trim().toLowerCase();
  const all = [...jobs.querySelectorAll('[data-job]')];
  if (wanted !== '') {
    const unread = all.filter((job) => job.querySelector('.job-log').dataset.count === '-1');
    await Promise.all(unread.map(load));
    if (wanted !== search.value.trim().toLowerCase()) return;
  }
  const count = all.reduce((sum, job) => sum + filter(job, wanted), 0);
  found.textContent = wanted === '' ? '' : count === 1 ? '1 line' : `${count} lines`;
}

/** Shows the lines that hold the text, opens what they are in, and hides the rest. */
function filter(job, wanted) {
  let count = 0;
  for (const line of job.querySelectorAll('.log li:not(.group)')) {
    const matches = wanted === '' || line.querySelector('.text').textContent.toLowerCase().includes(wanted);
    line.hidden = !matches;
    if (matches) count += 1;
  }
  for (const part of job.querySelectorAll('.log li.group, .step')) {
    const matches = wanted === '' || part.querySelector('li:not(.group):not([hidden])') !== null;
    part.hidden = !matches;
    const details = part.matches('details') ? part : part.querySelector('details');
    if (wanted !== '' && matches) details.open = true;
  }
  job.hidden = wanted !== '' && count === 0;
  if (wanted !== '' && count > 0) job.open = true;
  return count;
}

/** Opens what the address points at: a job, or a line of its log. */
async function followHash() {
  const match = /^#(?:job|line)-(\d+)(?:-\d+)?$/.exec(location.hash);
  const job = match === null ? null : jobs.querySelector(`[data-job="${match[1]}"]`);
  if (job === null) return;
  job.open = true;
  if (job.querySelector('.job-log').dataset.count === '-1') await load(job);
  const target = document.getElementById(location.hash.slice(1));
  for (let at = target; at !== null && at !== jobs; at = at.parentElement)
    if (at.matches('details')) at.open = true;
  // `:target` is not for what came after the address.
  for (const before of jobs.querySelectorAll('.pointed-at')) before.classList.remove('pointed-at');
  target?.classList.add('pointed-at');
  target?.scrollIntoView({ block: target === job ? 'start' : 'center' });
}

/** The hub's own markup: every text in it is escaped there. */
function parse(html) {
  return new DOMParser().parseFromString(html, 'text/html');
}
