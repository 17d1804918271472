// Keeps a page up to date: the parts marked data-live are fetched anew when the hub says that something changed, and
// new log lines are appended as they come.
const isRun = /^\/runs\/(\d+)$/.exec(location.pathname);
const events = new EventSource(isRun ? `/events?run=${isRun[1]}` : '/events');
let scheduled = false;

events.addEventListener('change', () => {
  if (scheduled) return;
  scheduled = true;
  setTimeout(refresh, 300);
});

events.addEventListener('log', (event) => {
  const { jobId, line } = JSON.parse(event.data);
  const log = document.querySelector(`[data-job="${jobId}"] .log`);
  if (log === null) return;
  const atEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 40;
  const item = document.createElement('li');
  item.className = line.kind;
  const time = document.createElement('time');
  time.textContent = line.at.slice(11, 19);
  const text = document.createElement('span');
  text.textContent = line.text;
  item.append(time, text);
  log.append(item);
  if (atEnd) log.scrollTop = log.scrollHeight;
});

async function refresh() {
  scheduled = false;
  const response = await fetch(location.pathname);
  if (!response.ok) return;
  const fresh = new DOMParser().parseFromString(await response.text(), 'text/html');
  for (const part of document.querySelectorAll('[data-live]')) {
    const replacement = fresh.querySelector(`[data-live="${part.dataset.live}"]`);
    // Nothing that has the focus is taken away under the user's hands.
    if (replacement === null || part.contains(document.activeElement)) continue;
    if (part.innerHTML !== replacement.innerHTML) part.replaceChildren(...replacement.childNodes);
  }
  const logs = document.querySelector('[aria-labelledby="logs"]');
  for (const job of fresh.querySelectorAll('details.job')) {
    if (logs !== null && document.getElementById(job.id) === null) logs.append(job);
  }
  await drawCharts();
}

document.getElementById('log-search')?.addEventListener('input', (event) => {
  const wanted = event.target.value.toLowerCase();
  for (const line of document.querySelectorAll('.log li')) {
    line.hidden = wanted !== '' && !line.textContent.toLowerCase().includes(wanted);
  }
});

/** Mermaid comes as a classic script, which sets a global. */
function loadMermaid() {
  if (globalThis.mermaid !== undefined) return globalThis.mermaid;
  return new Promise((resolve, reject) => {
    const script = document.createElement('script');
    script.src = '/assets/mermaid.js';
    script.onload = () => resolve(globalThis.mermaid);
    script.onerror = () => reject(new Error('Mermaid could not be loaded.'));
    document.head.append(script);
  });
}

async function drawCharts() {
  const charts = document.querySelectorAll('code.language-mermaid');
  if (charts.length === 0) return;
  const mermaid = await loadMermaid();
  const dark = matchMedia('(prefers-color-scheme: dark)').matches;
  mermaid.initialize({ startOnLoad: false, securityLevel: 'strict', theme: dark ? 'dark' : 'default' });
  for (const [index, code] of [...charts].entries()) {
    const { svg } = await mermaid.render(`chart-${index}-${Date.now()}`, code.textContent);
    const figure = document.createElement('figure');
    figure.innerHTML = svg;
    code.closest('pre').replaceWith(figure);
  }
}

await drawCharts();
