import type { Matrix } from './comparison.ts';

export function formatMarkdown({ environments, rows }: Matrix, first = 'Aspect'): string {
  const line = (cells: readonly string[]): string => `| ${cells.map(escaped).join(' | ')} |`;
  return [
    line([first, ...environments]),
    `| ${['', ...environments].map(() => '---').join(' | ')} |`,
    ...rows.map(({ aspect, cells }) => line([aspect, ...cells])),
  ].join('\n');
}

/** Text out of sluice.yml is text in Markdown too, whatever it looks like. */
function escaped(cell: string): string {
  // An underscore within a word is never emphasis.
  return cell.replaceAll(/[\\|*`<>[\]~]|(?<!\w)_|_(?!\w)|&(?=#?\w+;)/g, '\\$&').replaceAll(/\s+/g, ' ');
}

/** For a terminal of so many columns. Cells are wrapped and never cut: a matrix that hides something is none. */
export function formatTable({ environments, rows }: Matrix, columns: number): string {
  const table = [['', ...environments], ...rows.map(({ aspect, cells }) => [aspect, ...cells])];
  const first = Math.max(...table.map(([aspect = '']) => aspect.length));
  const room = Math.floor((columns - first) / environments.length) - gap.length;
  const longest = Math.max(...table.flatMap(([, ...cells]) => cells.map(({ length }) => length)));
  const width = Math.min(longest, Math.max(leastWidth, room));
  return table
    .flatMap(([aspect = '', ...cells]) => {
      const wrapped = cells.map((cell) => wrap(cell, width));
      const height = Math.max(...wrapped.map(({ length }) => length));
      return Array.from({ length: height }, (_, index) =>
        [
          (index === 0 ? aspect : '').padEnd(first),
          ...wrapped.map((lines) => (lines[index] ?? '').padEnd(width)),
        ]
          .join(gap)
          .trimEnd(),
      );
    })
    .join('\n');
}

const gap = '  ';
const leastWidth = 20;

/** Breaks at spaces where it can, and a word that is longer than a line where it must. */
function wrap(text: string, width: number): string[] {
  const lines: string[] = [''];
  for (const word of text.split(/\s+/)) {
    const last = lines.at(-1) ?? '';
    if (last !== '' && last.length + 1 + word.length <= width) {
      lines[lines.length - 1] = `${last} ${word}`;
      continue;
    }
    const pieces = word.match(new RegExp(`.{1,${width}}`, 'gu')) ?? [''];
    if (last === '') lines.pop();
    lines.push(...pieces);
  }
  return lines;
}
