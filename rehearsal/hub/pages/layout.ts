import { html, type Html } from './html.ts';

export interface PageOptions {
  readonly title: string;
  /** `rehearsal/shop` */
  readonly repository: string;
  /** Where in the navigation the page is. */
  readonly current: 'matrix' | 'runs' | 'pulls' | 'security' | 'releases' | 'issues' | 'none';
  readonly body: Html;
  /** Beside those of every page. */
  readonly styles?: readonly string[];
  readonly scripts?: readonly string[];
}

export function page({ title, repository, current, body, styles = [], scripts = [] }: PageOptions): string {
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
      <link rel="stylesheet" href="/assets/forms.css" />
      ${styles.map((file) => html`<link rel="stylesheet" href="/assets/${file}" />`)}
      <script type="module" src="/assets/page.js"></script>
      ${scripts.map((file) => html`<script type="module" src="/assets/${file}"></script>`)}
    </head>
    <body>
      <a class="skip" href="#main">Skip to the content</a>
      <header>
        <a class="brand" href="/"
          ><img src="/assets/icon.svg" alt="" width="26" height="26" /> Sluice rehearsal</a
        >
        <nav aria-label="Pages">
          ${link('/', 'matrix', 'What runs where')} ${link('/runs', 'runs', 'Runs')}
          ${link('/pulls', 'pulls', 'Pull requests')} ${link('/security', 'security', 'Security')}
          ${link('/releases', 'releases', 'Releases')} ${link('/issues', 'issues', 'Issues')}
        </nav>
        <span class="repository">${repository}</span>
        <span class="connection" role="status" data-connection></span>
      </header>
      <main id="main" tabindex="-1">${body}</main>
      <footer>A local GitHub and a local AWS on this machine. Nothing here reaches the real ones.</footer>
    </body>
  </html>`.toString()}`;
}

/** For an address where nothing is, and for what could not be done. */
export function messagePage(repository: string, title: string, message: string, back?: string): string {
  return page({
    title,
    repository,
    current: 'none',
    body: html`<h1>${title}</h1>
      <p class="message">${message}</p>
      <p>
        ${back === undefined ? '' : html`<a href="${back}">Back</a> · `}<a href="/">What runs where</a> ·
        <a href="/runs">All runs</a>
      </p>`,
  });
}
