// Inside of a chart's frame: draws what the page sends, and tells how high it is.
/* global mermaid */
let number = 0;

window.addEventListener('message', async ({ source, data }) => {
  if (source !== window.parent || typeof data.text !== 'string') return;
  mermaid.initialize({ startOnLoad: false, securityLevel: 'strict', theme: data.dark ? 'dark' : 'default' });
  number += 1;
  try {
    const { svg } = await mermaid.render(`chart-${number}`, data.text);
    document.body.innerHTML = svg;
    window.parent.postMessage({ height: document.body.scrollHeight }, '*');
  } catch {
    window.parent.postMessage({ failed: true }, '*');
  }
});

new ResizeObserver(() => {
  if (document.body.childElementCount > 0)
    window.parent.postMessage({ height: document.body.scrollHeight }, '*');
}).observe(document.body);

window.parent.postMessage({ ready: true }, '*');
