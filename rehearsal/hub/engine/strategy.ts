import type { Scope } from './expressions/evaluate.ts';
import {
  evaluateBoolean,
  evaluateNumber,
  evaluateString,
  evaluateTemplate,
  hasExpression,
  literal,
  member,
} from './expressions/template.ts';
import type { ConcurrencySetting } from './concurrency.ts';
import type { MatrixJob } from './matrix.ts';
import { expandMatrix } from './matrix.ts';
import type { JobDefinition } from './workflow/model.ts';
import type { Template } from './expressions/template.ts';

export interface Strategy {
  readonly combinations: readonly (MatrixJob | undefined)[];
  readonly failFast: boolean;
  readonly maxParallel: number;
}

/** A job's `strategy`, evaluated. Without a matrix there is one combination, which has no values. */
export function evaluateStrategy(template: Template | undefined, scope: Scope): Strategy {
  const matrix = member(template, 'matrix');
  const failFast = member(template, 'fail-fast');
  const maxParallel = member(template, 'max-parallel');
  const combinations = matrix === undefined ? [undefined] : expandMatrix(evaluateTemplate(matrix, scope));
  return {
    combinations,
    failFast: failFast === undefined ? true : evaluateBoolean(failFast, scope),
    maxParallel:
      maxParallel === undefined ? combinations.length : Math.max(1, evaluateNumber(maxParallel, scope)),
  };
}

/** GitHub's limit for the names of a matrix's jobs (`JobNameBuilder.cs` of actions/runner). */
const longestName = 100;

/** A job's name; that of a matrix's job shows its values, unless the workflow puts them there itself. */
export function jobName(definition: JobDefinition, job: MatrixJob | undefined, scope: Scope): string {
  const { name, id } = definition;
  const given = name === undefined ? '' : evaluateString(name, scope);
  const base = given === '' ? id : given;
  const saysItself = name !== undefined && hasExpression(name);
  if (job === undefined || job.label === '' || saysItself) return base;
  const whole = `${base} ${job.label}`;
  return whole.length > longestName ? `${whole.slice(0, longestName - 3)}...` : whole;
}

/** A `concurrency:` block, evaluated; `undefined` where there is none or its group is empty. */
export function evaluateConcurrency(
  template: Template | undefined,
  scope: Scope,
): ConcurrencySetting | undefined {
  if (template === undefined) return undefined;
  const group = member(template, 'group');
  const name = evaluateString(group ?? template, scope);
  const cancel = member(template, 'cancel-in-progress');
  if (name === '') return undefined;
  return {
    group: name,
    cancelInProgress: cancel === undefined ? false : evaluateBoolean(cancel, scope),
    queue: literal(member(template, 'queue')) === 'max' ? 'max' : 'single',
  };
}

/** A job's `environment`: its name, and whether GitHub is to record a deployment. */
export function evaluateEnvironment(
  template: Template | undefined,
  scope: Scope,
): { readonly name: string; readonly deployment: boolean } | undefined {
  if (template === undefined) return undefined;
  const name = evaluateString(member(template, 'name') ?? template, scope);
  if (name === '') return undefined;
  return { name, deployment: literal(member(template, 'deployment')) !== 'false' };
}
