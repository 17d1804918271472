import { pushStarts, skipMark } from './push.ts';

const branch = (name: string, ...changedFiles: string[]) => ({ ref: `refs/heads/${name}`, changedFiles });
const tag = (name: string) => ({ ref: `refs/tags/${name}`, changedFiles: ['a.txt'] });

test('without a filter every branch and tag starts it', () => {
  expect(pushStarts({}, branch('x', 'a'))).toBe(true);
  expect(pushStarts({}, tag('v1'))).toBe(true);
});

test('a filter for branches alone leaves tags out, and the other way round', () => {
  expect(pushStarts({ branches: ['main'] }, tag('main'))).toBe(false);
  expect(pushStarts({ tags: ['v*'] }, branch('v1', 'a'))).toBe(false);
  expect(pushStarts({ tags: ['v*'] }, tag('v1.2.3'))).toBe(true);
  expect(pushStarts({ branches: ['main'], tags: ['v*'] }, branch('main', 'a'))).toBe(true);
});

test('branches-ignore and tags-ignore', () => {
  expect(pushStarts({ branchesIgnore: ['wip/**'] }, branch('wip/x', 'a'))).toBe(false);
  expect(pushStarts({ branchesIgnore: ['wip/**'] }, branch('main', 'a'))).toBe(true);
  expect(pushStarts({ tagsIgnore: ['v2*'] }, tag('v1'))).toBe(true);
  expect(pushStarts({ tagsIgnore: ['v2*'] }, tag('v2.1'))).toBe(false);
});

test('paths: one changed file is enough; paths-ignore: one that is not ignored; tags have no paths', () => {
  expect(pushStarts({ paths: ['src/**'] }, branch('main', 'README.md', 'src/a.ts'))).toBe(true);
  expect(pushStarts({ paths: ['src/**', '!src/docs/**'] }, branch('main', 'src/docs/a.md'))).toBe(false);
  expect(pushStarts({ pathsIgnore: ['**.md'] }, branch('main', 'README.md'))).toBe(false);
  expect(pushStarts({ pathsIgnore: ['**.md'] }, branch('main', 'README.md', 'a.ts'))).toBe(true);
  expect(pushStarts({ paths: ['src/**'] }, tag('v1'))).toBe(true);
});

test('other refs start nothing', () => {
  expect(pushStarts({}, { ref: 'refs/notes/commits', changedFiles: [] })).toBe(false);
});

test.each([
  ['Fix it [skip ci]', '[skip ci]'],
  ['[actions skip] Fix it', '[actions skip]'],
  ['Fix it\n\nskip-checks: true', 'skip-checks: true'],
  ['Fix the skip-checks: true line', undefined],
  ['Fix it', undefined],
])('%j', (message, mark) => {
  expect(skipMark(message)).toBe(mark);
});
