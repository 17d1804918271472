import { pendingDeployments } from '../environments/index.ts';
import type { Hub } from '../hub.ts';
import type { Deployment, Run } from '../model.ts';
import { html, type Html } from './html.ts';
import { badge, commitLink, stateOf } from './parts.ts';

/** Deployments to an environment, newest first. */
export function historyOf(hub: Hub, name: string): Deployment[] {
  return [...hub.deployments.values()]
    .filter(({ environment }) => environment === name)
    .sort((a, b) => b.id - a.id);
}

/** What is serving: the newest that succeeded and was not replaced. */
export function liveOf(history: readonly Deployment[]): Deployment | undefined {
  return history.find(({ statuses }) => statuses.at(-1)?.state === 'success');
}

/** What the actions write into a deployment's payload. */
export function payloadOf({ payload }: Deployment): { version?: string; digest?: string } {
  const { version, digest } = (payload ?? {}) as { version?: unknown; digest?: unknown };
  return {
    ...(typeof version === 'string' ? { version } : {}),
    ...(typeof digest === 'string' ? { digest } : {}),
  };
}

export function runOf(hub: Hub, deployment: Deployment): Run | undefined {
  const { logUrl } = deployment.statuses.findLast((status) => status.logUrl !== '') ?? { logUrl: '' };
  return hub.runs.get(Number(/\/runs\/(\d+)/.exec(logUrl)?.[1]));
}

/** Whose push it was. The token that records a deployment is the job's, not a person's. */
export function byOf(hub: Hub, deployment: Deployment): string {
  return runOf(hub, deployment)?.actor ?? deployment.creator;
}

export function runLink(hub: Hub, deployment: Deployment): Html {
  const run = runOf(hub, deployment);
  if (run === undefined) return html`–`;
  return html`<a href="/runs/${run.id}">${run.workflowName} #${run.number}</a> ${badge(stateOf(run))}`;
}

export function addressOf(url: string | undefined): Html {
  if (url === undefined || !/^https?:\/\//.test(url)) return html`–`;
  return html`<a href="${url}" rel="noreferrer">${url}</a>`;
}

/** The runs that wait to be let in. */
export function waitingAt(hub: Hub, name: string): Html {
  const waiting = [...hub.runs.values()].filter((run) =>
    pendingDeployments(hub, run).some(({ environment }) => environment.name === name),
  );
  return html`${waiting.map(
    (run) =>
      html`<p class="newest">
        ${badge('waiting')}
        <a href="/runs/${run.id}">${run.workflowName} #${run.number}</a> ${commitLink(run.sha)} is to be let
        in
      </p>`,
  )}`;
}

/** Where a deployment was reached when it succeeded. */
export function urlOf({ statuses }: Deployment): string | undefined {
  return statuses.findLast(({ state }) => state === 'success')?.environmentUrl;
}
