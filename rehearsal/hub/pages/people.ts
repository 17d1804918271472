import type { Hub } from '../hub.ts';
import { html, type Html } from './html.ts';

/** Everybody that the rehearsal has heard of; its owner where it has heard of nobody. */
export function peopleOf(hub: Hub): string[] {
  return hub.people.size === 0 ? [hub.repository.owner] : [...hub.people].sort();
}

/** As whom something is done: a rehearsal has no accounts. */
export function asWhom(
  hub: Hub,
  { label, chosen }: { readonly label: string; readonly chosen: string | undefined },
): Html {
  return html`<label class="as"
    >${label}
    <select name="actor">
      ${peopleOf(hub).map((login) => html`<option ${login === chosen ? html`selected` : ''}>${login}</option>`)}
    </select></label
  >`;
}
