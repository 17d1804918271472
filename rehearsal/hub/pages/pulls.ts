import type { FileChange } from '../git/changes.ts';
import type { Hub } from '../hub.ts';
import type { PullRequest } from '../model.ts';
import { html, type Html } from './html.ts';
import { page } from './layout.ts';
import { renderMarkdown } from './markdown.ts';
import { commitLink, when } from './parts.ts';
import { asWhom } from './people.ts';
import { nameOf, newestFirst, runsTable } from './runs.ts';

/**
 * Pull requests, open ones first, and a form for the next one.
 * @param branches short names
 */
export function pullsPage(hub: Hub, branches: readonly string[]): string {
  const pulls = [...hub.pullRequests.values()].sort(
    (a, b) => Number(a.state === 'closed') - Number(b.state === 'closed') || b.number - a.number,
  );
  return page({
    title: 'Pull requests',
    repository: nameOf(hub),
    current: 'pulls',
    body: html`<h1>Pull requests</h1>
      <div data-live="pulls">
        ${
          pulls.length === 0
            ? html`<p class="card">None yet. Push a branch, and open one below.</p>`
            : html`<ul class="runs">
                ${pulls.map(line)}
              </ul>`
        }
      </div>
      ${openForm(hub, branches)}`,
  });
}

function line(pull: PullRequest): Html {
  return html`<li>
    ${stateBadge(pull)}
    <span class="what"
      ><a href="/pulls/${pull.number}">${pull.title}</a>
      <small>#${pull.number} by ${pull.author}</small></span
    ><span class="where">${branches(pull)}</span><span class="time quiet">${when(pull.createdAt)}</span>
  </li>`;
}

function openForm(hub: Hub, names: readonly string[]): Html {
  const { defaultBranch } = hub.repository;
  const others = names.filter((name) => name !== defaultBranch);
  const options = (all: readonly string[], chosen: string | undefined): Html[] =>
    all.map((name) => html`<option ${name === chosen ? html`selected` : ''}>${name}</option>`);
  if (others.length === 0) return html``;
  return html`<section class="card start" aria-label="Open a pull request">
    <h2>Open a pull request</h2>
    <form method="post" action="/pulls">
      <label
        >Merge
        <select name="head" required>
          ${options(others, others.at(-1))}
        </select></label
      >
      <label
        >into
        <select name="base" required>
          ${options(names, defaultBranch)}
        </select></label
      >
      <label>Title <input type="text" name="title" required maxlength="256" autocomplete="off" /></label>
      <label>Description <textarea name="body" rows="4"></textarea></label>
      ${asWhom(hub, { label: 'Open as', chosen: undefined })}
      <div class="actions"><button class="go">Open pull request</button></div>
    </form>
  </section>`;
}

/** One: what it proposes, what was said, what ran. */
export function pullPage(hub: Hub, pull: PullRequest, changes: readonly FileChange[]): string {
  const runs = newestFirst(hub).filter((run) => run.pullRequest?.number === pull.number);
  return page({
    title: `${pull.title} #${pull.number}`,
    repository: nameOf(hub),
    current: 'pulls',
    body: html`<p class="path"><a href="/pulls">Pull requests</a></p>
      <div data-live="pull-head">
        <div class="run-head">
          <h1>${pull.title} <span class="number">#${pull.number}</span></h1>
          ${buttons(hub, pull)}
        </div>
        <p>${stateBadge(pull)} ${branches(pull)} ${commitLink(pull.headSha)}</p>
        ${mergeWords(pull)}
      </div>
      <div data-live="pull-comments">
        ${entry(pull.author, pull.createdAt, pull.body === '' ? '_No description._' : pull.body)}
        ${pull.comments.map(
          ({ id, author, createdAt, updatedAt, body }) =>
            html`<div class="comment-of" id="comment-${id}">
              ${entry(author, createdAt, body, updatedAt)}
            </div>`,
        )}
      </div>
      <section aria-labelledby="pull-runs">
        <h2 id="pull-runs">Runs</h2>
        <div data-live="pull-runs">
          ${runs.length === 0 ? html`<p class="card">No workflow ran for it.</p>` : runsTable(runs)}
        </div>
      </section>
      <section aria-labelledby="pull-files">
        <h2 id="pull-files">Files</h2>
        <div data-live="pull-files">${fileTable(changes)}</div>
      </section>`,
  });
}

function buttons(hub: Hub, pull: PullRequest): Html {
  if (pull.merged !== undefined) return html``;
  const act = (what: string, label: string, look: string): Html =>
    html`<button formaction="/pulls/${pull.number}/${what}" class="${look}">${label}</button>`;
  return html`<form method="post" class="actions">
    ${hub.people.size > 1 ? asWhom(hub, { label: 'as', chosen: undefined }) : ''}
    ${
      pull.state === 'closed'
        ? act('reopen', 'Reopen', 'plain')
        : html`${pull.merge.kind === 'clean' ? act('merge', 'Merge', 'go') : ''}
          ${act('close', 'Close', 'plain')}`
    }
  </form>`;
}

function mergeWords(pull: PullRequest): Html {
  if (pull.merged !== undefined) {
    return html`<p>
      ${pull.merged.by} merged it, ${when(pull.merged.at)}, ${commitLink(pull.merged.commit)}
    </p>`;
  }
  if (pull.state === 'closed' || pull.merge.kind === 'clean') return html``;
  return html`<p class="problem" role="status">
    It conflicts with <code>${pull.baseRef}</code>, and no workflow runs for it until it does not:
    ${pull.merge.files.join(', ')}
  </p>`;
}

function entry(author: string, at: string, body: string, edited?: string): Html {
  return html`<article class="summary card">
    <p class="summary-of">
      ${author}, ${when(at)}${edited === undefined ? '' : html`, edited ${when(edited)}`}
    </p>
    <div class="markdown">${renderMarkdown(body)}</div>
  </article>`;
}

function fileTable(changes: readonly FileChange[]): Html {
  if (changes.length === 0) return html`<p class="card">It changes no file.</p>`;
  return html`<div class="scroll card">
    <table class="files">
      <thead>
        <tr>
          <th scope="col">File</th>
          <th scope="col">Change</th>
          <th scope="col">Lines</th>
        </tr>
      </thead>
      <tbody>
        ${changes.map(
          ({ file, status, earlier, additions, deletions }) =>
            html`<tr>
              <td><code>${file}</code></td>
              <td>${status}${earlier === undefined ? '' : html` from <code>${earlier}</code>`}</td>
              <td class="number">+${additions} −${deletions}</td>
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}

function branches({ headRef, baseRef }: PullRequest): Html {
  return html`<span class="ref">${headRef}</span> into <span class="ref">${baseRef}</span>`;
}

function stateBadge({ state, draft, merged }: PullRequest): Html {
  if (merged !== undefined) return badgeOf('success', '✓', 'merged');
  if (state === 'closed') return badgeOf('cancelled', '⊘', 'closed');
  return badgeOf('in_progress', '●', draft ? 'draft' : 'open');
}

function badgeOf(look: string, sign: string, word: string): Html {
  return html`<span class="state ${look}"><span aria-hidden="true">${sign}</span> ${word}</span>`;
}
