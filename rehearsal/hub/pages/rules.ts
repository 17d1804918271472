import type { Environment, RefRule } from '../model.ts';
import { html, type Html } from './html.ts';

/** What an environment asks for before it lets a job in. */
export function rulesOf({ protection }: Environment): Html {
  const { reviewers, preventSelfReview, waitMinutes, refs } = protection;
  return html`<section aria-labelledby="rules">
    <h2 id="rules">Who and what is let in</h2>
    <dl class="rules card">
      <dt>Reviewers</dt>
      <dd>
        ${
          reviewers.length === 0
            ? 'nobody has to approve'
            : html`one of
              ${reviewers.join(', ')}${preventSelfReview ? ', but not the one who started the run' : ''}`
        }
      </dd>
      <dt>Wait timer</dt>
      <dd>${waitMinutes === 0 ? 'none' : `${waitMinutes} min`}</dd>
      <dt>Branches and tags</dt>
      <dd>${refsOf(refs)}</dd>
    </dl>
  </section>`;
}

function refsOf(rule: RefRule): Html {
  switch (rule.kind) {
    case 'any':
      return html`any`;
    case 'protected':
      return html`protected branches`;
    case 'selected':
      return rule.patterns.length === 0
        ? html`none`
        : html`${rule.patterns.map(({ type, name }) => html`${type} <code>${name}</code> `)}`;
  }
}
