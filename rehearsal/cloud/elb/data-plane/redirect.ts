import type { Action } from '@aws-sdk/client-elastic-load-balancing-v2';
import type { RequestFacts } from './routing.ts';

/** Where a redirect action sends a client; `#{host}` and the like stand for what the request has. */
export function redirectOf(
  { RedirectConfig: config }: Action,
  { url, headers }: RequestFacts,
  listener: { readonly protocol: 'http' | 'https'; readonly port: number },
): { readonly status: 301 | 302; readonly location: string } {
  const asked = new URL(
    `${listener.protocol}://${String(headers.host ?? '127.0.0.1')}${url?.startsWith('/') === true ? url : '/'}`,
  );
  const known: Readonly<Record<string, string>> = {
    protocol: listener.protocol,
    host: asked.hostname,
    port: String(listener.port),
    path: asked.pathname.slice(1),
    query: asked.search.slice(1),
  };
  const fill = (text: string): string =>
    text.replaceAll(/#\{(\w+)\}/g, (all, key: string) => known[key] ?? all);
  const protocol = fill(config?.Protocol ?? '#{protocol}').toLowerCase();
  const host = fill(config?.Host ?? '#{host}');
  const port = fill(config?.Port ?? '#{port}');
  const path = fill(config?.Path ?? '/#{path}');
  const query = fill(config?.Query ?? '#{query}');
  return {
    status: config?.StatusCode === 'HTTP_301' ? 301 : 302,
    location: `${protocol}://${host}:${port}${path}${query === '' ? '' : `?${query}`}`,
  };
}
