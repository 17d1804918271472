import { readIgnore } from './ignore.ts';

describe('.dockerignore', () => {
  it.each([
    ['node_modules', 'node_modules/a/b.js', true],
    ['node_modules', 'src/node_modules/a.js', false],
    ['**/node_modules', 'src/node_modules/a.js', true],
    ['**/node_modules', 'node_modules', true],
    ['/src/*.test.ts', 'src/a.test.ts', true],
    ['src/*.test.ts', 'src/deep/a.test.ts', false],
    ['src/**/*.test.ts', 'src/deep/er/a.test.ts', true],
    ['src/**', 'src/a', true],
    ['?.md', 'a.md', true],
    ['[ab].md', 'c.md', false],
    ['[^ab].md', 'c.md', true],
    ['a.b', 'axb', false],
    ['*\n!keep', 'keep/x', false],
    ['*\n!keep', 'drop', true],
    ['!keep\n*', 'keep', true],
    ['# node_modules', 'node_modules', false],
    ['./dist/', 'dist/index.js', true],
  ])('%j and %s: %s', (text, path, expected) => {
    expect(readIgnore(text).ignores(path)).toBe(expected);
  });

  it.each([
    ['node_modules\n*.md\n!knowledge/*.md', 'node_modules', false],
    ['*\n!a/b/c', 'a', true],
    ['*\n!a/b/c', 'a/b/c/d', true],
    ['*\n!a/b/c', 'a/x', false],
    ['*\n!**/keep', 'anything', true],
    ['*', 'a', false],
  ])('%j may take something back in below %s: %s', (text, folder, expected) => {
    expect(readIgnore(text).hasExceptionBelow(folder)).toBe(expected);
  });
});
