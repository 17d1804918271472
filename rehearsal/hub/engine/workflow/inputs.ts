import type { Json, Scope } from '../expressions/evaluate.ts';
import { evaluateTemplate } from '../expressions/template.ts';
import type { InputDefinition, Inputs } from './model.ts';

/**
 * Types the given inputs as their workflow declares them, with its defaults.
 * @throws Error with every mistake at once: unknown inputs, missing ones, values of another type
 */
export function resolveInputs(
  definitions: readonly InputDefinition[],
  given: Readonly<Record<string, Json>>,
  scope: Scope,
): Inputs {
  const problems: string[] = [];
  const names = new Map(definitions.map((definition) => [definition.name.toLowerCase(), definition]));
  for (const name of Object.keys(given)) {
    if (!names.has(name.toLowerCase())) {
      const known = definitions.map((definition) => definition.name).join(', ');
      problems.push(`Input ${name} is not defined; the workflow takes ${known === '' ? 'none' : known}.`);
    }
  }
  const byName = new Map(Object.entries(given).map(([name, value]) => [name.toLowerCase(), value]));
  const inputs: Record<string, Json> = {};
  for (const definition of definitions) {
    const value = byName.get(definition.name.toLowerCase());
    const fallback =
      definition.default === undefined
        ? emptyOf(definition)
        : typed(definition, evaluateTemplate(definition.default, scope));
    if (value === undefined || value === null || (value === '' && definition.type !== 'string')) {
      if (definition.required && definition.default === undefined) {
        problems.push(`Input ${definition.name} is required, but not provided.`);
      }
      inputs[definition.name] = fallback ?? '';
      continue;
    }
    const typedValue = typed(definition, value);
    if (typedValue === undefined) {
      problems.push(
        `Input ${definition.name} is ${JSON.stringify(value)}; ${expected(definition)} is expected.`,
      );
    } else inputs[definition.name] = typedValue;
  }
  if (problems.length > 0) throw new Error(problems.join('\n'));
  return inputs;
}

/**
 * Why a workflow cannot be started by hand with these inputs, in GitHub's words: the first mistake alone.
 * Source: answers of `POST …/dispatches` that people quote in issues.
 */
export function dispatchProblem(
  definitions: readonly InputDefinition[],
  given: Readonly<Record<string, string>>,
): string | undefined {
  const find = (name: string): InputDefinition | undefined =>
    definitions.find((definition) => definition.name.toLowerCase() === name.toLowerCase());
  const unexpected = Object.keys(given).filter((name) => find(name) === undefined);
  if (unexpected.length > 0) return `Unexpected inputs provided: ${JSON.stringify(unexpected)}`;
  const values = new Map(Object.entries(given).map(([name, value]) => [name.toLowerCase(), value]));
  for (const definition of definitions) {
    const { name, type, required, options } = definition;
    const value = values.get(name.toLowerCase()) ?? '';
    if (value === '' && required && definition.default === undefined)
      return `Required input '${name}' not provided`;
    if (value !== '' && type === 'choice' && !options.includes(value)) {
      return `Provided value '${value}' for input '${name}' not in the list of allowed values`;
    }
  }
  return undefined;
}

function typed(definition: InputDefinition, value: Json): Json | undefined {
  switch (definition.type) {
    case 'boolean':
      if (typeof value === 'boolean') return value;
      return value === 'true' ? true : value === 'false' ? false : undefined;
    case 'number':
      if (typeof value === 'number') return value;
      return typeof value === 'string' && value.trim() !== '' && Number.isFinite(Number(value))
        ? Number(value)
        : undefined;
    case 'choice':
      return typeof value === 'string' && definition.options.includes(value) ? value : undefined;
    case 'string':
    case 'environment':
      return typeof value === 'object' ? undefined : String(value);
  }
}

function emptyOf(definition: InputDefinition): Json {
  switch (definition.type) {
    case 'boolean':
      return false;
    case 'number':
      return 0;
    case 'choice':
      return definition.options[0] ?? '';
    case 'string':
    case 'environment':
      return '';
  }
}

function expected(definition: InputDefinition): string {
  switch (definition.type) {
    case 'boolean':
      return 'true or false';
    case 'number':
      return 'a number';
    case 'choice':
      return `one of ${definition.options.join(', ')}`;
    case 'string':
    case 'environment':
      return 'text';
  }
}
