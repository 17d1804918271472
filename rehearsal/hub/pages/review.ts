import { pendingDeployments, reviewProblem, type PendingDeployment } from '../environments/index.ts';
import type { Hub } from '../hub.ts';
import type { Review, Run } from '../model.ts';
import { html, type Html } from './html.ts';
import { badge, shortName, when } from './parts.ts';
import { asWhom, peopleOf } from './people.ts';

/** What a run waits for at its environments, with the form that lets it in. Empty where it waits for nothing. */
export function reviewSection(hub: Hub, run: Run): Html {
  const pending = pendingDeployments(hub, run);
  if (pending.length === 0) return html``;
  const toReview = pending.filter(({ needsReview }) => needsReview);
  return html`<section class="review card" aria-labelledby="review">
    <h2 id="review">${toReview.length > 0 ? 'Review deployments' : 'Waiting'}</h2>
    <ul class="gates">
      ${pending.map((one) => html`<li>${gate(one)}</li>`)}
    </ul>
    ${toReview.length > 0 ? form(hub, run, toReview) : ''}
  </section>`;
}

function gate({ environment, jobs, needsReview, waitsUntil }: PendingDeployment): Html {
  const { protection, name } = environment;
  const who = protection.reviewers.map(
    (login, index) => html`${index === 0 ? '' : ' or '}<strong>${login}</strong>`,
  );
  return html`${jobs.map((job) => html`<a href="#job-${job.id}">${shortName(job)}</a> `)} waits at
    <a href="/environments/${encodeURIComponent(name)}">${name}</a
    >${needsReview ? html` for a review by ${who}` : ''}${needsReview && waitsUntil !== undefined ? ' and' : ''}
    ${waitsUntil === undefined ? '' : html` for its timer, until ${when(waitsUntil)}`}`;
}

function form(hub: Hub, run: Run, pending: readonly PendingDeployment[]): Html {
  const mayReview = (login: string): boolean =>
    pending.every(({ environment }) => reviewProblem(environment, run, login) === undefined);
  const starter = run.triggeringActor ?? run.actor;
  const forbids = pending.some(({ environment }) => environment.protection.preventSelfReview);
  return html`<form method="post" action="/runs/${run.id}/review">
    <fieldset ${pending.length === 1 ? html`class="only"` : ''}>
      <legend>Environments</legend>
      ${pending.map(
        ({ environment }) =>
          html`<label
            ><input type="checkbox" name="environment" value="${environment.name}" checked />
            ${environment.name}</label
          >`,
      )}
    </fieldset>
    ${asWhom(hub, { label: 'Review as', chosen: peopleOf(hub).find(mayReview) })}
    <label class="comment">Comment <textarea name="comment" rows="2" maxlength="2000"></textarea></label>
    <div class="actions">
      <button name="state" value="approved" class="go">Approve and deploy</button>
      <button name="state" value="rejected" class="danger">Reject</button>
    </div>
    <p class="quiet">
      A rehearsal has no accounts: you choose as whom you act.
      ${forbids ? html`${starter} started this run, and may not approve it: self-review is prevented.` : ''}
    </p>
  </form>`;
}

/** What reviewers have said of a run. */
export function reviewHistory({ reviews = [] }: Run): Html {
  if (reviews.length === 0) return html``;
  return html`<section aria-labelledby="reviews">
    <h2 id="reviews">Reviews</h2>
    <ul class="reviews card">
      ${reviews.map((review) => html`<li>${said(review)}</li>`)}
    </ul>
  </section>`;
}

function said({ state, reviewer, environments, comment, at, attempt }: Review): Html {
  return html`${badge(state === 'approved' ? 'success' : 'failure')} <strong>${reviewer}</strong> ${state}
    ${environments.join(', ')}${attempt > 1 ? html` in attempt ${attempt}` : ''}
    <span class="quiet">${when(at)}</span> ${comment === '' ? '' : html`<q>${comment}</q>`}`;
}
