import { parseConfig } from '../load.ts';

const balancer = {
  targetGroup: 'blue',
  alternateTargetGroup: 'green',
  productionRule: 'rule',
  testRule: 'test',
  role: 'role',
};
const shifting = { loadBalancer: balancer, deploy: { strategy: 'canary', timeout: '1h' } };
const relaxed = { security: { level: 'relaxed' } };
const fargate = { compute: {}, network: { subnets: ['subnet-1'] } };

/** Paths of the problems of a file with one environment, seen from it; those of the file begin with a /. */
function problemsOf(
  environment: object,
  { name = 'staging', ...file }: { name?: string; [key: string]: unknown } = {},
): string[] {
  const text = JSON.stringify({
    service: 'shop',
    environments: {
      [name]: { on: { branch: 'main' }, compute: { instance: 't3.micro' }, ...environment },
      ...(file.others as object | undefined),
    },
    ...(file.file as object | undefined),
  });
  const loaded = parseConfig(text, 'sluice.yml');
  const base = `environments.${name}.`;
  return loaded.ok
    ? []
    : loaded.problems.map(({ path }) => (path.startsWith(base) ? path.slice(base.length) : `/${path}`));
}

describe('rules between keys', () => {
  it.each<[string, object, string]>([
    [
      'a literal secret where the level is not relaxed',
      { secrets: { KEY: { literal: 'x' } } },
      'secrets.KEY',
    ],
    [
      'a name in variables and in secrets',
      { ...relaxed, variables: { KEY: 'a' }, secrets: { KEY: { literal: 'x' } } },
      'secrets.KEY',
    ],
    ['a name that Sluice sets', { variables: { SLUICE_VERSION: '1' } }, 'variables.SLUICE_VERSION'],
    [
      'debugging where the level is not relaxed',
      { variables: { FLASK_DEBUG: 'true' } },
      'variables.FLASK_DEBUG',
    ],
    ['no TLS where the level is not relaxed', { tls: { mode: 'none' } }, 'tls.mode'],
    ['http:// with TLS', { url: 'http://example.org' }, 'url'],
    ['a default with http:// with TLS', { url: { var: 'URL', default: 'http://example.org' } }, 'url'],
    ['https:// without TLS', { ...relaxed, tls: { mode: 'none' }, url: 'https://example.org' }, 'url'],
    [
      'a certificate without TLS',
      { ...relaxed, tls: { mode: 'self-signed', certificate: 'acm' } },
      'tls.certificate',
    ],
    [
      'an open network at the highest level',
      { security: { level: 'maximum' }, network: { access: 'open' } },
      'network.access',
    ],
    ['real data without an approval', { data: 'real' }, 'approval'],
    [
      'real data at a relaxed level',
      { ...relaxed, data: 'real', approval: { reviewers: 1 } },
      'security.level',
    ],
    ['a shift without a load balancer', { deploy: { strategy: 'canary' } }, 'deploy.strategy'],
    [
      'a shift without a second target group',
      { ...shifting, loadBalancer: { ...balancer, alternateTargetGroup: undefined } },
      'deploy.strategy',
    ],
    [
      'a shift without a production rule',
      { ...shifting, loadBalancer: { ...balancer, productionRule: undefined } },
      'deploy.strategy',
    ],
    [
      'a shift without a role',
      { ...shifting, loadBalancer: { ...balancer, role: undefined } },
      'deploy.strategy',
    ],
    [
      'a gate before traffic without a test rule',
      {
        loadBalancer: { ...balancer, testRule: undefined },
        deploy: { ...shifting.deploy, gates: { beforeTraffic: ['health'] } },
      },
      'deploy.gates.beforeTraffic',
    ],
    ['steps of a rolling deployment', { deploy: { steps: { percent: 10 } } }, 'deploy.steps'],
    ['a bake of a rolling deployment', { deploy: { bake: '5m' } }, 'deploy.bake'],
    ['gates of a rolling deployment', { deploy: { gates: {} } }, 'deploy.gates'],
    [
      'a gate at each step without steps',
      { ...shifting, deploy: { strategy: 'blue-green', gates: { eachStep: ['analysis'] } } },
      'deploy.gates.eachStep',
    ],
    [
      'a rolling deployment that cannot move',
      { deploy: { minimumHealthy: 100, maximum: 100 } },
      'deploy.maximum',
    ],
    [
      'a bake that ECS does not take',
      { ...shifting, deploy: { strategy: 'canary', bake: '25h', timeout: '2d' } },
      'deploy.bake',
    ],
    [
      'a bake that is not in minutes',
      { ...shifting, deploy: { strategy: 'canary', bake: '90s' } },
      'deploy.bake',
    ],
    ['a gate timeout that ECS does not take', { deploy: { gateTimeout: '0s' } }, 'deploy.gateTimeout'],
    ['a gate timeout above 14 days', { deploy: { gateTimeout: '15d' } }, 'deploy.gateTimeout'],
    ['a service level without an error budget', { slo: { availability: '100%' } }, 'slo.availability'],
    [
      'a business gate without a metric',
      { ...shifting, deploy: { strategy: 'blue-green', gates: { afterTraffic: ['business'] } } },
      'deploy.gates.afterTraffic',
    ],
    [
      'a certainty that no sample gives',
      { deploy: { analysis: { confidence: '100%' } } },
      'deploy.analysis.confidence',
    ],
    ['a certainty of a coin', { deploy: { analysis: { confidence: '50%' } } }, 'deploy.analysis.confidence'],
    [
      'a linear step below three percent',
      { ...shifting, deploy: { strategy: 'linear', steps: { percent: 2, every: '1m' }, timeout: '5h' } },
      'deploy.steps.percent',
    ],
    [
      'a timeout shorter than what it takes',
      {
        ...shifting,
        deploy: { strategy: 'linear', steps: { percent: 10, every: '5m' }, bake: '10m', timeout: '55m' },
      },
      'deploy.timeout',
    ],
    ['a timeout longer than a job', { deploy: { timeout: '6d' } }, 'deploy.timeout'],
    ['a proof that takes a day', { proof: { within: '1d' } }, 'proof.within'],
    ['PostgreSQL without its secret', { database: { engine: 'postgres' } }, 'database.engine'],
    [
      'DATABASE_URL twice',
      { database: { engine: 'postgres', secret: 'url' }, secrets: { DATABASE_URL: { secretsManager: 'x' } } },
      'secrets.DATABASE_URL',
    ],
    [
      'SQLite on an RDS instance',
      { database: { engine: 'sqlite', instance: 'db.t3.micro' } },
      'database.instance',
    ],
    [
      'a standby of no RDS instance',
      { database: { engine: 'postgres', secret: 'url', multiAz: true } },
      'database.multiAz',
    ],
    [
      'a migration without PostgreSQL',
      { database: { engine: 'sqlite', migrate: { command: ['migrate'] } } },
      'database.migrate',
    ],
    [
      'a migration that finds the service on its port',
      {
        network: { mode: 'bridge', hostPort: 80 },
        database: { engine: 'postgres', secret: 'url', migrate: { command: ['migrate'] } },
      },
      'database.migrate',
    ],
    [
      'Fargate with an instance type',
      {
        compute: { instance: 't3.micro', launchType: 'FARGATE' },
        network: { subnets: ['subnet-1'], mode: 'awsvpc' },
      },
      'compute.launchType',
    ],
    ['Fargate in bridge mode', { compute: {}, network: { mode: 'bridge' } }, 'network.mode'],
    ['Fargate without subnets', { compute: {} }, 'network.subnets'],
    ['a size that Fargate has not', { ...fargate, compute: { cpu: 300 } }, 'compute.cpu'],
    ['a memory that Fargate has not', { ...fargate, compute: { cpu: 256, memory: 1536 } }, 'compute.memory'],
    ['subnets in bridge mode', { network: { subnets: ['subnet-1'] } }, 'network.subnets'],
    ['a public address in bridge mode', { network: { assignPublicIp: true } }, 'network.assignPublicIp'],
    ['another host port in host mode', { network: { mode: 'host', hostPort: 80 } }, 'network.hostPort'],
    [
      'a host port from a variable in host mode',
      { network: { mode: 'host', hostPort: { var: 'PORT' } } },
      'network.hostPort',
    ],
    [
      'more tasks at least than at most',
      { compute: { instance: 't3.micro', autoScaling: { minimum: 5, maximum: 2 } } },
      'compute.autoScaling.minimum',
    ],
    [
      'a count outside of auto scaling',
      { compute: { instance: 't3.micro', count: 9, autoScaling: {} } },
      'compute.count',
    ],
    ['a promotion from nowhere', { promote: { from: 'nowhere' } }, 'promote.from'],
    ['a promotion from itself', { promote: { from: 'staging' } }, 'promote.from'],
    [
      'a latency threshold in percent',
      { checks: { performance: { thresholds: { p95: '< 5%' } } } },
      'checks.performance.thresholds.p95',
    ],
    [
      'a throughput at most',
      { checks: { performance: { thresholds: { throughput: '< 100' } } } },
      'checks.performance.thresholds.throughput',
    ],
    [
      'more at once than in all',
      { checks: { performance: { requests: 10, concurrency: 50 } } },
      'checks.performance.concurrency',
    ],
    [
      'more availability than is watched',
      { availability: '99.9%', slo: { availability: '99%' } },
      'availability',
    ],
    ['an upper end below the lower', { budget: { monthly: 200, most: 100 } }, 'budget.most'],
  ])('%s is refused, and nothing else', (_what, environment, at) => {
    expect(problemsOf(environment)).toEqual([at]);
  });

  it.each<[string, object, string]>([
    [
      'a timeout above the interval',
      { health: { interval: '5s', timeout: '5s' } },
      '/container.health.timeout',
    ],
    [
      'an interval that ECS does not take',
      { health: { interval: '1s', timeout: '2s' } },
      '/container.health.interval',
    ],
    ['a command that is none', { health: { command: ['curl'] } }, '/container.health.command'],
    ['a stop timeout that ECS does not take', { stopTimeout: '3m' }, '/container.stopTimeout'],
    [
      'a retention that CloudWatch does not take',
      { logs: { retention: '10d' } },
      '/container.logs.retention',
    ],
  ])('%s is refused', (_what, container, at) => {
    expect(problemsOf({}, { file: { container } })).toContain(at);
  });

  it('production needs an approval, whatever its data', () => {
    expect(problemsOf({}, { name: 'production' })).toEqual(['approval']);
    expect(problemsOf({ approval: { reviewers: 1 } }, { name: 'production' })).toEqual([]);
  });

  it.each([
    [{ branch: 'main' }, { branch: 'main' }, true],
    [{ branch: 'main' }, { branch: 'develop' }, false],
    [{ branch: 'v1' }, { tag: 'v*' }, false],
    [{ tag: 'v*' }, { tag: 'v*.*.*' }, true],
    [{ tag: 'v1.*' }, { tag: '*.0' }, true],
    [{ tag: 'v1.*' }, { tag: 'v2.*' }, false],
    [{ tag: 'a/*' }, { tag: '*' }, false],
    [{ tag: 'a/*' }, { tag: '**' }, true],
  ])('whether %j and %j answer the same ref: %s', (on, other, same) => {
    const others = { b: { on: other, compute: { instance: 't3.micro' } } };
    expect(problemsOf({ on }, { others })).toEqual(same ? ['/environments.b.on'] : []);
  });

  it('a promotion requires what the other environment checks', () => {
    const others = {
      live: {
        on: { tag: 'v*' },
        compute: { instance: 't3.micro' },
        promote: { from: 'staging', require: ['scan', 'uat'] },
      },
    };
    expect(problemsOf({ checks: ['scan'] }, { others })).toEqual(['/environments.live.promote.require.1']);
  });

  it.each([
    ['an environment that there is not', { flow: ['staging', 'moon'] }, ['/data.flow.1']],
    ['an environment twice', { flow: ['staging', 'staging'] }, ['/data.flow.1']],
    ['real data as it is', { flow: ['production', 'staging'] }, ['/data.flow']],
    ['real data, anonymised', { flow: ['production', 'staging'], anonymise: 'rules.yml' }, []],
  ])('data flows: %s', (_what, data, expected) => {
    const others = {
      production: {
        on: { tag: 'v*' },
        compute: { instance: 't3.micro' },
        approval: { reviewers: 1 },
        data: 'real',
      },
    };
    expect(problemsOf({}, { others, file: { data } })).toEqual(expected);
  });

  it('suggest the environment that was meant, and nothing where none was', () => {
    const suggestions = (text: object): (string | undefined)[] => {
      const loaded = parseConfig(JSON.stringify({ service: 'shop', ...text }), 'sluice.yml');
      return loaded.ok ? [] : loaded.problems.map(({ suggestion }) => suggestion);
    };
    const qa = { on: { branch: 'qa' }, compute: { instance: 't3.micro' } };
    const live = { ...qa, on: { tag: 'v*' } };
    expect(suggestions({ environments: { qa, live: { ...live, promote: { from: 'aq' } } } })).toEqual([
      undefined,
    ]);
    expect(suggestions({ environments: { qa, live: { ...live, promote: { from: 'qaa' } } } })).toEqual([
      'qa',
    ]);
    expect(suggestions({ environments: { qa, live }, data: { flow: ['liv', 'moon'] } })).toEqual([
      'live',
      undefined,
    ]);
    expect(suggestions({ environments: { qa: { ...qa, tls: { mode: 'none' } } } })).toEqual([undefined]);
  });

  it('are not asked about what has a mistake of its own', () => {
    // The level is meant to be relaxed, each time; that it reads as the default is no second mistake.
    const literal = { secrets: { KEY: { literal: 'x' } } };
    expect(problemsOf({ ...literal, security: { level: 'relaxd' } })).toEqual(['security.level']);
    expect(problemsOf({ ...literal, securty: { level: 'relaxed' } })).toEqual(['securty']);
    expect(problemsOf({ ...literal, security: { levl: 'relaxed' } })).toEqual(['security.levl']);
    expect(problemsOf({ ...literal, security: 'relaxed' })).toEqual(['security']);
    expect(problemsOf({ promote: { from: 'live' } }, { others: { live: 5 } })).toEqual([
      '/environments.live',
    ]);
  });

  it.each<[string, object]>([
    [
      'a canary with all its parts',
      {
        ...shifting,
        deploy: {
          strategy: 'canary',
          steps: { percent: 10, every: '5m' },
          bake: '10m',
          gates: { beforeTraffic: ['health'], eachStep: ['analysis'], afterTraffic: ['business'] },
        },
        business: { orders: { namespace: 'Shop', metric: 'Orders' } },
      },
    ],
    ['Fargate', fargate],
    ['awsvpc on EC2', { network: { mode: 'awsvpc', subnets: ['subnet-1'], hostPort: 8080 } }],
    [
      'PostgreSQL with its URL in secrets',
      { database: { engine: 'postgres' }, secrets: { DATABASE_URL: { parameter: 'x' } } },
    ],
    [
      'a relaxed environment without TLS',
      {
        ...relaxed,
        tls: { mode: 'none' },
        url: 'http://example.org',
        secrets: { KEY: { literal: 'x' } },
        variables: { DEBUG: 'true' },
      },
    ],
  ])('%s is accepted', (_what, environment) => {
    expect(problemsOf(environment)).toEqual([]);
  });
});
