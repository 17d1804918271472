import { parseConfig } from './load.ts';
import { matchEnvironment } from './triggers.ts';

const loaded = parseConfig(
  `service: shop
environments:
  development: { on: { branch: develop }, compute: { instance: t3.micro } }
  preview: { on: { tag: 'preview/**' }, compute: { instance: t3.micro } }
  production:
    on: { tag: 'v*.*.*' }
    compute: { instance: t3.micro }
    approval: { reviewers: 1 }
`,
  'sluice.yml',
);

describe('which environment a ref goes to', () => {
  it.each([
    ['refs/heads/develop', 'development'],
    ['refs/heads/develop2', undefined],
    ['refs/heads/feature/develop', undefined],
    ['refs/tags/develop', undefined],
    ['refs/tags/v1.2.3', 'production'],
    ['refs/tags/v1.2.3-rc.1', 'production'],
    ['refs/tags/v1x2x3', undefined],
    ['refs/tags/v1.2.3/x', undefined],
    ['refs/tags/xv1.2.3', undefined],
    ['refs/tags/preview/a/b', 'preview'],
    ['refs/heads/v1.2.3', undefined],
    ['refs/pull/1/merge', undefined],
    ['', undefined],
  ])('%s → %s', (ref, expected) => {
    expect(loaded.ok ? matchEnvironment(loaded.config, ref) : loaded.problems).toBe(expected);
  });
});
