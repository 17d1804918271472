import { parseConfig } from './load.ts';
import { referencesOf } from './references.ts';
import { formatMissing, resolveEnvironment } from './resolve.ts';
import type { Config } from './schema/index.ts';

function configOf(environments: object): Config {
  const loaded = parseConfig(JSON.stringify({ service: 'shop', environments }), 'f');
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  return loaded.config;
}

const role = 'arn:aws:iam::123456789012:role/deploy';

const development = {
  on: { branch: 'develop' },
  aws: { role: { var: 'ROLE' } },
  url: { var: 'URL', default: 'http://example.org' },
  compute: { instance: 't3.micro' },
  network: { hostPort: { var: 'PORT', default: 80 } },
  tls: { mode: 'none' },
  security: { level: 'relaxed' },
  variables: { GREETING: { var: 'GREETING', default: '' } },
};

describe('resolving an environment', () => {
  it('puts GitHub variables in, and defaults where they are not set or empty', () => {
    const resolved = resolveEnvironment(configOf({ development }), 'development', { ROLE: role, URL: '' });
    expect(resolved).toMatchObject({
      ok: true,
      environment: {
        name: 'development',
        serviceName: 'shop',
        aws: { role, cluster: 'shop-development', service: 'shop' },
        url: 'http://example.org',
        image: { repository: 'shop' },
        compute: { launchType: 'EC2' },
        network: { mode: 'bridge', hostPort: 80 },
        variables: { GREETING: '' },
      },
    });
  });

  it('names each variable that is missing or will not do, the key that wants it, and its place', () => {
    const text = `service: shop
environments:
  a:
    on: { branch: b }
    compute: { instance: t3.micro }
    url: { var: URL }
    aws:
      role: { var: ROLE }
    network: { hostPort: { var: PORT } }
`;
    const loaded = parseConfig(text, 'sluice.yml');
    if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
    const resolved = resolveEnvironment(loaded.config, 'a', { PORT: 'eighty', ROLE: 'admin' });
    expect(resolved.ok ? [] : resolved.missing.map(formatMissing)).toEqual([
      'ROLE is "admin"; aws.role (sluice.yml:8:13) needs the ARN of an IAM role',
      'URL is not set; url (sluice.yml:6:10) needs the URL of the front door',
      'PORT is "eighty"; network.hostPort (sluice.yml:9:26) needs a port from 0 to 65535',
    ]);
  });

  it('does not take a variable for set because every object has one of its name', () => {
    const config = configOf({ development: { ...development, aws: { role: { var: 'constructor' } } } });
    expect(resolveEnvironment(config, 'development', {})).toMatchObject({
      ok: false,
      missing: [{ variable: 'constructor', path: 'aws.role', value: undefined }],
    });
  });

  it('takes a container’s variable that is called var for what it is', () => {
    const named = { variables: { var: 'ROLE', default: 'x' } };
    const config = configOf({ development: { ...development, ...named } });
    expect(resolveEnvironment(config, 'development', { ROLE: role })).toMatchObject({
      ok: true,
      environment: named,
    });
  });

  it('runs on Fargate, in awsvpc mode, without an instance type', () => {
    const network = { subnets: ['subnet-1', { var: 'SUBNET' }] };
    const config = configOf({ a: { on: { branch: 'a' }, network } });
    expect(resolveEnvironment(config, 'a', { SUBNET: 'subnet-2' })).toMatchObject({
      environment: {
        compute: { launchType: 'FARGATE' },
        network: { mode: 'awsvpc', subnets: ['subnet-1', 'subnet-2'], hostPort: undefined },
      },
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
      ['variables.GREETING', 'GREETING'],
    ]);
  });
});
