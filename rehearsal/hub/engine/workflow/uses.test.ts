import { parseUses } from './uses.ts';

test.each([
  ['./.github/actions/x', { kind: 'workspace', path: '.github/actions/x' }],
  ['$/actions/plan', { kind: 'self', path: 'actions/plan' }],
  ['$/./actions/plan/', { kind: 'self', path: 'actions/plan' }],
  ['actions/checkout@v4', { kind: 'repository', owner: 'actions', name: 'checkout', path: '', ref: 'v4' }],
  [
    'o/r/.github/workflows/a.yml@refs/heads/main',
    { kind: 'repository', owner: 'o', name: 'r', path: '.github/workflows/a.yml', ref: 'refs/heads/main' },
  ],
  ['docker://alpine:3', { kind: 'docker', image: 'alpine:3' }],
])('%s', (uses, reference) => {
  expect(parseUses(uses)).toEqual(reference);
});

test.each([
  ['./../x', 'leaves its repository'],
  ['$/a/../../x', 'leaves its repository'],
  ['checkout', 'is none of'],
  ['actions/checkout', 'is none of'],
])('%s is refused', (uses, message) => {
  expect(() => parseUses(uses)).toThrow(message);
});
