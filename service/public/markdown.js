/**
 * The little Markdown that an answer may have: paragraphs, lists, **strong**, *emphasis*, `code` and links. It becomes
 * elements and text nodes, never HTML, so that nothing in an answer can be a script.
 *
 * @typedef {{ kind: 'text' | 'strong' | 'em' | 'code', text: string } | { kind: 'link', text: string, href: string }} Inline
 * @typedef {{ kind: 'p', inlines: Inline[] } | { kind: 'ul' | 'ol', items: Inline[][] }} Block
 */

const bullet = /^\s*[-*•]\s+/;
const number = /^\s*\d{1,3}[.)]\s+/;
const inline = new RegExp(
  [
    /\[(?<label>[^\]\n]+)\]\((?<target>[^)\s]+)\)/,
    /(?<url>https?:\/\/[^\s<>()]+[^\s<>().,;:!?'"])/,
    /(?<email>\b[\w.+-]+@[\w-]+(?:\.[\w-]+)+\b)/,
    /(?<host>\b(?:[a-z0-9-]+\.)+(?:ng|com|org)\b(?:\/[\w./-]*\w)?)/,
    /\*\*(?<strong>[^*\n]+)\*\*/,
    /\*(?<em>[^*\s][^*\n]*)\*/,
    /`(?<code>[^`\n]+)`/,
  ]
    .map(({ source }) => source)
    .join('|'),
  'g',
);

/**
 * @param {string} text
 * @returns {Block[]}
 */
export function parse(text) {
  return text
    .split(/\n{2,}/)
    .filter((block) => block.trim() !== '')
    .flatMap((block) => parseBlock(block.split('\n').filter((line) => line.trim() !== '')));
}

/** @param {string[]} lines */
function parseBlock(lines) {
  /** @type {Block[]} */
  const blocks = [];
  for (const line of lines) {
    const kind = bullet.test(line) ? 'ul' : number.test(line) ? 'ol' : 'p';
    const last = blocks.at(-1);
    const inlines = parseInline(
      line.replace(kind === 'ul' ? bullet : kind === 'ol' ? number : /^\s*#{1,6}\s+/, ''),
    );
    if (kind === 'p') {
      if (last?.kind === 'p') last.inlines.push({ kind: 'text', text: ' ' }, ...inlines);
      else blocks.push({ kind, inlines });
    } else if (last?.kind === kind) last.items.push(inlines);
    else blocks.push({ kind, items: [inlines] });
  }
  return blocks;
}

/**
 * @param {string} text
 * @returns {Inline[]}
 */
function parseInline(text) {
  /** @type {Inline[]} */
  const found = [];
  let end = 0;
  for (const match of text.matchAll(inline)) {
    const one = inlineOf(match.groups ?? {});
    if (one === undefined) continue;
    if (match.index > end) found.push({ kind: 'text', text: text.slice(end, match.index) });
    found.push(one);
    end = match.index + match[0].length;
  }
  if (end < text.length) found.push({ kind: 'text', text: text.slice(end) });
  return found;
}

/** @returns {Inline | undefined} */
function inlineOf({ label, target, url, email, host, strong, em, code }) {
  if (label !== undefined) return isSafe(target) ? { kind: 'link', text: label, href: target } : undefined;
  if (url !== undefined) return { kind: 'link', text: url, href: url };
  if (email !== undefined) return { kind: 'link', text: email, href: `mailto:${email}` };
  if (host !== undefined) return { kind: 'link', text: host, href: `https://${host}` };
  if (strong !== undefined) return { kind: 'strong', text: strong };
  if (em !== undefined) return { kind: 'em', text: em };
  return { kind: 'code', text: code };
}

/** Only what opens a page or a letter. */
export function isSafe(href) {
  return /^(https?:\/\/|mailto:)/i.test(href);
}

/**
 * @param {string} text
 * @returns {HTMLElement[]}
 */
export function render(text) {
  return parse(text).map((block) => {
    const element = document.createElement(block.kind);
    if (block.kind === 'p') element.append(...block.inlines.map(renderInline));
    else
      for (const item of block.items) {
        const entry = document.createElement('li');
        entry.append(...item.map(renderInline));
        element.append(entry);
      }
    return element;
  });
}

/** @param {Inline} one */
function renderInline(one) {
  if (one.kind === 'text') return document.createTextNode(one.text);
  if (one.kind === 'link') return linkTo(one.href, one.text);
  const element = document.createElement(one.kind);
  element.textContent = one.text;
  return element;
}

/** A link to elsewhere; where it would be unsafe, its text alone. */
export function linkTo(href, text) {
  if (!isSafe(href)) return document.createTextNode(text);
  const link = document.createElement('a');
  link.href = href;
  link.rel = 'noopener noreferrer';
  if (!href.startsWith('mailto:')) link.target = '_blank';
  link.textContent = text;
  return link;
}
