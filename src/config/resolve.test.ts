import { parseConfig } from './load.ts';
import { matchEnvironment, referencesOf, resolveEnvironment } from './resolve.ts';
import type { Config } from './schema.ts';

function configOf(environments: object): Config {
  const loaded = parseConfig(JSON.stringify({ service: 'shop', environments }), 'f');
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  return loaded.config;
}

const development = {
  on: { branch: 'develop' },
  aws: { role: { var: 'ROLE' } },
  url: { var: 'URL', default: 'http://example.org' },
  compute: { instance: 't3.micro' },
  network: { hostPort: { var: 'PORT', default: '80' } },
};

describe('resolving an environment', () => {
  it('puts GitHub variables in, and defaults where they are not set or empty', () => {
    const resolved = resolveEnvironment(configOf({ development }), 'development', { ROLE: 'arn', URL: '' });
    expect(resolved).toMatchObject({
      ok: true,
      environment: {
        name: 'development',
        serviceName: 'shop',
        aws: { role: 'arn', cluster: 'shop-development', service: 'shop' },
        url: 'http://example.org',
        image: { repository: 'shop' },
        compute: { launchType: 'EC2' },
        network: { mode: 'bridge', hostPort: 80 },
      },
    });
  });

  it('names each variable that is missing, and the key that wants it', () => {
    expect(resolveEnvironment(configOf({ development }), 'development', {})).toEqual({
      ok: false,
      missing: [{ variable: 'ROLE', path: 'aws.role' }],
    });
  });

  it('does not take a variable for a port that is none', () => {
    const resolved = resolveEnvironment(configOf({ development }), 'development', {
      ROLE: 'arn',
      PORT: 'eighty',
    });
    expect(resolved).toEqual({ ok: false, missing: [{ variable: 'PORT', path: 'network.hostPort' }] });
  });

  it('runs on Fargate, in awsvpc mode, without an instance type', () => {
    const resolved = resolveEnvironment(configOf({ a: { on: { branch: 'a' } } }), 'a', {});
    expect(resolved).toMatchObject({
      environment: { compute: { launchType: 'FARGATE' }, network: { mode: 'awsvpc' } },
    });
  });

  it('does not find what only every object has', () => {
    expect(() => resolveEnvironment(configOf({ development }), 'constructor', {})).toThrow(
      /no environment "constructor"/,
    );
  });

  it('lists the references', () => {
    const { environments } = configOf({ development });
    expect(
      referencesOf(environments.development!).map(({ path, reference }) => [path, reference.var]),
    ).toEqual([
      ['aws.role', 'ROLE'],
      ['url', 'URL'],
      ['network.hostPort', 'PORT'],
    ]);
  });
});

describe('which environment a ref goes to', () => {
  const config = configOf({
    development,
    production: { on: { tag: 'v*.*.*' }, approval: { reviewers: 1 } },
  });
  it.each([
    ['refs/heads/develop', 'development'],
    ['refs/heads/develop2', undefined],
    ['refs/tags/develop', undefined],
    ['refs/tags/v1.2.3', 'production'],
    ['refs/tags/v1x2x3', undefined],
    ['refs/heads/v1.2.3', undefined],
  ])('%s → %s', (ref, expected) => {
    expect(matchEnvironment(config, ref)).toBe(expected);
  });
});
