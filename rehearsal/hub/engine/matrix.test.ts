import type { Json } from './expressions/evaluate.ts';
import { expandMatrix } from './matrix.ts';

const combinationsOf = (matrix: Json) => expandMatrix(matrix).map(({ combination }) => combination);
const labelsOf = (matrix: Json) => expandMatrix(matrix).map(({ label }) => label);

test('the product of its lists', () => {
  expect(combinationsOf({ os: ['a', 'b'], node: [20, 24] })).toEqual([
    { os: 'a', node: 20 },
    { os: 'a', node: 24 },
    { os: 'b', node: 20 },
    { os: 'b', node: 24 },
  ]);
});

test("GitHub's own example of include", () => {
  expect(
    combinationsOf({
      fruit: ['apple', 'pear'],
      animal: ['cat', 'dog'],
      include: [
        { color: 'green' },
        { color: 'pink', animal: 'cat' },
        { fruit: 'apple', shape: 'circle' },
        { fruit: 'banana' },
        { fruit: 'banana', animal: 'cat' },
      ],
    }),
  ).toEqual([
    { fruit: 'apple', animal: 'cat', color: 'pink', shape: 'circle' },
    { fruit: 'apple', animal: 'dog', color: 'green', shape: 'circle' },
    { fruit: 'pear', animal: 'cat', color: 'pink' },
    { fruit: 'pear', animal: 'dog', color: 'green' },
    { fruit: 'banana' },
    { fruit: 'banana', animal: 'cat' },
  ]);
});

test('exclude takes out what it names a part of, before include adds', () => {
  expect(
    combinationsOf({
      os: ['a', 'b'],
      node: [20, 24],
      exclude: [{ os: 'a', node: 20 }, { os: 'b' }],
      include: [{ os: 'c' }],
    }),
  ).toEqual([{ os: 'a', node: 24 }, { os: 'c' }]);
});

test('a matrix of include alone', () => {
  expect(combinationsOf({ include: [{ a: 1 }, { a: 2 }] })).toEqual([{ a: 1 }, { a: 2 }]);
});

test.each<[string, Parameters<typeof expandMatrix>[0], string]>([
  ['a value', 'x', 'must be a mapping of lists'],
  ['an axis that is no list', { os: 'a' }, 'strategy.matrix.os must be a list'],
  ['nothing left', { os: ['a'], exclude: [{ os: 'a' }] }, 'no combination left'],
  [
    'a key that is nowhere else',
    { os: ['a'], exclude: [{ so: 'a' }] },
    "exclude key 'so' does not match any key within the matrix",
  ],
  ['too many', { a: Array.from({ length: 257 }, (_, index) => index) }, '257 jobs; GitHub allows 256'],
])('%s is refused', (_, matrix, message) => {
  expect(() => expandMatrix(matrix)).toThrow(message);
});

test('labels show every value of the lists, however deep, and none that include added to them', () => {
  expect(
    labelsOf({
      on: [{ a: true, b: ['x', null, ''] }],
      node: [20, 24],
      include: [
        { node: 24, extra: 'not shown' },
        { extra: 'shown', node: 18 },
      ],
    }),
  ).toEqual(['(true, x, 20)', '(true, x, 24)', '(18, shown)']);
  expect(labelsOf({ a: [null] })).toEqual(['']);
});

test('values are compared as expressions compare them, and objects by what a filter names of them', () => {
  expect(
    combinationsOf({
      node: [20, 24],
      os: ['Linux'],
      on: [{ cpu: 'arm', gpu: 'none' }],
      exclude: [{ node: '20', os: 'linux', on: { cpu: 'ARM' } }],
    }),
  ).toEqual([{ node: 24, os: 'Linux', on: { cpu: 'arm', gpu: 'none' } }]);
});
