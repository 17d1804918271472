import { data } from '@actions/expressions';
import type { TemplateToken } from '@actions/workflow-parser/templates/tokens/template-token';
import {
  isBasicExpression,
  isBoolean,
  isMapping,
  isNumber,
  isScalar,
  isSequence,
  isString,
} from '@actions/workflow-parser/templates/tokens/type-guards';
import type { Json, Scope } from './evaluate.ts';
import { evaluateExpression, fromData, isTruthy, toData } from './evaluate.ts';

/** A piece of a workflow as GitHub's parser left it: literal values, and expressions still to be evaluated. */
export type Template = TemplateToken;

export { isMapping, isSequence };

/** The key `${{ insert }}`: its value's members go into the mapping around it (`TokenType.InsertExpression`). */
const insertExpression = 4;

/** Evaluates a template to JSON: every expression in it, keys of mappings as well. */
export function evaluateTemplate(template: Template, scope: Scope): Json {
  if (isSequence(template)) return [...template].map((item) => evaluateTemplate(item, scope));
  if (isMapping(template)) {
    const result: Record<string, Json> = {};
    for (const { key, value } of template) {
      if (key.templateTokenType === insertExpression) {
        Object.assign(result, evaluateTemplate(value, scope));
      } else {
        result[evaluateString(key, scope)] = evaluateTemplate(value, scope);
      }
    }
    return result;
  }
  return fromData(evaluateScalar(template, scope));
}

/** Evaluates a scalar template to the text that GitHub would hand over: `true`, `8080`, the empty string for null. */
export function evaluateString(template: Template, scope: Scope): string {
  return evaluateScalar(template, scope).coerceString();
}

/** Evaluates a mapping of scalars, such as `env`, `with` and `outputs`, each value to text. */
export function evaluateStrings(template: Template | undefined, scope: Scope): Record<string, string> {
  if (template === undefined) return {};
  if (isMapping(template)) {
    const result: Record<string, string> = {};
    for (const { key, value } of template) {
      if (key.templateTokenType === insertExpression) {
        Object.assign(result, evaluateStrings(value, scope));
      } else {
        result[evaluateString(key, scope)] = evaluateString(value, scope);
      }
    }
    return result;
  }
  // `env: ${{ fromJSON(…) }}`
  const value = evaluateTemplate(template, scope);
  if (value === null || typeof value !== 'object' || Array.isArray(value)) {
    throw new Error('A mapping was expected.');
  }
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => [key, toData(member).coerceString()]),
  );
}

export function evaluateBoolean(template: Template, scope: Scope): boolean {
  const value = evaluateScalar(template, scope);
  return value.kind === data.Kind.String ? value.coerceString() === 'true' : isTruthy(value);
}

export function evaluateNumber(template: Template, scope: Scope): number {
  return evaluateScalar(template, scope).number();
}

function evaluateScalar(template: Template, scope: Scope): data.ExpressionData {
  if (isString(template)) return new data.StringData(template.value);
  if (isBoolean(template)) return new data.BooleanData(template.value);
  if (isNumber(template)) return new data.NumberData(template.value);
  if (isBasicExpression(template)) {
    return located(template, () => evaluateExpression(template.expression, scope));
  }
  if (isScalar(template)) return new data.StringData('');
  throw new Error(`A ${template.typeName()} was found where a single value was expected.`);
}

/** Adds the line and column to an evaluation's error. */
function located<T>(template: Template, evaluate: () => T): T {
  try {
    return evaluate();
  } catch (error: unknown) {
    const message = error instanceof Error ? error.message : String(error);
    throw new Error(`(Line: ${template.line ?? 0}, Col: ${template.col ?? 0}): ${message}`, {
      cause: error,
    });
  }
}

/** Whether an expression stands anywhere in the template. */
export function hasExpression(template: Template): boolean {
  if (isSequence(template)) return [...template].some(hasExpression);
  if (isMapping(template)) return [...entriesOf(template)].some(([, value]) => hasExpression(value));
  return template.isExpression;
}

/** A mapping's entries, for mappings whose keys are literal by the schema. */
export function* entriesOf(template: Template | undefined): Generator<[string, Template]> {
  if (template === undefined || !isMapping(template)) return;
  for (const { key, value } of template) yield [key.toString(), value];
}

/** The member of a mapping, or `undefined` where there is none, or where the template is no mapping. */
export function member(template: Template | undefined, key: string): Template | undefined {
  return template !== undefined && isMapping(template) ? template.find(key) : undefined;
}

/** The text of a scalar that by the schema holds no expression. */
export function literal(template: Template | undefined): string | undefined {
  return template !== undefined && isScalar(template) ? template.toString() : undefined;
}

/** A literal or a sequence of literals as a list. */
export function literals(template: Template | undefined): string[] {
  if (template === undefined) return [];
  const list = isSequence(template) ? [...template] : [template];
  return list.filter(isScalar).map((item) => item.toString());
}
