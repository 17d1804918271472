// Charts of a summary. Each is drawn in a frame without an origin, which gets the source and gives back its size.
const frames = new Map();

window.addEventListener('message', ({ source, data }) => {
  const frame = frames.get(source);
  if (frame === undefined) return;
  if (data.ready === true) frame.send();
  if (typeof data.height === 'number') frame.element.height = String(Math.min(2000, Math.ceil(data.height)));
  if (data.failed === true) frame.figure.replaceWith(frame.original);
});

/** Puts a chart in the place of every block of mermaid. The source stays to be read. */
export function drawCharts() {
  for (const [window, { element }] of frames) if (!element.isConnected) frames.delete(window);
  for (const code of document.querySelectorAll('pre > code.language-mermaid')) draw(code);
}

function draw(code) {
  const original = code.parentElement;
  const text = code.textContent;
  const figure = document.createElement('figure');
  const element = document.createElement('iframe');
  element.setAttribute('sandbox', 'allow-scripts');
  element.title = `Chart: ${text.trim().split('\n', 1)[0]}`;
  element.height = '220';
  const caption = document.createElement('details');
  const summary = document.createElement('summary');
  summary.textContent = 'Source of the chart';
  const shown = document.createElement('pre');
  shown.textContent = text;
  caption.append(summary, shown);
  figure.className = 'chart';
  figure.append(element, caption);

  const dark = matchMedia('(prefers-color-scheme: dark)');
  const send = () => element.contentWindow.postMessage({ text, dark: dark.matches }, '*');
  dark.addEventListener('change', () => {
    if (element.isConnected) send();
  });
  element.src = '/assets/chart.html';
  original.replaceWith(figure);
  // A frame that is not found again was taken out of the page.
  if (element.contentWindow !== null) frames.set(element.contentWindow, { element, figure, original, send });
}
