import type { Hub } from '../hub.ts';
import type { StartableWorkflow, StartInput } from '../rest/index.ts';
import { html, type Html } from './html.ts';
import { page } from './layout.ts';
import { asWhom } from './people.ts';
import { nameOf } from './runs.ts';

export interface DispatchPage {
  readonly hub: Hub;
  /** Branches and tags, short. */
  readonly refs: readonly string[];
  readonly ref: string;
  readonly workflows: readonly StartableWorkflow[];
}

/** The workflows that a branch or tag has and that can be started by hand, each with its inputs. */
export function dispatchPage({ hub, refs, ref, workflows }: DispatchPage): string {
  return page({
    title: 'Start a workflow',
    repository: nameOf(hub),
    current: 'runs',
    body: html`<p class="path"><a href="/runs">Runs</a></p>
      <h1>Start a workflow</h1>
      <form method="get" action="/workflows" class="ref-choice">
        <label
          >Use the workflows of
          <select name="ref">
            ${refs.map((one) => html`<option ${one === ref ? html`selected` : ''}>${one}</option>`)}
          </select></label
        >
        <button>Show</button>
      </form>
      ${workflows.length === 0 ? html`<p class="card">${emptyWords(refs, ref)}</p>` : workflows.map((workflow) => section(hub, ref, workflow))}`,
  });
}

function emptyWords(refs: readonly string[], ref: string): Html {
  return refs.length === 0
    ? html`Nothing was pushed yet. <code>git push rehearsal HEAD:develop</code> brings the workflows.`
    : html`<code>${ref}</code> has no workflow with <code>on: workflow_dispatch</code>.`;
}

function section(hub: Hub, ref: string, { path, name, inputs }: StartableWorkflow): Html {
  const file = path.split('/').at(-1) ?? path;
  return html`<section class="card start" aria-label="${name}">
    <h2>${name}</h2>
    <p class="quiet"><code>${path}</code></p>
    <form method="post" action="/workflows/${encodeURIComponent(file)}/dispatch">
      <input type="hidden" name="ref" value="${ref}" />
      ${inputs.map((input) => field(hub, input))} ${asWhom(hub, { label: 'Start as', chosen: undefined })}
      <div class="actions"><button class="go">Run workflow</button></div>
    </form>
  </section>`;
}

function field(hub: Hub, input: StartInput): Html {
  const { name, description, required } = input;
  const said = description === '' ? html`<code>${name}</code>` : html`${description} <code>${name}</code>`;
  const words = html`<span>${said}${required ? html` <em>(required)</em>` : ''}</span>`;
  if (input.type === 'boolean') return html`<label class="check">${control(hub, input)} ${words}</label>`;
  return html`<label>${words} ${control(hub, input)}</label>`;
}

/** Named apart from the form's own fields. */
function control(hub: Hub, { name, type, required, options, default: given }: StartInput): Html {
  const field = `input.${name}`;
  const must = required ? html`required` : '';
  const choice = (values: readonly string[]): Html =>
    html`<select name="${field}" ${must}>
      ${values.map((value) => html`<option ${value === given ? html`selected` : ''}>${value}</option>`)}
    </select>`;
  switch (type) {
    case 'boolean':
      return html`<input type="checkbox" name="${field}" ${given === 'true' ? html`checked` : ''} />`;
    case 'choice':
      return choice(options);
    case 'environment':
      return choice([...hub.environments.keys()]);
    case 'number':
      return html`<input type="number" step="any" name="${field}" value="${given}" ${must} />`;
    case 'string':
      return html`<input type="text" name="${field}" value="${given}" autocomplete="off" ${must} />`;
  }
}

/** The inputs that a form was sent with. A box that is not checked is not sent. */
export function inputsOf(form: URLSearchParams, inputs: readonly StartInput[]): Record<string, string> {
  return Object.fromEntries(
    inputs.map(({ name, type }) => {
      const value = form.get(`input.${name}`);
      return [name, type === 'boolean' ? String(value !== null) : (value ?? '')];
    }),
  );
}
