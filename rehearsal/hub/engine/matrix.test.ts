import { combinationLabel, expandMatrix } from './matrix.ts';

test('the product of its lists', () => {
  expect(expandMatrix({ os: ['a', 'b'], node: [20, 24] })).toEqual([
    { os: 'a', node: 20 },
    { os: 'a', node: 24 },
    { os: 'b', node: 20 },
    { os: 'b', node: 24 },
  ]);
});

test("GitHub's own example of include", () => {
  expect(
    expandMatrix({
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
    expandMatrix({
      os: ['a', 'b'],
      node: [20, 24],
      exclude: [{ os: 'a', node: 20 }, { os: 'b' }],
      include: [{ os: 'c' }],
    }),
  ).toEqual([{ os: 'a', node: 24 }, { os: 'c' }]);
});

test('a matrix of include alone', () => {
  expect(expandMatrix({ include: [{ a: 1 }, { a: 2 }] })).toEqual([{ a: 1 }, { a: 2 }]);
});

test.each<[string, Parameters<typeof expandMatrix>[0], string]>([
  ['a value', 'x', 'must be a mapping of lists'],
  ['an axis that is no list', { os: 'a' }, 'strategy.matrix.os must be a list'],
  ['nothing left', { os: ['a'], exclude: [{ os: 'a' }] }, 'no combination left'],
  ['too many', { a: Array.from({ length: 257 }, (_, index) => index) }, '257 jobs; GitHub allows 256'],
])('%s is refused', (_, matrix, message) => {
  expect(() => expandMatrix(matrix)).toThrow(message);
});

test('labels show every value', () => {
  expect(combinationLabel({ os: 'linux', node: 24, on: { a: true, b: ['x', null] } })).toBe(
    '(linux, 24, true, x, )',
  );
});
