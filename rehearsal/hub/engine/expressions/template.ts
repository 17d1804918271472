import { data } from '@actions/expressions';
import type { BasicExpressionToken } from '@actions/workflow-parser/templates/tokens/basic-expression-token';
import type { BooleanToken } from '@actions/workflow-parser/templates/tokens/boolean-token';
import type { MappingToken } from '@actions/workflow-parser/templates/tokens/mapping-token';
import type { NumberToken } from '@actions/workflow-parser/templates/tokens/number-token';
import type { SequenceToken } from '@actions/workflow-parser/templates/tokens/sequence-token';
import type { StringToken } from '@actions/workflow-parser/templates/tokens/string-token';
import type { TemplateToken } from '@actions/workflow-parser/templates/tokens/template-token';
import type { Json, Scope } from './evaluate.ts';
import { evaluateExpression, fromData, isTruthy, toData } from './evaluate.ts';

/** A piece of a workflow as GitHub's parser left it: literal values, and expressions still to be evaluated. */
export type Template = TemplateToken;

/** The parser's numbers for the kinds of its tokens (`TokenType`, which is an enum and so cannot be imported as a type). */
const tokenType = {
  string: 0,
  sequence: 1,
  mapping: 2,
  basicExpression: 3,
  insertExpression: 4,
  boolean: 5,
  number: 6,
  null: 7,
} as const;

/** Evaluates a template to JSON: every expression in it, keys of mappings as well. */
export function evaluateTemplate(template: Template, scope: Scope): Json {
  if (isSequence(template)) return [...template].map((item) => evaluateTemplate(item, scope));
  if (isMapping(template)) {
    const result: Record<string, Json> = {};
    for (const { key, value } of template) {
      if (key.templateTokenType === tokenType.insertExpression) {
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
      if (key.templateTokenType === tokenType.insertExpression) {
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
    Object.entries(value).map(([key, member]) => [key, toData(member as Json).coerceString()]),
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
  switch (template.templateTokenType) {
    case tokenType.string:
      return new data.StringData((template as StringToken).value);
    case tokenType.boolean:
      return new data.BooleanData((template as BooleanToken).value);
    case tokenType.number:
      return new data.NumberData((template as NumberToken).value);
    case tokenType.null:
      return new data.StringData('');
    case tokenType.basicExpression:
      return located(template, () =>
        evaluateExpression((template as BasicExpressionToken).expression, scope),
      );
    default:
      throw new Error(`A ${template.typeName()} was found where a single value was expected.`);
  }
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

export function isMapping(template: Template): template is MappingToken {
  return template.templateTokenType === tokenType.mapping;
}

export function isSequence(template: Template): template is SequenceToken {
  return template.templateTokenType === tokenType.sequence;
}

export function isExpression(template: Template): boolean {
  return template.isExpression;
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
  if (template === undefined || isMapping(template) || isSequence(template)) return undefined;
  return template.templateTokenType === tokenType.null ? '' : template.toString();
}

/** A literal or a sequence of literals as a list. */
export function literals(template: Template | undefined): string[] {
  if (template === undefined) return [];
  if (isSequence(template)) return [...template].map((item) => item.toString());
  return [template.toString()];
}
