import { environmentOf, release } from '../environment.fixture.ts';
import { buildTaskDefinition, type TaskDefinition } from './build.ts';
import { diffTaskDefinitions } from './diff.ts';

const build = (
  keys: Readonly<Record<string, unknown>> = {},
  changes: Partial<typeof release> = {},
): TaskDefinition => buildTaskDefinition(environmentOf(keys), { ...release, ...changes }, {});

describe('what a deployment changes', () => {
  it('is nothing for the same, with all that ECS fills in and adds', () => {
    const definition = build();
    const registered = {
      ...definition,
      taskDefinitionArn: 'arn:td:1',
      revision: 1,
      status: 'ACTIVE',
      volumes: [],
      placementConstraints: [],
      enableFaultInjection: false,
      containerDefinitions: definition.containerDefinitions!.map((container) => ({
        ...container,
        cpu: 0,
        mountPoints: [],
        volumesFrom: [],
        systemControls: [],
      })),
    } as unknown as TaskDefinition;
    expect(diffTaskDefinitions(registered, definition)).toEqual([]);
  });

  it('names variables by their names, old and new, added and gone', () => {
    const before = build({ variables: { LOG_LEVEL: 'INFO', GONE: '1' } });
    const after = build({ variables: { LOG_LEVEL: 'DEBUG', PAIR: 'K=a=b' } }, { version: '1.2.4' });
    expect(diffTaskDefinitions(before, after)).toEqual([
      { path: 'shop.environment.GONE', before: '1', after: undefined },
      { path: 'shop.environment.LOG_LEVEL', before: 'INFO', after: 'DEBUG' },
      { path: 'shop.environment.PAIR', before: undefined, after: 'K=a=b' },
      { path: 'shop.environment.SLUICE_VERSION', before: '1.2.3', after: '1.2.4' },
    ]);
  });

  it.each([
    ['by the name', 'API_TOKEN', 'tok-1', 'tok-2'],
    ['because it is a URL with a password', 'UPSTREAM', 'https://me:pw1@host/', 'https://me:pw2@host/'],
    ['even one that is not escaped', 'UPSTREAM', 'https://me:p/w1@host/', 'https://me:p/w2@host/'],
    ['because it is a URL with a token', 'UPSTREAM', 'https://t0ken1@host/', 'https://t0ken2@host/'],
  ])('never shows a secret: %s', (_how, name, was, is) => {
    const [difference] = diffTaskDefinitions(
      build({ variables: { [name]: was } }),
      build({ variables: { [name]: is } }),
    );
    expect(difference).toEqual({ path: `shop.environment.${name}`, before: '*** (old)', after: '*** (new)' });
  });

  it('never shows a secret whose name has dots, of a task definition of the user’s own', () => {
    const withPassword = (value: string): TaskDefinition => ({
      family: 'shop',
      containerDefinitions: [{ name: 'shop', environment: [{ name: 'spring.datasource.password', value }] }],
    });
    expect(diffTaskDefinitions(withPassword('one'), withPassword('two'))).toEqual([
      { path: 'shop.environment.spring.datasource.password', before: '*** (old)', after: '*** (new)' },
    ]);
  });

  it('never shows the token of a log driver, nor a secret label', () => {
    const withToken = (token: string): TaskDefinition => ({
      family: 'shop',
      containerDefinitions: [
        {
          name: 'shop',
          dockerLabels: { 'proxy.basic-auth': `me:${token}` },
          logConfiguration: { logDriver: 'splunk', options: { 'splunk-token': token } },
        },
      ],
    });
    expect(diffTaskDefinitions(withToken('one'), withToken('two'))).toEqual([
      { path: 'shop.dockerLabels.proxy.basic-auth', before: '*** (old)', after: '*** (new)' },
      { path: 'shop.logConfiguration.options.splunk-token', before: '*** (old)', after: '*** (new)' },
    ]);
  });

  it('shows an address with a port', () => {
    const [difference] = diffTaskDefinitions(
      build({ variables: { UPSTREAM: 'http://old:80/a' } }),
      build({ variables: { UPSTREAM: 'http://new:80/a' } }),
    );
    expect(difference).toEqual({
      path: 'shop.environment.UPSTREAM',
      before: 'http://old:80/a',
      after: 'http://new:80/a',
    });
  });

  it.each(['false', '', '0'])('shows that a variable with the value "%s" is gone', (value) => {
    const differences = diffTaskDefinitions(build({ variables: { cpu: value } }), build());
    expect(differences).toEqual([{ path: 'shop.environment.cpu', before: value, after: undefined }]);
  });

  it('never shows a literal secret of sluice.yml, whatever it is called', () => {
    const [difference] = diffTaskDefinitions(
      build({ secrets: { PEPPER: { literal: 'hot' } } }),
      build({ secrets: { PEPPER: { literal: 'hotter' } } }),
      new Set(['PEPPER']),
    );
    expect(difference).toEqual({ path: 'shop.environment.PEPPER', before: '*** (old)', after: '*** (new)' });
  });

  it('shows where a secret comes from', () => {
    const [difference] = diffTaskDefinitions(
      build({ secrets: { KEY: { parameter: '/a' } } }),
      build({ secrets: { KEY: { parameter: '/b' } } }),
    );
    expect(difference).toEqual({ path: 'shop.secrets.KEY', before: '/a', after: '/b' });
  });

  it('is everything where nothing was there before', () => {
    const paths = diffTaskDefinitions(undefined, build()).map(({ path, before }) => [path, before]);
    expect(paths).toContainEqual(['shop.image', undefined]);
    expect(paths).toContainEqual(['memory', undefined]);
  });
});
