import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';

interface Action {
  readonly name: string;
  readonly description: string;
  readonly inputs?: Readonly<Record<string, { description?: string; required?: boolean; default?: string }>>;
  readonly outputs?: Readonly<Record<string, { description?: string }>>;
}

const start = '<!-- action-reference:start -->';
const end = '<!-- action-reference:end -->';

/** The READMEs of all actions, with their tables of inputs and outputs. @throws where something is not described */
export function actionReferences(root: string): [string, string][] {
  return readdirSync(path.join(root, 'actions'), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }): [string, string] => {
      const action = parse(readFileSync(path.join(root, 'actions', name, 'action.yml'), 'utf8')) as Action;
      const file = path.join('actions', name, 'README.md');
      const before = existsSync(path.join(root, file))
        ? readFileSync(path.join(root, file), 'utf8')
        : `# ${name}\n\n${action.description}\n`;
      return [file.replaceAll('\\', '/'), withTables(before, tablesOf(name, action))];
    });
}

function withTables(readme: string, tables: string): string {
  const block = `${start}\n\n${tables}\n\n${end}`;
  const from = readme.indexOf(start);
  const to = readme.indexOf(end);
  if (from < 0 || to < from) return `${readme.trimEnd()}\n\n## Reference\n\n${block}\n`;
  return readme.slice(0, from) + block + readme.slice(to + end.length);
}

function tablesOf(name: string, action: Action): string {
  const inputs = Object.entries(action.inputs ?? {}).map(
    ([input, { description, required, default: fallback }]) => [
      `\`${input}\``,
      required === true
        ? '**required**'
        : fallback === undefined || fallback === ''
          ? '–'
          : `\`${fallback}\``,
      described(`the input "${input}" of ${name}`, description),
    ],
  );
  const outputs = Object.entries(action.outputs ?? {}).map(([output, { description }]) => [
    `\`${output}\``,
    described(`the output "${output}" of ${name}`, description),
  ]);
  return [
    ...(inputs.length === 0 ? [] : [table(['Input', 'Default', 'Meaning'], inputs)]),
    ...(outputs.length === 0 ? [] : [table(['Output', 'Meaning'], outputs)]),
  ].join('\n\n');
}

function described(what: string, description: string | undefined): string {
  if (description === undefined || description.trim() === '')
    throw new Error(`${what} has no description in its action.yml.`);
  return description.trim().replaceAll('|', '\\|').replaceAll(/\s+/g, ' ');
}

function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(header), line(header.map(() => '---')), ...rows.map(line)].join('\n');
}
