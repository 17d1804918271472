import { calculate, type Operand } from './expression.ts';

const series: Readonly<Record<string, Operand>> = {
  errors: new Map([[0, 5]]),
  requests: new Map([
    [0, 10],
    [60, 20],
  ]),
  nothing: new Map(),
  zero: new Map([[0, 0]]),
};

function points(expression: string): unknown {
  const result = calculate(expression, (id) => series[id], [0, 60]);
  return typeof result === 'number' ? result : Object.fromEntries(result);
}

test.each([
  ['errors / requests', { 0: 0.5 }],
  ['1 - errors / requests', { 0: 0.5 }],
  ['100 * (errors + requests) / requests', { 0: 150 }],
  ['requests - 2 - 3', { 0: 5, 60: 15 }],
  ['-requests', { 0: -10, 60: -20 }],
  ['FILL(errors, 0) / requests', { 0: 0.5, 60: 0 }],
  ['fill(nothing, 1.5)', { 0: 1.5, 60: 1.5 }],
  ['errors / zero', {}],
  ['2 * 3 + .5', 6.5],
])('%s', (expression, wanted) => {
  expect(points(expression)).toEqual(wanted);
});

test.each([
  ['errors +', 'something is missing at its end'],
  ['(errors', '")" is missing'],
  ['errors requests', '"requests" is not expected'],
  ['errors > 5', '">"'],
  ['RATE(errors)', 'no function RATE'],
  ['SUM(METRICS())', 'no function SUM'],
  ['FILL(errors, requests)', 'fills a series with a number'],
  ['unknown', 'no query with the id unknown'],
  ['', 'something is missing'],
])('"%s" is refused: %s', (expression, told) => {
  expect(() => points(expression)).toThrow(told);
});
