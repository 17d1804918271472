import { badness, instanceOn, stateOn, type AlertState, type CodeAlert } from '../code-scanning/index.ts';
import type { Hub } from '../hub.ts';
import { html, type Html } from './html.ts';
import { page } from './layout.ts';
import { renderMarkdown } from './markdown.ts';
import { commitLink, shortRef, when } from './parts.ts';
import { asWhom } from './people.ts';
import { nameOf } from './runs.ts';

/** A page is no place for more; the REST API has all. */
const mostShown = 200;

const order: Readonly<Record<AlertState, number>> = { open: 0, dismissed: 1, fixed: 2 };

/** The alerts of code scanning on a ref: open ones first, the worst first. */
export function securityPage(hub: Hub, asked: string | null): string {
  const { alerts, analyses } = hub.codeScanning;
  const refs = [...new Set(analyses.map(({ ref }) => ref))].sort();
  const standard = `refs/heads/${hub.repository.defaultBranch}`;
  const ref = asked ?? (refs.includes(standard) ? standard : (analyses.at(-1)?.ref ?? standard));
  const here = alerts
    .flatMap((alert) => {
      const state = stateOn(alert, ref);
      return state === undefined ? [] : [{ alert, state }];
    })
    .sort(
      (a, b) =>
        order[a.state] - order[b.state] ||
        badness(b.alert.rule) - badness(a.alert.rule) ||
        a.alert.number - b.alert.number,
    );
  return page({
    title: 'Security',
    repository: nameOf(hub),
    current: 'security',
    body: html`<h1>Security</h1>
      ${refs.length < 2 ? '' : refForm(refs, ref)}
      <div data-live="alerts">
        ${
          analyses.length === 0
            ? html`<p class="card">
                Nothing was scanned yet. Scanners hand their findings to code scanning, as SARIF files.
              </p>`
            : html`<p>
                  ${counts(here.map(({ state }) => state))} on <span class="ref">${shortRef(ref)}</span>
                </p>
                ${here.length === 0 ? '' : list(here.slice(0, mostShown), ref)}
                ${here.length > mostShown ? html`<p class="quiet">The first ${mostShown} of ${here.length}.</p>` : ''}`
        }
      </div>`,
  });
}

function refForm(refs: readonly string[], chosen: string): Html {
  return html`<form method="get" action="/security" class="ref-choice">
    <label
      >What was found on
      <select name="ref">
        ${refs.map((ref) => html`<option value="${ref}" ${ref === chosen ? html`selected` : ''}>${shortRef(ref)}</option>`)}
      </select></label
    >
    <button>Show</button>
  </form>`;
}

function counts(states: readonly AlertState[]): string {
  return (['open', 'dismissed', 'fixed'] as const)
    .map((state) => `${states.filter((one) => one === state).length} ${state}`)
    .join(', ');
}

function list(here: readonly { readonly alert: CodeAlert; readonly state: AlertState }[], ref: string): Html {
  return html`<ul class="runs alerts">
    ${here.map(
      ({ alert, state }) =>
        html`<li>
          ${severity(alert)}
          <span class="what"
            ><a href="/security/${alert.number}">${alert.rule.description}</a>
            <small>${alert.rule.id} · ${alert.tool}</small></span
          ><span class="where">${place(alert, ref)}</span><span class="time">${stateBadge(state)}</span>
        </li>`,
    )}
  </ul>`;
}

/** An alert: what it is about, where it was found, and what was decided. */
export function alertPage(hub: Hub, alert: CodeAlert): string {
  const { rule, number } = alert;
  return page({
    title: `${rule.id} #${number}`,
    repository: nameOf(hub),
    current: 'security',
    body: html`<p class="path"><a href="/security">Security</a></p>
      <h1>${rule.description} <span class="number">#${number}</span></h1>
      <p>${severity(alert)} <code>${rule.id}</code> · ${alert.tool} ${alert.toolVersion ?? ''}</p>
      <div class="scroll card" data-live="alert">
        <table class="files">
          <thead>
            <tr>
              <th scope="col">State</th>
              <th scope="col">On</th>
              <th scope="col">Where</th>
              <th scope="col">What</th>
              <th scope="col">Commit</th>
            </tr>
          </thead>
          <tbody>
            ${alert.instances.map(
              (instance) =>
                html`<tr>
                  <td>
                    ${stateBadge(instance.fixedAt === undefined ? (alert.dismissed === undefined ? 'open' : 'dismissed') : 'fixed')}
                  </td>
                  <td><span class="ref">${shortRef(instance.ref)}</span></td>
                  <td><code>${instance.location.path}:${instance.location.startLine}</code></td>
                  <td class="said">${instance.message}</td>
                  <td>${commitLink(instance.commitSha)}</td>
                </tr>`,
            )}
          </tbody>
        </table>
      </div>
      ${rule.help === '' ? '' : html`<article class="card markdown alert-help">${renderMarkdown(rule.help)}</article>`}
      ${decision(hub, alert)}`,
  });
}

const reasons = ['false positive', "won't fix", 'used in tests', 'mitigated'] as const;

function decision(hub: Hub, { number, dismissed }: CodeAlert): Html {
  if (dismissed !== undefined) {
    return html`<section class="card start" aria-label="Dismissed">
      <p>
        ${dismissed.by} dismissed it, ${when(dismissed.at)}: <strong>${dismissed.reason}</strong>.
        ${dismissed.comment ?? ''}
      </p>
      <form method="post" action="/security/${number}/open">
        ${asWhom(hub, { label: 'as', chosen: undefined })}
        <div class="actions"><button class="plain">Open it again</button></div>
      </form>
    </section>`;
  }
  return html`<section class="card start" aria-label="Dismiss the alert">
    <h2>Dismiss the alert</h2>
    <form method="post" action="/security/${number}/dismiss">
      <label
        >Reason
        <select name="reason">
          ${reasons.map((reason) => html`<option>${reason}</option>`)}
        </select></label
      >
      <label>Comment <input type="text" name="comment" autocomplete="off" maxlength="280" /></label>
      ${asWhom(hub, { label: 'as', chosen: undefined })}
      <div class="actions"><button>Dismiss</button></div>
    </form>
  </section>`;
}

export function dismissalReason(value: string | null): (typeof reasons)[number] | undefined {
  return reasons.find((reason) => reason === value);
}

function place(alert: CodeAlert, ref: string): Html {
  const found = instanceOn(alert, ref);
  return found === undefined ? html`` : html`<code>${found.location.path}:${found.location.startLine}</code>`;
}

/** Word and colour, never colour alone. */
function severity({ rule }: CodeAlert): Html {
  const word = rule.securitySeverity ?? rule.severity;
  const looks = {
    critical: 'failure',
    high: 'failure',
    error: 'failure',
    medium: 'waiting',
    warning: 'waiting',
    low: 'skipped',
    note: 'skipped',
    none: 'skipped',
  } as const;
  return html`<span class="state ${looks[word]}">${word}</span>`;
}

function stateBadge(state: AlertState): Html {
  const { look, sign } = {
    open: { look: 'in_progress', sign: '●' },
    dismissed: { look: 'cancelled', sign: '⊘' },
    fixed: { look: 'success', sign: '✓' },
  }[state];
  return html`<span class="state ${look}"><span aria-hidden="true">${sign}</span> ${state}</span>`;
}
