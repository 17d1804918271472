import { invalidValue } from './requests.ts';

/** A time series by the beginnings of its periods (milliseconds since the epoch), or one number for all of them. */
export type Operand = ReadonlyMap<number, number> | number;

/** What an expression can refer to, by id; `undefined` where there is nothing of this id. */
export type Lookup = (id: string) => Operand | undefined;

type Operator = '+' | '-' | '*' | '/';

/**
 * Metric math, as far as the rehearsal has it: ids, numbers, `+ - * /`, brackets and `FILL(id, number)`. Two series
 * give a datapoint where both have one.
 *
 * @throws InvalidParameterValueException for everything else, by its name
 */
export function calculate(expression: string, lookup: Lookup, periods: readonly number[]): Operand {
  const tokens = tokensOf(expression);
  let position = 0;
  const peek = (): string | undefined => tokens[position];
  const take = (): string | undefined => tokens[position++];
  const expect = (wanted: string): void => {
    const found = take();
    if (found !== wanted)
      throw unreadable(expression, `"${wanted}" is missing before "${found ?? 'its end'}"`);
  };

  const sum = (): Operand => chain(product, ['+', '-']);
  const product = (): Operand => chain(factor, ['*', '/']);
  const chain = (operand: () => Operand, operators: readonly Operator[]): Operand => {
    let left = operand();
    for (;;) {
      const operator = operators.find((each) => each === peek());
      if (operator === undefined) return left;
      take();
      left = combine(left, operand(), operator);
    }
  };
  const factor = (): Operand => {
    const token = take();
    if (token === undefined) throw unreadable(expression, 'something is missing at its end');
    if (token === '-') return combine(0, factor(), '-');
    if (token === '(') {
      const inner = sum();
      expect(')');
      return inner;
    }
    if (/^[\d.]/.test(token)) return Number(token);
    if (peek() === '(') {
      if (token.toUpperCase() !== 'FILL')
        throw unreadable(expression, `the rehearsal has no function ${token}`);
      take();
      const filled = sum();
      expect(',');
      const filling = sum();
      expect(')');
      if (typeof filled === 'number' || typeof filling !== 'number') {
        throw unreadable(expression, 'the rehearsal fills a series with a number');
      }
      return new Map(periods.map((at) => [at, filled.get(at) ?? filling]));
    }
    const found = lookup(token);
    if (found === undefined) throw unreadable(expression, `there is no query with the id ${token}`);
    return found;
  };

  const result = sum();
  const rest = peek();
  if (rest !== undefined) throw unreadable(expression, `"${rest}" is not expected`);
  return result;
}

function tokensOf(expression: string): readonly string[] {
  const tokens = expression.match(/[A-Za-z][A-Za-z0-9_]*|\d+(?:\.\d+)?|\.\d+|[-+*/(),]|\S/g) ?? [];
  const unknown = tokens.find((token) => !/^[A-Za-z0-9_.(),*/+-]+$/.test(token));
  if (unknown !== undefined) throw unreadable(expression, `the rehearsal does not know "${unknown}"`);
  return tokens;
}

function combine(left: Operand, right: Operand, operator: Operator): Operand {
  if (typeof left === 'number') {
    if (typeof right === 'number') return apply(left, right, operator);
    return new Map([...right].flatMap(([at, value]) => pointAt(at, apply(left, value, operator))));
  }
  return new Map(
    [...left].flatMap(([at, value]) => {
      const other = typeof right === 'number' ? right : right.get(at);
      return other === undefined ? [] : pointAt(at, apply(value, other, operator));
    }),
  );
}

/** There is no datapoint where a number is divided by 0. */
function pointAt(at: number, value: number): (readonly [number, number])[] {
  return Number.isFinite(value) ? [[at, value]] : [];
}

function apply(left: number, right: number, operator: Operator): number {
  switch (operator) {
    case '+':
      return left + right;
    case '-':
      return left - right;
    case '*':
      return left * right;
    case '/':
      return left / right;
  }
}

function unreadable(expression: string, why: string): Error {
  return invalidValue(`Error in expression '${expression}': ${why}.`);
}
