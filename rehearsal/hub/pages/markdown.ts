import { Marked, type Tokens } from 'marked';
import sanitize from 'sanitize-html';
import { escapeHtml, trusted, type Html } from './html.ts';

const alerts = ['note', 'tip', 'important', 'warning', 'caution'];

const marked = new Marked({
  gfm: true,
  async: false,
  renderer: {
    /** GitHub's alerts: a quotation that begins with `[!NOTE]`. */
    blockquote(token: Tokens.Blockquote) {
      const body = this.parser.parse(token.tokens);
      const match = /^<p>\[!(\w+)\]\s*(?:<br>)?\n?/.exec(body);
      const kind = match?.[1]?.toLowerCase() ?? '';
      if (match === null || !alerts.includes(kind)) return `<blockquote>${body}</blockquote>`;
      return `<blockquote class="alert-${kind}"><p><strong>${capitalised(kind)}</strong></p><p>${body.slice(match[0].length)}</blockquote>`;
    },
    /** A chart is drawn by the page, in a frame of its own. */
    code({ text, lang }: Tokens.Code) {
      const language = /^\w+/.exec(lang ?? '')?.[0] ?? '';
      const name = language === '' ? '' : ` class="language-${language}"`;
      return `<pre><code${name}>${escapeHtml(text)}</code></pre>`;
    },
  },
});

/** Markdown as GitHub shows it in summaries and issues: its dialect, its alerts, nothing that runs. */
export function renderMarkdown(markdown: string): Html {
  const rendered = marked.parse(markdown) as string;
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
      ],
      allowedAttributes: {
        a: ['href', 'title', 'rel'],
        img: ['src', 'alt', 'width', 'height', 'title'],
        code: ['class'],
        blockquote: ['class'],
        details: ['open'],
        input: ['type', 'checked', 'disabled'],
        td: ['align', 'colspan', 'rowspan'],
        th: ['align', 'scope', 'colspan', 'rowspan'],
      },
      allowedClasses: { code: ['language-*'], blockquote: ['alert-*'] },
      allowedSchemes: ['http', 'https', 'mailto'],
      allowedSchemesByTag: { img: ['http', 'https', 'data'] },
      transformTags: { a: sanitize.simpleTransform('a', { rel: 'noreferrer' }) },
      // Of all fields, a task list's box alone.
      exclusiveFilter: ({ tag, attribs }) => tag === 'input' && attribs.type !== 'checkbox',
    }),
  );
}

function capitalised(word: string): string {
  return `${word.slice(0, 1).toUpperCase()}${word.slice(1)}`;
}
