import { canonicalPurl, isInScope, parsePurl } from './purl.ts';

it.each([
  ['pkg:npm/%40scope/name@1.2.3', 'pkg:npm/%40scope/name@1.2.3'],
  ['pkg:npm/@scope/name@1.2.3', 'pkg:npm/%40scope/name@1.2.3'],
  ['pkg:NPM/name@1.2.3?a=b#sub', 'pkg:npm/name@1.2.3'],
  ['pkg:deb/debian/tar@1.34%2Bdfsg-1.2?arch=amd64&distro=debian-12', 'pkg:deb/debian/tar@1.34+dfsg-1.2'],
  ['pkg:deb/debian/tar@1.34+dfsg-1.2', 'pkg:deb/debian/tar@1.34+dfsg-1.2'],
  ['pkg:golang/github.com/a/b@v1.0.0', 'pkg:golang/github.com/a/b@v1.0.0'],
])('%s is %s, whoever wrote it', (written, canonical) => {
  expect(canonicalPurl(written)).toBe(canonical);
});

it('knows what is in a scope', () => {
  expect(isInScope('pkg:npm/%40a/b@1.0.0', 'pkg:npm/@a/b')).toBe(true);
  expect(isInScope('pkg:npm/%40a/b@1.0.0', 'pkg:npm/@a/b@1.0.0')).toBe(true);
  expect(isInScope('pkg:npm/%40a/b@1.0.0', 'pkg:npm/@a/b@1.0.1')).toBe(false);
  expect(isInScope('pkg:npm/b@1.0.0', 'pkg:pypi/b')).toBe(false);
  expect(isInScope('pkg:npm/bb@1.0.0', 'pkg:npm/b')).toBe(false);
});

it.each(['', 'name', 'npm/name', 'pkg:npm', 'pkg:/name'])('%j is no package URL', (text) => {
  expect(parsePurl(text)).toBeUndefined();
});
