import { isDeepStrictEqual } from 'node:util';
import type { Json } from './expressions/evaluate.ts';
import { toText } from './expressions/evaluate.ts';

/** One job of a matrix: the value of each of its variables. */
export type Combination = Readonly<Record<string, Json>>;

const mostJobs = 256;

/**
 * Expands a `strategy.matrix` (docs.github.com, "Running variations of jobs in a workflow"): the product of the
 * lists, without what `exclude` names, then extended by `include`. An include joins every combination whose own
 * values it does not overwrite, and where it joins none it is a combination of its own.
 * @throws Error for a matrix that is empty, too large, or not made of lists
 */
export function expandMatrix(matrix: Json): Combination[] {
  if (!isRecord(matrix)) throw new Error('strategy.matrix must be a mapping of lists.');
  const { include, exclude, ...axes } = matrix;
  let combinations: Record<string, Json>[] = [{}];
  for (const [axis, values] of Object.entries(axes)) {
    if (!isList(values)) throw new Error(`strategy.matrix.${axis} must be a list.`);
    combinations = combinations.flatMap((combination) =>
      values.map((value) => ({ ...combination, [axis]: value })),
    );
  }
  if (Object.keys(axes).length === 0) combinations = [];
  const excluded = records(exclude, 'exclude');
  combinations = combinations.filter(
    (combination) => !excluded.some((entry) => isPartOf(entry, combination)),
  );

  const originals = combinations.map((combination) => ({ ...combination }));
  const extended = combinations.map((combination) => ({ ...combination }));
  const added: Record<string, Json>[] = [];
  for (const entry of records(include, 'include')) {
    const joined = extended.filter((_, index) =>
      Object.entries(entry).every(([key, value]) => {
        const original = originals[index] ?? {};
        return !(key in original) || isDeepStrictEqual(original[key], value);
      }),
    );
    for (const combination of joined) Object.assign(combination, entry);
    if (joined.length === 0) added.push({ ...entry });
  }
  const result = [...extended, ...added];
  if (result.length === 0) throw new Error('The matrix has no combination left.');
  if (result.length > mostJobs) {
    throw new Error(`The matrix makes ${result.length} jobs; GitHub allows ${mostJobs}.`);
  }
  return result;
}

/** What GitHub appends to the job's name: `(20, ubuntu-latest)`. */
export function combinationLabel(combination: Combination): string {
  return `(${Object.values(combination).flatMap(leaves).join(', ')})`;
}

function leaves(value: Json): string[] {
  if (isList(value)) return value.flatMap(leaves);
  if (isRecord(value)) return Object.values(value).flatMap(leaves);
  return [toText(value)];
}

function isPartOf(entry: Combination, combination: Combination): boolean {
  return Object.entries(entry).every(([key, value]) => isDeepStrictEqual(combination[key], value));
}

function records(value: Json | undefined, name: string): Combination[] {
  if (value === undefined) return [];
  if (!isList(value) || !value.every(isRecord)) {
    throw new Error(`strategy.matrix.${name} must be a list of mappings.`);
  }
  return value;
}

function isList(value: Json): value is Json[] {
  return Array.isArray(value);
}

function isRecord(value: Json): value is Readonly<Record<string, Json>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
