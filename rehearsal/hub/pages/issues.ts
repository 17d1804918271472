import type { Hub } from '../hub.ts';
import type { Issue } from '../model.ts';
import { html, type Html } from './html.ts';
import { page } from './layout.ts';
import { renderMarkdown } from './markdown.ts';
import { when } from './parts.ts';
import { nameOf } from './runs.ts';

/** The issues that pipelines opened, open ones first. */
export function issuesPage(hub: Hub): string {
  const issues = [...hub.issues.values()].sort(
    (a, b) => Number(a.state === 'closed') - Number(b.state === 'closed') || b.number - a.number,
  );
  return page({
    title: 'Issues',
    repository: nameOf(hub),
    current: 'issues',
    body: html`<h1>Issues</h1>
      <div data-live="issues">
        ${
          issues.length === 0
            ? html`<p class="card">None. Pipelines open one where they need a person.</p>`
            : html`<ul class="runs">
                ${issues.map(
                  (issue) =>
                    html`<li>
                      ${stateBadge(issue)}
                      <span class="what"
                        ><a href="/issues/${issue.number}">${issue.title}</a>
                        <small>#${issue.number} by ${issue.author} ${labels(issue)}</small></span
                      ><span class="time quiet">${when(issue.createdAt)}</span>
                    </li>`,
                )}
              </ul>`
        }
      </div>`,
  });
}

export function issuePage(hub: Hub, issue: Issue): string {
  return page({
    title: `${issue.title} #${issue.number}`,
    repository: nameOf(hub),
    current: 'issues',
    body: html`<p class="path"><a href="/issues">Issues</a></p>
      <div data-live="issue">
        <h1>${issue.title} <span class="number">#${issue.number}</span></h1>
        <p>${stateBadge(issue)} ${labels(issue)}</p>
        ${entry(issue.author, issue.createdAt, issue.body)}
        ${issue.comments.map(({ id, author, createdAt, body }) => html`<div class="comment-of" id="comment-${id}">${entry(author, createdAt, body)}</div>`)}
      </div>`,
  });
}

function entry(author: string, at: string, body: string): Html {
  return html`<article class="summary card">
    <p class="summary-of">${author}, ${when(at)}</p>
    <div class="markdown">${renderMarkdown(body)}</div>
  </article>`;
}

function stateBadge({ state, reason }: Issue): Html {
  return state === 'open'
    ? html`<span class="state in_progress"><span aria-hidden="true">●</span> open</span>`
    : html`<span class="state success"
        ><span aria-hidden="true">✓</span>
        closed${reason === undefined || reason === 'completed' ? '' : `, ${reason.replace('_', ' ')}`}</span
      >`;
}

function labels(issue: Issue): Html {
  return html`${issue.labels.map((label) => html`<span class="label-name">${label}</span> `)}`;
}
