import type { Hub } from '../hub.ts';
import type { Artifact, Run } from '../model.ts';
import { filesOf, kindOf, type ArtifactFile, type FoundArtifact } from './artifact-content.ts';
import { html, type Html } from './html.ts';
import { page } from './layout.ts';
import { renderMarkdown } from './markdown.ts';
import { bytes, when } from './parts.ts';
import { nameOf } from './runs.ts';

/** The artifacts of a run, for its page. */
export function artifactList({ artifacts: all }: Run): Html {
  if (all.length === 0) return html``;
  return html`<section aria-labelledby="artifacts">
    <h2 id="artifacts">Artifacts</h2>
    <ul class="artifacts card">
      ${all.map((artifact) => {
        const { length } = filesOf(artifact);
        return html`<li>
          <a href="/artifacts/${artifact.id}">${artifact.name}</a>
          <span class="quiet"
            >${length} ${length === 1 ? 'file' : 'files'}, ${bytes(artifact.sizeBytes)} ·
            ${zipLink(artifact)}</span
          >
        </li>`;
      })}
    </ul>
  </section>`;
}

/** An artifact: its files. */
export function artifactPage(hub: Hub, { run, artifact }: FoundArtifact): string {
  const files = filesOf(artifact);
  return page({
    title: artifact.name,
    repository: nameOf(hub),
    current: 'runs',
    body: html`${trail(run)}
      <h1>${artifact.name}</h1>
      <p class="quiet">${when(artifact.createdAt)}, ${bytes(artifact.sizeBytes)} · ${zipLink(artifact)}</p>
      ${
        files.length === 0
          ? html`<p class="card">Its folder is gone: <code>${artifact.directory}</code></p>`
          : html`<ul class="artifacts card">
              ${files.map((file) => fileLine(artifact, file))}
            </ul>`
      }
      <p class="quiet">On this machine: <code>${artifact.directory}</code></p>`,
  });
}

/** A file of an artifact, shown as what it is. */
export function artifactFilePage(
  hub: Hub,
  { run, artifact }: FoundArtifact,
  name: string,
  content: Buffer,
): string {
  return page({
    title: name,
    repository: nameOf(hub),
    current: 'runs',
    body: html`${trail(run, artifact)}
      <h1 class="file-name">${name}</h1>
      <p class="quiet">
        ${bytes(content.length)} · <a href="${rawAddress(artifact, name)}" download>Download</a>
      </p>
      ${shown(artifact, name, content)}`,
  });
}

function shown(artifact: Artifact, name: string, content: Buffer): Html {
  const kind = kindOf(name, content);
  switch (kind.kind) {
    case 'image':
      return html`<p class="card picture"><img src="${rawAddress(artifact, name)}" alt="${name}" /></p>`;
    case 'markdown':
      return html`<article class="card markdown">${renderMarkdown(content.toString('utf8'))}</article>`;
    case 'text':
      return html`<pre class="card file" tabindex="0">${content.toString('utf8')}</pre>`;
    case 'other':
      return html`<p class="card">It cannot be shown here; it can be downloaded.</p>`;
  }
}

function fileLine(artifact: Artifact, { name, sizeBytes }: ArtifactFile): Html {
  const address = `/artifacts/${artifact.id}?file=${encodeURIComponent(name)}`;
  return html`<li><a href="${address}">${name}</a> <span class="quiet">${bytes(sizeBytes)}</span></li>`;
}

function trail(run: Run, artifact?: Artifact): Html {
  return html`<p class="path">
    <a href="/runs">Runs</a> / <a href="/runs/${run.id}">${run.workflowName} #${run.number}</a>
    ${artifact === undefined ? '' : html`/ <a href="/artifacts/${artifact.id}">${artifact.name}</a>`}
  </p>`;
}

function rawAddress({ id }: Artifact, name: string): string {
  return `/artifacts/${id}/raw?file=${encodeURIComponent(name)}`;
}

function zipLink({ id, name }: Artifact): Html {
  return html`<a href="/artifacts/${id}.zip" download="${name}.zip">Download all</a>`;
}
