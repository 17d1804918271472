import type { Hub } from '../hub.ts';
import type { Release } from '../model.ts';
import { html, type Html } from './html.ts';
import { page } from './layout.ts';
import { renderMarkdown } from './markdown.ts';
import { when } from './parts.ts';
import { nameOf } from './runs.ts';

/** The releases with their notes, newest first. */
export function releasesPage(hub: Hub): string {
  const releases = [...hub.releases.values()].sort((a, b) => b.id - a.id);
  return page({
    title: 'Releases',
    repository: nameOf(hub),
    current: 'releases',
    body: html`<h1>Releases</h1>
      <div data-live="releases">
        ${
          releases.length === 0
            ? html`<p class="card">No release has notes yet; they are made over the REST API.</p>`
            : releases.map(article)
        }
      </div>`,
  });
}

function article({ tag, name, body, draft, author, publishedAt, createdAt }: Release): Html {
  return html`<article class="card release" id="${tag}">
    <h2>${name}</h2>
    <p class="quiet">
      <code>${tag}</code> ${draft ? 'a draft' : ''} by ${author}, ${when(publishedAt ?? createdAt)}
    </p>
    <div class="markdown">${renderMarkdown(body)}</div>
  </article>`;
}
