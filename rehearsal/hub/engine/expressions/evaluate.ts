import { data, Evaluator, Lexer, Parser } from '@actions/expressions';
import type { FunctionDefinition } from '@actions/expressions/funcs/info';

/** What expressions compute with: JSON. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

export type Contexts = Readonly<Partial<Record<ContextName, Json>>>;

const contextNames = [
  'github',
  'env',
  'vars',
  'job',
  'jobs',
  'steps',
  'runner',
  'secrets',
  'strategy',
  'matrix',
  'needs',
  'inputs',
] as const;
export type ContextName = (typeof contextNames)[number];

/** Where an expression is evaluated: the contexts it sees, and the functions beyond GitHub's built-in ones. */
export interface Scope {
  readonly contexts: Contexts;
  readonly functions?: readonly FunctionDefinition[];
}

/**
 * Evaluates one expression, without its `${{ }}`, with `@actions/expressions`. A context that is not there is null,
 * as on GitHub.
 * @throws Error with the evaluator's message and the expression
 */
export function evaluateExpression(expression: string, scope: Scope): data.ExpressionData {
  const functions = scope.functions ?? [];
  try {
    const tree = new Parser(new Lexer(expression).lex().tokens, [...contextNames], [...functions]).parse();
    const contexts = new data.Dictionary(
      ...contextNames.map((key) => ({ key, value: toData(scope.contexts[key] ?? null) })),
    );
    return new Evaluator(
      tree,
      contexts,
      new Map(functions.map((definition) => [definition.name.toLowerCase(), definition])),
    ).evaluate();
  } catch (error: unknown) {
    const message = error instanceof Error ? error.message : String(error);
    throw new Error(`The expression \${{ ${expression} }} could not be evaluated: ${message}`, {
      cause: error,
    });
  }
}

/** Whether a condition holds; `expression` already carries its status function. */
export function evaluateCondition(expression: string, scope: Scope): boolean {
  return isTruthy(evaluateExpression(expression, scope));
}

/** GitHub's truth: false, 0, NaN, '' and null are false; everything else is true. */
export function isTruthy(value: data.ExpressionData): boolean {
  switch (value.kind) {
    case data.Kind.Null:
      return false;
    case data.Kind.Boolean:
      return value.value;
    case data.Kind.Number:
      return value.number() !== 0 && !Number.isNaN(value.number());
    case data.Kind.String:
      return value.coerceString() !== '';
    default:
      return true;
  }
}

export function toData(value: Json): data.ExpressionData {
  if (value === null) return new data.Null();
  if (typeof value === 'string') return new data.StringData(value);
  if (typeof value === 'number') return new data.NumberData(value);
  if (typeof value === 'boolean') return new data.BooleanData(value);
  if (isArray(value)) return new data.Array(...value.map(toData));
  return new data.Dictionary(
    ...Object.entries(value).map(([key, member]) => ({ key, value: toData(member) })),
  );
}

/** A value as the text that GitHub makes of it where text is wanted. */
export function toText(value: Json): string {
  return toData(value).coerceString();
}

export function fromData(value: data.ExpressionData): Json {
  return JSON.parse(JSON.stringify(value, data.replacer)) as Json;
}

function isArray(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}
