import { parseConfig } from './load.ts';

const wholeFile = (environment: object, name = 'staging', others: object = {}): string =>
  JSON.stringify({
    service: 'shop',
    environments: { [name]: { on: { branch: 'main' }, ...environment } },
    ...others,
  });

const balancer = { targetGroup: 'blue', alternateTargetGroup: 'green', productionRule: 'rule' };

describe('the rules between keys', () => {
  it.each([
    [
      'a literal secret where the level is not relaxed',
      { secrets: { KEY: { literal: 'x' } } },
      'secrets.KEY',
    ],
    [
      'a name in variables and in secrets',
      { security: { level: 'relaxed' }, variables: { KEY: 'a' }, secrets: { KEY: { literal: 'x' } } },
      'secrets.KEY',
    ],
    ['a tag without an approval', { on: { tag: 'v*' } }, 'approval'],
    ['a shift without a load balancer', { deploy: { strategy: 'canary' } }, 'deploy.strategy'],
    [
      'a shift without a second target group',
      { deploy: { strategy: 'linear' }, loadBalancer: { targetGroup: 'a' } },
      'deploy.strategy',
    ],
    [
      'a shift without a production rule',
      { deploy: { strategy: 'blue-green' }, loadBalancer: { ...balancer, productionRule: undefined } },
      'loadBalancer',
    ],
    ['steps of a rolling deployment', { deploy: { steps: { percent: 10 } } }, 'deploy.steps'],
    [
      'a rolling deployment that cannot move',
      { deploy: { minimumHealthy: 100, maximum: 100 } },
      'deploy.maximum',
    ],
    ['a bake that ECS does not take', { deploy: { bake: '25h' } }, 'deploy.bake'],
    ['a gate timeout that ECS does not take', { deploy: { gateTimeout: '30s' } }, 'deploy.gateTimeout'],
    [
      'a linear step below three percent',
      { deploy: { strategy: 'linear', steps: { percent: 2 } }, loadBalancer: balancer },
      'deploy.steps.percent',
    ],
    ['PostgreSQL without its secret', { database: { engine: 'postgres' } }, 'database'],
    ['SQLite on an RDS instance', { database: { engine: 'sqlite', instance: 'db.t3.micro' } }, 'database'],
    [
      'Fargate with an instance type',
      { compute: { instance: 't3.micro', launchType: 'FARGATE' } },
      'compute.launchType',
    ],
    ['EC2 without one', { compute: { launchType: 'EC2' } }, 'compute'],
    ['Fargate in bridge mode', { network: { mode: 'bridge' } }, 'network.mode'],
    [
      'more tasks at least than at most',
      { compute: { autoScaling: { minimum: 5, maximum: 2 } } },
      'compute.autoScaling.minimum',
    ],
    ['a promotion from nowhere', { promote: { from: 'nowhere' } }, 'promote.from'],
  ])('%s is refused', (_what, environment, at) => {
    const loaded = parseConfig(wholeFile(environment), 'f');
    expect(loaded.ok ? [] : loaded.problems.map(({ path }) => path)).toContain(`environments.staging.${at}`);
  });

  it('production needs an approval, by whatever it is deployed', () => {
    const loaded = parseConfig(wholeFile({}, 'production'), 'f');
    expect(loaded.ok ? [] : loaded.problems.map(({ path }) => path)).toEqual([
      'environments.production.approval',
    ]);
  });

  it('two environments do not answer the same branch', () => {
    const on = { branch: 'main' };
    const loaded = parseConfig(JSON.stringify({ service: 'x', environments: { a: { on }, b: { on } } }), 'f');
    expect(loaded.ok ? [] : loaded.problems.map(({ path }) => path)).toEqual(['environments.b.on']);
  });

  it('data flows between environments that there are', () => {
    const loaded = parseConfig(wholeFile({}, 'staging', { data: { flow: ['staging', 'moon'] } }), 'f');
    expect(loaded.ok ? [] : loaded.problems.map(({ path }) => path)).toEqual(['data.flow.1']);
  });

  it('a file that keeps them all is accepted', () => {
    expect(
      parseConfig(
        wholeFile({ deploy: { strategy: 'canary', steps: { percent: 10 } }, loadBalancer: balancer }),
        'f',
      ).ok,
    ).toBe(true);
  });
});
