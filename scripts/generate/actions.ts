import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';
import { markdownTable } from './table.ts';

/** The part of an action.yml that its README repeats. */
export interface Action {
  readonly description: string;
  readonly inputs?: Readonly<Record<string, ActionInput>>;
  readonly outputs?: Readonly<Record<string, { readonly description?: string }>>;
}

interface ActionInput {
  readonly description?: string;
  readonly required?: boolean;
  readonly default?: string | number | boolean;
}

const start = '<!-- action-reference:start -->';
const end = '<!-- action-reference:end -->';

/**
 * The READMEs of all actions, with their tables of inputs and outputs.
 *
 * @returns content by path, relative to the root
 * @throws Error that names every input and output that is not described
 */
export function actionReferences(root: string): [string, string][] {
  const actions = readdirSync(path.join(root, 'actions'), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => ({
      name,
      file: `actions/${name}/README.md`,
      action: parse(readFileSync(path.join(root, 'actions', name, 'action.yml'), 'utf8')) as Action,
    }));
  const bare = actions.flatMap(({ name, action }) =>
    undescribed(action).map((what) => `${what} in actions/${name}/action.yml`),
  );
  if (bare.length > 0) throw new Error(`Not described: ${bare.join(', ')}. Add a description to each.`);
  return actions.map(({ name, file, action }) => {
    const target = path.join(root, file);
    const before = existsSync(target) ? readFileSync(target, 'utf8') : `# ${name}\n\n${action.description}\n`;
    return [file, withReference(before, action)];
  });
}

/** A README with the tables between its markers, or at its end where it has none. All else is left as it is. */
export function withReference(readme: string, action: Action): string {
  const block = `${start}\n\n${reference(action)}\n\n${end}`;
  const from = readme.indexOf(start);
  const to = readme.indexOf(end);
  if (from < 0 || to < from) return `${readme.trimEnd()}\n\n## Reference\n\n${block}\n`;
  return readme.slice(0, from) + block + readme.slice(to + end.length);
}

/** The inputs and outputs that say nothing about themselves. */
export function undescribed({ inputs = {}, outputs = {} }: Action): string[] {
  // A key with nothing after it reads as null.
  const isBare = ([, part]: [string, { readonly description?: string } | null]): boolean =>
    (part?.description ?? '').trim() === '';
  return [
    ...Object.entries(inputs)
      .filter(isBare)
      .map(([name]) => `the input "${name}"`),
    ...Object.entries(outputs)
      .filter(isBare)
      .map(([name]) => `the output "${name}"`),
  ];
}

function reference({ inputs = {}, outputs = {} }: Action): string {
  const given = Object.entries(inputs).map(([name, input]) => [
    `\`${name}\``,
    standardOf(input),
    input.description ?? '',
  ]);
  const made = Object.entries(outputs).map(([name, { description = '' }]) => [`\`${name}\``, description]);
  return [
    given.length === 0 ? 'It has no inputs.' : markdownTable(['Input', 'Default', 'Meaning'], given),
    made.length === 0 ? 'It has no outputs.' : markdownTable(['Output', 'Meaning'], made),
  ].join('\n\n');
}

function standardOf({ required, default: standard }: ActionInput): string {
  if (required === true) return '**required**';
  return standard === undefined || standard === '' ? '–' : `\`${standard}\``;
}
