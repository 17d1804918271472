import { parseConfig, type Config } from '../src/config/index.ts';
import { journeyOf } from './journey.ts';

function configOf(tag: string, deploy: object = { strategy: 'blue-green' }): Config {
  const environment = { aws: {}, url: 'https://shop.example.org', compute: { instance: 't3.micro' } };
  const loaded = parseConfig(
    JSON.stringify({
      service: 'shop',
      environments: {
        development: { ...environment, on: { branch: 'develop' } },
        staging: { ...environment, on: { branch: 'main' } },
        production: {
          ...environment,
          on: { tag },
          approval: { reviewers: 1 },
          deploy,
          loadBalancer: {
            targetGroup: 'blue',
            alternateTargetGroup: 'green',
            productionRule: 'rule',
            role: 'arn:aws:iam::000000000000:role/traffic',
          },
        },
      },
    }),
    'sluice.yml',
  );
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  return loaded.config;
}

describe('journeyOf', () => {
  it('goes through the environments in order, and tags the next version', () => {
    const { legs, notes } = journeyOf(
      configOf('v*.*.*'),
      ['v1.2.3', 'v1.10.0', 'v2.0.0-rc.1', 'x'],
      () => true,
    );
    expect(legs).toEqual([
      { ref: 'refs/heads/develop', environment: 'development' },
      { ref: 'refs/heads/main', environment: 'staging' },
      { ref: 'refs/tags/v1.10.1', environment: 'production' },
    ]);
    expect(notes).toEqual([]);
  });

  it('releases twice where there is nobody yet whose traffic could be shifted', () => {
    const { legs } = journeyOf(configOf('v*.*.*'), [], () => false);
    expect(legs.map(({ ref }) => ref)).toEqual([
      'refs/heads/develop',
      'refs/heads/main',
      'refs/tags/v1.0.0',
      'refs/tags/v1.0.1',
    ]);
    expect(legs.at(-1)?.note).toMatch(/^production now has a release/);
  });

  it('releases once where no traffic is shifted', () => {
    const { legs } = journeyOf(configOf('v*.*.*', { strategy: 'rolling' }), [], () => false);
    expect(legs.map(({ ref }) => ref)).toEqual(['refs/heads/develop', 'refs/heads/main', 'refs/tags/v1.0.0']);
  });

  it('leaves out an environment whose tags are no versions, and says so', () => {
    const { legs, notes } = journeyOf(configOf('release-*'), [], () => true);
    expect(legs.map(({ environment }) => environment)).toEqual(['development', 'staging']);
    expect(notes).toEqual([expect.stringContaining('its tag pattern "release-*" does not take v1.0.0')]);
  });
});
