import { html, type Html } from './html.ts';

export interface PageOptions {
  readonly title: string;
  readonly repository: string;
  /** Where in the navigation the page is. */
  readonly current: 'matrix' | 'runs' | 'none';
  readonly body: Html;
  /** The module that keeps the page up to date. */
  readonly script?: string;
}

export function page({ title, repository, current, body, script }: PageOptions): string {
  const link = (href: string, name: typeof current, label: string): Html =>
    html`<a href="${href}" ${current === name ? html`aria-current="page"` : ''}>${label}</a>`;
  return `<!doctype html>${html`<html lang="en">
    <head>
      <meta charset="utf-8" />
      <meta name="viewport" content="width=device-width, initial-scale=1" />
      <meta name="color-scheme" content="light dark" />
      <title>${title} · Sluice rehearsal</title>
      <link rel="icon" href="/assets/icon.svg" />
      <link rel="stylesheet" href="/assets/hub.css" />
      ${script === undefined ? '' : html`<script type="module" src="/assets/${script}"></script>`}
    </head>
    <body>
      <a class="skip" href="#main">Skip to the content</a>
      <header>
        <span class="brand"
          ><img src="/assets/icon.svg" alt="" width="24" height="24" /> Sluice rehearsal</span
        >
        <nav aria-label="Pages">
          ${link('/', 'matrix', 'What runs where')}${link('/runs', 'runs', 'Runs')}
        </nav>
        <span class="repository">${repository}</span>
      </header>
      <main id="main">${body}</main>
      <footer>A local GitHub and a local AWS on this machine. Nothing here reaches the real ones.</footer>
    </body>
  </html>`.toString()}`;
}
