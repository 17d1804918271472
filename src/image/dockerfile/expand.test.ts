import { expand } from './expand.ts';

describe('variables in a Dockerfile', () => {
  const variables = new Map([
    ['A', 'one'],
    ['EMPTY', ''],
  ]);
  it.each([
    ['$A/${A}x', 'one/onex'],
    ['$MISSING.${MISSING}', '.'],
    ['${MISSING:-two} ${A:-two} ${EMPTY:-two} ${EMPTY-two}', 'two one two '],
    ['${A:+three}${MISSING:+three}${EMPTY:+three}${EMPTY+set}', 'threeset'],
    ['${MISSING:-$A}', 'one'],
    ['\\$A costs \\\\', '$A costs \\'],
  ])('%s is %s', (text, expected) => {
    expect(expand(text, variables)).toBe(expected);
  });
});
