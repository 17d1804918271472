import { marked } from 'marked';
import sanitize from 'sanitize-html';
import { trusted, type Html } from './html.ts';

/** A job summary as GitHub shows it: GitHub's Markdown, sanitised; mermaid charts are drawn by the page. */
export function renderSummary(markdown: string): Html {
  const rendered = marked.parse(markdown, { gfm: true, async: false });
  return trusted(
    sanitize(rendered, {
      allowedTags: [
        ...sanitize.defaults.allowedTags,
        'details',
        'summary',
        'del',
        'ins',
        'img',
        'input',
        'sub',
        'sup',
        'picture',
        'source',
      ],
      allowedAttributes: {
        a: ['href', 'title'],
        img: ['src', 'alt', 'width', 'height', 'title'],
        code: ['class'],
        details: ['open'],
        input: ['type', 'checked', 'disabled'],
        td: ['align'],
        th: ['align', 'scope'],
      },
      allowedClasses: { code: ['language-*'] },
      allowedSchemes: ['http', 'https', 'mailto', 'data'],
    }),
  );
}
