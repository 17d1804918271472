import type { CodeAlert } from '../code-scanning/index.ts';
import { readText, route, type Exchange, type Route } from '../http.ts';
import { redirect, sendPage } from './answer.ts';
import { messagePage } from './layout.ts';
import type { PagesOptions } from './options.ts';
import { nameOf } from './runs.ts';
import { alertPage, dismissalReason, securityPage } from './security.ts';

/** The pages of code scanning's alerts, and what their buttons do. */
export function securityRoutes(
  { hub, now }: PagesOptions,
  missing: (exchange: Exchange) => void,
): readonly Route[] {
  const find = (number: string): CodeAlert | undefined =>
    hub.codeScanning.alerts.find((alert) => alert.number === Number(number));
  const changed = (exchange: Exchange, alert: CodeAlert): void => {
    alert.updatedAt = now().toISOString();
    hub.announce({ kind: 'record' });
    redirect(exchange, `/security/${alert.number}`);
  };

  return [
    route('GET', '/security', (exchange) => {
      const query = exchange.url.searchParams;
      sendPage(exchange, securityPage(hub, { ref: query.get('ref'), state: query.get('state') }));
    }),
    route('GET', '/security/:number', (exchange, number = '') => {
      const alert = find(number);
      if (alert === undefined) missing(exchange);
      else sendPage(exchange, alertPage(hub, alert));
    }),
    route('POST', '/security/:number/dismiss', async (exchange, number = '') => {
      const alert = find(number);
      if (alert === undefined) return missing(exchange);
      const form = new URLSearchParams(await readText(exchange));
      const reason = dismissalReason(form.get('reason'));
      if (reason === undefined) {
        const page = messagePage(
          nameOf(hub),
          'That could not be done',
          'Say why it is dismissed.',
          `/security/${alert.number}`,
        );
        return sendPage(exchange, page, 422);
      }
      alert.dismissed = {
        by: form.get('actor') ?? hub.repository.owner,
        at: now().toISOString(),
        reason,
        comment: form.get('comment')?.trim() ?? null,
      };
      changed(exchange, alert);
    }),
    route('POST', '/security/:number/open', (exchange, number = '') => {
      const alert = find(number);
      if (alert === undefined) return missing(exchange);
      delete alert.dismissed;
      changed(exchange, alert);
    }),
  ];
}
