import { appendFile, stat } from 'node:fs/promises';
import type { Runner } from './runner.ts';

/** GitHub refuses the whole summary of a step above this. */
export const summaryLimitBytes = 1024 * 1024;

/** Text of a user or a service, to stand in Markdown as it is. */
export function escapeMarkdown(text: string): string {
  return text.replace(/[\\`*_{}[\]<>#|~$]/g, (character) => `\\${character}`).replace(/\r?\n/g, ' ');
}

/** Text in a code span; it may hold backticks itself. */
export function codeSpan(text: string): string {
  const flat = text.replace(/\r?\n/g, ' ');
  const longest = Math.max(0, ...(flat.match(/`+/g) ?? []).map((run) => run.length));
  const fence = '`'.repeat(longest + 1);
  return longest > 0 ? `${fence} ${flat} ${fence}` : `${fence}${flat}${fence}`;
}

/** Builds a job summary in GitHub's Markdown. Arguments are Markdown, unless it is said that they are text. */
export class Summary {
  readonly #parts: string[] = [];

  /** `title` is text. */
  heading(level: 2 | 3 | 4, title: string): this {
    return this.raw(`${'#'.repeat(level)} ${escapeMarkdown(title)}`);
  }

  paragraph(markdown: string): this {
    return this.raw(markdown);
  }

  list(items: readonly string[]): this {
    return items.length === 0
      ? this
      : this.raw(items.map((item) => `- ${item.replace(/\r?\n/g, ' ')}`).join('\n'));
  }

  table(header: readonly string[], rows: readonly (readonly string[])[]): this {
    // Only a pipe can break a cell; a code span must be able to hold one too, and GitHub reads `\|` there as a pipe.
    const line = (cells: readonly string[]) =>
      `| ${header.map((_, index) => (cells[index] ?? '').replace(/\r?\n/g, '<br>').replace(/(?<!\\)\|/g, '\\|')).join(' | ')} |`;
    return this.raw([line(header), `|${header.map(() => ' --- |').join('')}`, ...rows.map(line)].join('\n'));
  }

  /** Folds Markdown under a label, which is text. */
  details(label: string, markdown: string | Summary, open = false): this {
    const escaped = label.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
    return this.raw(
      `<details${open ? ' open' : ''}><summary>${escaped}</summary>\n\n${String(markdown)}\n\n</details>`,
    );
  }

  /** Text in a fenced block. */
  code(content: string, language = ''): this {
    const longest = Math.max(2, ...(content.match(/`+/g) ?? []).map((run) => run.length));
    const fence = '`'.repeat(longest + 1);
    return this.raw(`${fence}${language}\n${content.replace(/\s+$/, '')}\n${fence}`);
  }

  mermaid(chart: string): this {
    return this.code(chart, 'mermaid');
  }

  /** Markdown as it is, as a paragraph of its own. */
  raw(markdown: string): this {
    if (markdown !== '') this.#parts.push(markdown);
    return this;
  }

  get isEmpty(): boolean {
    return this.#parts.length === 0;
  }

  toString(): string {
    return this.#parts.join('\n\n');
  }
}

/**
 * Adds to the summary of this step. What does not fit into GitHub's limit is cut at a line, and the cut is said.
 * Outside of a workflow it does nothing: the log has the same facts.
 */
export async function writeSummary(runner: Runner, summary: Summary): Promise<void> {
  const file = runner.environment['GITHUB_STEP_SUMMARY'];
  if (file === undefined || file === '' || summary.isEmpty) return;
  const before = await stat(file).then(
    (entry) => entry.size,
    () => 0,
  );
  await appendFile(file, fitSummary(`${summary.toString()}\n\n`, summaryLimitBytes - before));
}

/** The beginning of a summary that fits into `limit` bytes of UTF-8, cut at a line, with a word about the cut. */
export function fitSummary(markdown: string, limit: number): string {
  if (Buffer.byteLength(markdown) <= limit) return markdown;
  const word = '\n\n_The rest did not fit into the 1 MiB that GitHub allows; the log has all of it._\n';
  const room = limit - Buffer.byteLength(word) - 64;
  if (room <= 0) return '';
  const head = Buffer.from(markdown).subarray(0, room).toString();
  const kept = head.slice(0, Math.max(0, head.lastIndexOf('\n')));
  return kept + closeOpenBlocks(kept) + word;
}

/** What closes the fence and the `<details>` that a cut has left open; otherwise they would swallow the word. */
function closeOpenBlocks(markdown: string): string {
  let fence: string | undefined;
  let details = 0;
  for (const line of markdown.split('\n')) {
    const mark = /^(`{3,})/.exec(line)?.[1];
    if (fence !== undefined) {
      if (line.trim() === fence) fence = undefined;
    } else if (mark !== undefined) fence = mark;
    else details += (line.match(/<details/g) ?? []).length - (line.match(/<\/details>/g) ?? []).length;
  }
  return (fence === undefined ? '' : `\n${fence}`) + '\n</details>'.repeat(Math.min(3, Math.max(0, details)));
}
