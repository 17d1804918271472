import { reviewDeployments, ReviewRefused } from '../environments/index.ts';
import { readText, route, type Exchange, type Route } from '../http.ts';
import type { Run } from '../model.ts';
import { inputsOf } from './dispatch.ts';
import { messagePage } from './layout.ts';
import { redirect, sendPage } from './answer.ts';
import type { PagesOptions } from './options.ts';
import { nameOf } from './runs.ts';

/** What the pages' buttons do. That they come from our own pages is checked before, by their origin. */
export function formRoutes({ hub, control, now }: PagesOptions): readonly Route[] {
  const refuse = (exchange: Exchange, status: number, error: unknown, back: string): void => {
    const reason = error instanceof Error ? error.message : String(error);
    sendPage(exchange, messagePage(nameOf(hub), 'That could not be done', reason, back), status);
  };
  /** Does something with a run, and shows it. */
  const withRun = (path: string, work: (run: Run, form: URLSearchParams) => void | Promise<void>): Route =>
    route('POST', `/runs/:id/${path}`, async (exchange, id = '') => {
      const run = hub.runs.get(Number(id));
      if (run === undefined) return refuse(exchange, 404, `There is no run ${id}.`, '/runs');
      const form = new URLSearchParams(await readText(exchange));
      try {
        await work(run, form);
      } catch (error: unknown) {
        return refuse(exchange, error instanceof ReviewRefused ? 422 : 409, error, `/runs/${run.id}`);
      }
      redirect(exchange, `/runs/${run.id}`);
    });
  const again = (form: URLSearchParams, failedOnly: boolean) => {
    const actor = form.get('actor');
    return { failedOnly, ...(actor === null ? {} : { actor }) };
  };

  return [
    withRun('cancel', (run) => void control.cancel(run.id)),
    withRun('force-cancel', (run) => void control.forceCancel(run.id)),
    withRun('rerun', (run, form) => control.rerun(run.id, again(form, false))),
    withRun('rerun-failed', (run, form) => control.rerun(run.id, again(form, true))),
    withRun('review', (run, form) => {
      const state = form.get('state');
      if (state !== 'approved' && state !== 'rejected') throw new ReviewRefused('Approve, or reject.');
      reviewDeployments(hub, {
        runId: run.id,
        environments: form.getAll('environment'),
        state,
        comment: form.get('comment')?.trim() ?? '',
        reviewer: form.get('actor') ?? '',
        at: now().toISOString(),
      });
    }),
    route('POST', '/workflows/:file/dispatch', async (exchange, file = '') => {
      const form = new URLSearchParams(await readText(exchange));
      const ref = form.get('ref') ?? hub.repository.defaultBranch;
      try {
        const workflow = (await control.startable(ref)).find(({ path }) => path.endsWith(`/${file}`));
        if (workflow === undefined)
          throw new Error(`${ref} has no workflow ${file} that can be started by hand.`);
        const run = await control.dispatch({
          workflow: workflow.path,
          ref,
          inputs: inputsOf(form, workflow.inputs),
          actor: form.get('actor') ?? hub.repository.owner,
        });
        redirect(exchange, `/runs/${run.id}`);
      } catch (error: unknown) {
        refuse(exchange, 422, error, `/workflows?ref=${encodeURIComponent(ref)}`);
      }
    }),
  ];
}
