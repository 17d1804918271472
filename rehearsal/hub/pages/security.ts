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

type StateShown = AlertState | 'all';

/** What a visitor asked to see; `null` where nothing was said. */
export interface AlertFilter {
  readonly ref: string | null;
  readonly state: string | null;
}

/** The alerts of code scanning on a ref: open ones unless others are asked for, the worst first. */
export function securityPage(hub: Hub, asked: AlertFilter): string {
  const { alerts, analyses } = hub.codeScanning;
  const refs = [...new Set(analyses.map(({ ref }) => ref))].sort();
  const standard = `refs/heads/${hub.repository.defaultBranch}`;
  const ref = asked.ref ?? (refs.includes(standard) ? standard : (analyses.at(-1)?.ref ?? standard));
  const shown = shownState(asked.state);
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
      <p class="quiet">What scanners handed to code scanning, as SARIF.</p>
      ${refs.length < 2 ? '' : refForm(refs, ref)}
      <div data-live="alerts">
        ${analyses.length === 0 ? html`<p class="card">Nothing was scanned yet.</p>` : found(here, { ref, shown })}
      </div>`,
  });
}

function shownState(asked: string | null): StateShown {
  return asked === 'dismissed' || asked === 'fixed' || asked === 'all' ? asked : 'open';
}

type Found = { readonly alert: CodeAlert; readonly state: AlertState };

function found(here: readonly Found[], { ref, shown }: { ref: string; shown: StateShown }): Html {
  const wanted = here.filter(({ state }) => shown === 'all' || state === shown);
  const open = here.filter(({ state }) => state === 'open').map(({ alert }) => alert);
  return html`<p>
      ${open.length === 0 ? 'Nothing is open' : html`${bySeverity(open)} open`} on
      <span class="ref">${shortRef(ref)}</span>.
    </p>
    <nav class="filter" aria-label="State">
      ${(['open', 'dismissed', 'fixed', 'all'] as const).map((state) => {
        const count = here.filter((one) => state === 'all' || one.state === state).length;
        const address = `/security?${new URLSearchParams({ ref, state }).toString()}`;
        return html`<a href="${address}" ${state === shown ? html`aria-current="true"` : ''}
          >${state} ${count}</a
        >`;
      })}
    </nav>
    ${wanted.length === 0 ? html`<p class="card">None here.</p>` : list(wanted.slice(0, mostShown), ref)}
    ${wanted.length > mostShown ? html`<p class="quiet">The first ${mostShown} of ${wanted.length}.</p>` : ''}`;
}

/** `1 critical, 2 high`, the worst first. */
function bySeverity(alerts: readonly CodeAlert[]): string {
  return [...Map.groupBy(alerts, (alert) => wordOf(alert))]
    .map(([word, ofIt]) => `${ofIt.length} ${word}`)
    .join(', ');
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

function list(here: readonly Found[], ref: string): Html {
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
      ${
        rule.help === ''
          ? ''
          : html`<section class="card alert-help" aria-label="What the scanner advises">
              <h2>What ${alert.tool} advises</h2>
              <div class="markdown">${renderMarkdown(rule.help)}</div>
            </section>`
      }
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
function severity(alert: CodeAlert): Html {
  const word = wordOf(alert);
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

function wordOf({
  rule,
}: CodeAlert): NonNullable<CodeAlert['rule']['securitySeverity']> | CodeAlert['rule']['severity'] {
  return rule.securitySeverity ?? rule.severity;
}

function stateBadge(state: AlertState): Html {
  const { look, sign } = {
    open: { look: 'in_progress', sign: '●' },
    dismissed: { look: 'cancelled', sign: '⊘' },
    fixed: { look: 'success', sign: '✓' },
  }[state];
  return html`<span class="state ${look}"><span aria-hidden="true">${sign}</span> ${state}</span>`;
}
