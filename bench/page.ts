import { cells, columns, type Measured } from './statistics.ts';

/** Where and when figures were made. */
export interface Circumstances {
  /** ISO 8601, the day. */
  readonly date: string;
  readonly node: string;
  readonly platform: string;
  readonly cores: number;
  readonly processor: string;
  /** Processes that wanted to run in the minute before, on average; 0 on a quiet machine. */
  readonly load: number;
  /** The commit at HEAD, shortened. */
  readonly commit: string;
}

/** A bench's figures as Markdown: the command, the circumstances, the table, the notes. Pure. */
export function section(name: string, { figures, notes }: Measured, at: Circumstances): string {
  const table = [[...columns], columns.map(() => '---'), ...figures.map(cells)];
  return [
    `\`npm run bench ${name}\`, ${at.date}, commit ${at.commit}, Node ${at.node}, ${at.platform}, ${at.cores} cores (${at.processor}), load before the start ${at.load.toFixed(1)}.`,
    table.map((row) => `| ${row.join(' | ')} |`).join('\n'),
    ...(notes.length === 0 ? [] : [notes.map((note) => `- ${note}`).join('\n')]),
  ].join('\n\n');
}

/**
 * The page with the section of one bench replaced; the rest stays, for it is written by hand. Pure.
 * @throws Error where the page has no place for it
 */
export function withSection(page: string, name: string, text: string): string {
  const begin = `<!-- begin ${name} -->`;
  const end = `<!-- end ${name} -->`;
  const from = page.indexOf(begin);
  const to = page.indexOf(end, from);
  if (from < 0 || to < 0) throw new Error(`The page has no place for "${name}": "${begin}" … "${end}".`);
  return `${page.slice(0, from + begin.length)}\n\n${text}\n\n${page.slice(to)}`;
}
