import { matchesPatterns, patternToRegExp } from './patterns.ts';

// The examples of GitHub's "Filter pattern cheat sheet".
test.each<[string, string[], string[]]>([
  ['feature/*', ['feature/my-branch', 'feature/your-branch'], ['feature/a/b', 'feature']],
  ['feature/**', ['feature/beta-a/my-branch', 'feature/x', 'feature/mona/the/octocat'], ['feature']],
  ['main', ['main'], ['main2', 'domain']],
  ['*', ['main', 'releases'], ['all/the/branches']],
  ['**', ['all/the/branches', 'every/tag'], []],
  ['*feature', ['mona-feature', 'feature', 'ver-10-feature'], ['a/feature']],
  ['v2*', ['v2', 'v2.0', 'v2.9'], ['v1']],
  ['v[12].[0-9]+.[0-9]+', ['v1.10.1', 'v2.0.0'], ['v3.0.0', 'v1.x.0', 'v1.0']],
  ['*.jsx?', ['page.js', 'page.jsx'], ['page.jsxx', 'a/page.js']],
  ['**.js', ['index.js', 'js/index.js', 'src/js/app.js'], ['index.jsx']],
  ['docs/**/*.md', ['docs/README.md', 'docs/mona/hello-world.md', 'docs/a/markdown/file.md'], ['README.md']],
  ['**/docs/**', ['docs/hello.md', 'dir/docs/my-file.txt', 'space/docs/plan/space.doc'], ['docs']],
  ['**/README.md', ['README.md', 'js/README.md'], ['README.mdx']],
  ['**/*src/**', ['a/src/app.js', 'my-src/code/js/app.js'], ['src']],
  ['**/*-post.md', ['my-post.md', 'path/their-post.md'], ['post.md']],
  [
    '**/migrate-*.sql',
    ['migrate-10909.sql', 'db/migrate-v1.0.sql', 'db/sept/migrate-v1.sql'],
    ['migrate.sql'],
  ],
  ['a\\*b', ['a*b'], ['axb']],
  ['v1.2', ['v1.2'], ['v1x2']],
])('%s', (pattern, matching, others) => {
  for (const name of matching) expect([name, patternToRegExp(pattern).test(name)]).toEqual([name, true]);
  for (const name of others) expect([name, patternToRegExp(pattern).test(name)]).toEqual([name, false]);
});

test('the last pattern that matches decides', () => {
  const patterns = ['releases/**', '!releases/**-alpha', 'releases/keep-alpha'];
  expect(matchesPatterns('releases/10', patterns)).toBe(true);
  expect(matchesPatterns('releases/10-alpha', patterns)).toBe(false);
  expect(matchesPatterns('releases/keep-alpha', patterns)).toBe(true);
  expect(matchesPatterns('main', patterns)).toBe(false);
});
