import { readText, route, type Exchange, type Route } from '../http.ts';
import type { PullRequest } from '../model.ts';
import { PullRequestRefused } from '../pull-requests.ts';
import { redirect, sendPage } from './answer.ts';
import { messagePage } from './layout.ts';
import { pullPage, pullsPage } from './pulls.ts';
import type { PagesOptions } from './options.ts';
import { nameOf } from './runs.ts';

/** The pages of pull requests, and what their buttons do. */
export function pullRoutes(
  { hub, control, commits }: PagesOptions,
  missing: (exchange: Exchange) => void,
): readonly Route[] {
  const refuse = (exchange: Exchange, error: unknown, back: string): void => {
    if (!(error instanceof PullRequestRefused)) throw error;
    sendPage(exchange, messagePage(nameOf(hub), 'That could not be done', error.message, back), 422);
  };
  const act = (path: string, work: (pull: PullRequest, actor: string) => Promise<unknown>): Route =>
    route('POST', `/pulls/:number/${path}`, async (exchange, number = '') => {
      const pull = hub.pullRequests.get(Number(number));
      if (pull === undefined) return missing(exchange);
      const form = new URLSearchParams(await readText(exchange));
      const page = `/pulls/${pull.number}`;
      try {
        await work(pull, form.get('actor') ?? hub.repository.owner);
        redirect(exchange, page);
      } catch (error: unknown) {
        refuse(exchange, error, page);
      }
    });

  return [
    route('GET', '/pulls', async (exchange) => {
      const refs = (await commits.refs()).map(({ ref }) => ref);
      const branches = refs.filter((ref) => ref.startsWith('refs/heads/')).map((ref) => ref.slice(11));
      sendPage(exchange, pullsPage(hub, branches));
    }),
    route('GET', '/pulls/:number', async (exchange, number = '') => {
      const pull = hub.pullRequests.get(Number(number));
      if (pull === undefined) return missing(exchange);
      sendPage(exchange, pullPage(hub, pull, await commits.changes(pull.baseSha, pull.headSha)));
    }),
    route('POST', '/pulls', async (exchange) => {
      const form = new URLSearchParams(await readText(exchange));
      try {
        const pull = await control.openPullRequest({
          title: form.get('title')?.trim() ?? '',
          body: form.get('body')?.trim() ?? '',
          draft: false,
          head: form.get('head') ?? '',
          base: form.get('base') ?? '',
          actor: form.get('actor') ?? hub.repository.owner,
        });
        redirect(exchange, `/pulls/${pull.number}`);
      } catch (error: unknown) {
        refuse(exchange, error, '/pulls');
      }
    }),
    act('close', (pull, actor) => control.changePullRequest(pull, { state: 'closed', actor })),
    act('reopen', (pull, actor) => control.changePullRequest(pull, { state: 'open', actor })),
    act('merge', (pull, actor) => control.mergePullRequest(pull, { by: actor })),
  ];
}
