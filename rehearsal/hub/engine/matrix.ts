import type { Json } from './expressions/evaluate.ts';
import { evaluateCondition, toText } from './expressions/evaluate.ts';

/** One job of a matrix: the value of each of its variables. */
export type Combination = Readonly<Record<string, Json>>;

export interface MatrixJob {
  readonly combination: Combination;
  /**
   * What GitHub appends to the job's name: `(20, ubuntu-latest)`. Values that an include added to a combination of
   * the lists are not in it. Empty where there is nothing to tell.
   */
  readonly label: string;
}

const mostJobs = 256;

/**
 * Expands a `strategy.matrix`: the product of the lists, without what `exclude` names, then extended by `include`. An
 * include joins every combination whose own values it does not overwrite, and where it joins none it is a
 * combination of its own. Source: docs.github.com, "Running variations of jobs in a workflow", and for labels and
 * comparisons `MatrixBuilder.cs` of actions/runner.
 * @throws Error for a matrix that is empty, too large, or not made of lists
 */
export function expandMatrix(matrix: Json): MatrixJob[] {
  if (!isRecord(matrix)) throw new Error('strategy.matrix must be a mapping of lists.');
  const { include, exclude, ...axes } = matrix;
  const combinations = product(axes);
  const excluded = records(exclude, 'exclude');
  for (const key of excluded.flatMap((entry) => Object.keys(entry))) {
    if (!(key in axes)) {
      throw new Error(`Matrix exclude key '${key}' does not match any key within the matrix.`);
    }
  }
  const kept = combinations
    .filter((combination) => !excluded.some((entry) => matches(entry, combination)))
    .map((own) => ({ own, combination: { ...own } }));

  const added: Combination[] = [];
  for (const entry of records(include, 'include')) {
    const onAxes = pick(entry, (key) => key in axes);
    const extra = pick(entry, (key) => !(key in axes));
    const joined = kept.filter(({ own }) => matches(onAxes, own));
    for (const { combination } of joined) Object.assign(combination, extra);
    if (joined.length === 0) added.push({ ...onAxes, ...extra });
  }
  const jobs = [
    ...kept.map(({ own, combination }) => ({ combination, label: labelOf(own) })),
    ...added.map((combination) => ({ combination, label: labelOf(combination) })),
  ];
  if (jobs.length === 0) throw new Error('The matrix has no combination left.');
  if (jobs.length > mostJobs) {
    throw new Error(`The matrix makes ${jobs.length} jobs; GitHub allows ${mostJobs}.`);
  }
  return jobs;
}

function product(axes: Readonly<Record<string, Json>>): Combination[] {
  let combinations: Combination[] = Object.keys(axes).length === 0 ? [] : [{}];
  for (const [axis, values] of Object.entries(axes)) {
    if (!isList(values)) throw new Error(`strategy.matrix.${axis} must be a list.`);
    combinations = combinations.flatMap((combination) =>
      values.map((value) => ({ ...combination, [axis]: value })),
    );
  }
  return combinations;
}

function labelOf(combination: Combination): string {
  const shown = Object.values(combination)
    .flatMap(leaves)
    .filter((text) => text !== '');
  return shown.length === 0 ? '' : `(${shown.join(', ')})`;
}

function leaves(value: Json): string[] {
  if (isList(value)) return value.flatMap(leaves);
  if (isRecord(value)) return Object.values(value).flatMap(leaves);
  return [toText(value)];
}

/** Whether each value that a filter names, however deep, is equal by the rules of expressions: `'20'` is `20`. */
function matches(filter: Json, value: Json | undefined): boolean {
  if (isList(filter)) {
    return filter.every((item, index) =>
      matches(item, value !== undefined && isList(value) ? value[index] : undefined),
    );
  }
  if (isRecord(filter)) {
    return Object.entries(filter).every(([key, item]) =>
      matches(item, value !== undefined && isRecord(value) ? value[key] : undefined),
    );
  }
  return evaluateCondition('inputs.filter == inputs.value', {
    contexts: { inputs: { filter, value: value ?? null } },
  });
}

function pick(entry: Combination, isPicked: (key: string) => boolean): Record<string, Json> {
  return Object.fromEntries(Object.entries(entry).filter(([key]) => isPicked(key)));
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
