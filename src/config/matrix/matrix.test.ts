import { parseConfig } from '../load.ts';
import { formatProblems } from '../problem.ts';
import type { Config } from '../schema/index.ts';
import {
  commonMatrix,
  comparisonMatrix,
  formatMarkdown,
  formatTable,
  fullMatrix,
  settingsOf,
} from './index.ts';
import type { Matrix } from './index.ts';

const least = { on: { branch: 'develop' }, compute: { instance: 't3.micro' } };
const relaxed = { security: { level: 'relaxed' }, tls: { mode: 'none' } };

function configOf(environments: object, file: object = {}): Config {
  const loaded = parseConfig(JSON.stringify({ service: 'shop', environments, ...file }), 'sluice.yml');
  if (!loaded.ok) throw new Error(formatProblems(loaded.problems));
  return loaded.config;
}

/** What a row says of the one environment. */
function cellOf(environment: object, aspect: string): string | undefined {
  return comparisonMatrix(configOf({ a: { ...least, ...environment } })).rows.find(
    (row) => row.aspect === aspect,
  )?.cells[0];
}

const balancer = {
  targetGroup: 'blue',
  alternateTargetGroup: 'green',
  productionRule: 'rule',
  role: 'role',
};

describe('the comparison', () => {
  it.each<[string, string, object]>([
    ['Trigger', 'push to develop', {}],
    ['Trigger', 'tag v*', { on: { tag: 'v*' } }],
    [
      'Security',
      'maximum, audited',
      { security: { level: 'maximum', audit: true }, network: { access: 'vpc' } },
    ],
    ['Monitoring', 'application logs', { monitoring: { level: 'logs' } }],
    [
      'Monitoring',
      'application logs, 2 alarms roll back',
      { monitoring: { level: 'logs' }, deploy: { alarms: ['a', 'b'] } },
    ],
    ['Availability', '99.5%', { availability: '99.5%' }],
    ['Cost target a month', '–', {}],
    ['Cost target a month', '$200 to $400', { budget: { monthly: 200, most: 400 } }],
    ['Gate', 'none', {}],
    [
      'Gate',
      'manual approval by one reviewer, not one’s own',
      { approval: { reviewers: 1, selfApproval: false } },
    ],
    [
      'Gate',
      'manual approval by 2 reviewers, one’s own allowed',
      { approval: { reviewers: 2, selfApproval: true } },
    ],
    ['Rollback', 'automatic during the shift, by approval afterwards', { rollback: 'approval' }],
    ['Strategy', 'rolling with circuit breaker', {}],
    ['Strategy', 'rolling', { deploy: { circuitBreaker: false } }],
    [
      'Strategy',
      'blue-green, bake 10m',
      { loadBalancer: balancer, deploy: { strategy: 'blue-green', bake: '10m', timeout: '1h' } },
    ],
    [
      'Strategy',
      'blue-green, linear 10% every 1m',
      {
        loadBalancer: balancer,
        deploy: { strategy: 'linear', steps: { percent: 10, every: '1m' }, timeout: '1h' },
      },
    ],
    [
      'Checks',
      'test, scan (fails on critical), performance (errorRate < 0.1%, p95 < 250ms, throughput >= 100)',
      {
        checks: {
          test: {},
          scan: { failOn: ['critical'] },
          performance: { thresholds: { errorRate: '<0.1%', p95: '< 250ms', throughput: '>= 100' } },
        },
      },
    ],
    [
      'Variables',
      'LEVEL=INFO, KEY=$KEY, OTHER=$OTHER (or x), NONE=(empty)',
      {
        variables: { LEVEL: 'INFO', KEY: { var: 'KEY' }, OTHER: { var: 'OTHER', default: 'x' }, NONE: '' },
      },
    ],
    [
      'Secrets',
      'A: Secrets Manager, rotated every 30d, B: Parameter Store, DATABASE_URL: Secrets Manager',
      {
        secrets: { A: { secretsManager: 'a', rotate: '30d' }, B: { parameter: 'b' } },
        database: { engine: 'postgres', secret: 'url' },
      },
    ],
    ['Compute', 't3.micro (256 CPU units, 512 MiB a task)', {}],
    [
      'Compute',
      'Fargate x2 (512 CPU units, 1024 MiB a task), auto scaling 2 to 4',
      {
        compute: { count: 2, cpu: 512, memory: 1024, autoScaling: { minimum: 2, maximum: 4 } },
        network: { subnets: ['subnet-1'] },
      },
    ],
    [
      'Database',
      'RDS PostgreSQL Multi-AZ (db.t3.small)',
      { database: { engine: 'postgres', instance: 'db.t3.small', multiAz: true, secret: 'url' } },
    ],
    ['TLS', 'required (acm)', { tls: { mode: 'required', certificate: 'acm' } }],
    [
      'Network',
      'VPC with security groups, load balancer, WAF, bridge mode',
      { network: { access: 'vpc', waf: true }, loadBalancer: { targetGroup: 'blue' } },
    ],
    [
      'Service level',
      '99.9%, p95 300ms over 30d',
      { slo: { availability: '99.9%', latency: { p95: '300ms' }, window: '30d' } },
    ],
    ['Business metrics', 'none', {}],
    [
      'Business metrics',
      'orders at most 10% fewer, returns at most 20% more',
      {
        business: {
          orders: { namespace: 'Shop', metric: 'Orders', margin: '10%' },
          returns: { namespace: 'Shop', metric: 'Returns', better: 'lower' },
        },
      },
    ],
  ])('%s: %s', (aspect, expected, environment) => {
    expect(cellOf(environment, aspect)).toBe(expected);
  });

  it('has a cell for each environment in each row, in the order of the file', () => {
    const { environments, rows } = comparisonMatrix(
      configOf({ b: least, a: { ...least, on: { branch: 'main' } } }),
    );
    expect(environments).toEqual(['b', 'a']);
    expect(rows.filter(({ cells }) => cells.length !== 2 || cells.includes(''))).toEqual([]);
  });
});

describe('every key', () => {
  it('is written as sluice.yml would write it, and says whether it is there', () => {
    const config = configOf({
      a: {
        ...least,
        deploy: { timeout: '1200s' },
        network: { subnets: [{ var: 'S' }, 's'], mode: 'awsvpc' },
      },
    });
    expect(settingsOf(config, 'a')).toEqual(
      expect.arrayContaining([
        { key: 'deploy.timeout', value: '20m', isDefault: false },
        { key: 'network.subnets', value: '$S, s', isDefault: false },
        { key: 'deploy.strategy', value: 'rolling', isDefault: true },
        { key: 'variables', value: 'none', isDefault: true },
      ]),
    );
  });

  it('has the defaults that depend on other keys filled in', () => {
    const others = { b: { on: { branch: 'b' }, compute: {}, network: { subnets: ['subnet-1'] } } };
    const config = configOf({ a: least, ...others }, { container: { port: 3000 } });
    const valueOf = (name: string, key: string): string | undefined =>
      settingsOf(config, name).find((setting) => setting.key === key)?.value;
    const keys = ['aws.cluster', 'aws.service', 'compute.launchType', 'network.mode', 'network.hostPort'];
    expect(keys.map((key) => valueOf('a', key))).toEqual(['shop-a', 'shop', 'EC2', 'bridge', 'any free one']);
    expect(keys.map((key) => valueOf('b', key))).toEqual(['shop-b', 'shop', 'FARGATE', 'awsvpc', '3000']);
  });

  it('is beside its neighbours where only one environment has it, and a dash where it is not there', () => {
    const { environments, rows } = fullMatrix(
      configOf({ a: least, b: { ...least, on: { branch: 'b' }, purpose: 'Trying things' } }),
    );
    expect(environments).toEqual(['a', 'b']);
    expect(rows[0]).toEqual({ aspect: 'purpose', cells: ['–', 'Trying things'] });
    expect(rows.find(({ aspect }) => aspect === 'proof.answers')?.cells).toEqual([
      '3 (default)',
      '3 (default)',
    ]);
  });

  it('takes names of the user for nothing else, whatever they are', () => {
    const config = configOf({
      a: {
        ...least,
        ...relaxed,
        variables: { var: 'x', default: 'y', operator: '<', limit: '5' },
        secrets: { KEY: { literal: 'hunter2' } },
      },
      b: {
        ...least,
        ...relaxed,
        on: { branch: 'b' },
        secrets: { var: { literal: 'hunter2' }, KEY: { literal: 'x' } },
      },
    });
    const named = ['a', 'b']
      .flatMap((name) => settingsOf(config, name))
      .filter(({ key, isDefault }) => !isDefault && /^(?:variables|secrets)/.test(key));
    expect(named.map(({ key, value }) => `${key}: ${value}`)).toEqual([
      'variables.var: x',
      'variables.default: y',
      'variables.operator: <',
      'variables.limit: 5',
      'secrets.KEY.literal: a literal, not shown',
      'secrets.var.literal: a literal, not shown',
      'secrets.KEY.literal: a literal, not shown',
    ]);
    expect(settingsOf(config, 'constructor')).toEqual([]);
  });

  it('of the whole file is in a matrix of its own', () => {
    const data = { flow: ['a'] };
    const { rows } = commonMatrix(configOf({ a: least }, { container: { port: 3000 }, data }));
    const cells = Object.fromEntries(rows.map(({ aspect, cells: [cell] }) => [aspect, cell]));
    expect(cells).toMatchObject({
      service: 'shop',
      'image.repository': 'shop (default)',
      'container.port': '3000',
      'container.health.interval': '10s (default)',
      'data.flow': 'a',
    });
  });
});

describe('a matrix as text', () => {
  const matrix: Matrix = {
    environments: ['a', 'b'],
    rows: [
      { aspect: 'Purpose', cells: ['one two three', 'x'] },
      { aspect: 'URL', cells: ['abcdefghijklmnopqrstuvwxyz', ''] },
    ],
  };

  it('is wrapped where it must, cut never, and ends no line in spaces', () => {
    expect(formatTable(matrix, 50)).toBe(
      [
        '         a                     b',
        'Purpose  one two three         x',
        'URL      abcdefghijklmnopqrst',
        '         uvwxyz',
      ].join('\n'),
    );
  });

  it('stays readable where the terminal is narrower than that', () => {
    expect(formatTable(matrix, 1)).toBe(formatTable(matrix, 50));
  });

  it('is no wider than what is in it', () => {
    expect(formatTable(matrix, 1000).split('\n')).toHaveLength(3);
  });

  it.each([
    ['a|b', 'a\\|b'],
    ['<script>', '\\<script\\>'],
    ['*a* _b_ ~~c~~ `d`', '\\*a\\* \\_b\\_ \\~\\~c\\~\\~ \\`d\\`'],
    ['LOG_LEVEL=INFO', 'LOG_LEVEL=INFO'],
    ['[a](b)', '\\[a\\](b)'],
    ['&lt; R&D', '\\&lt; R&D'],
    ['one\ntwo', 'one two'],
  ])('is text in Markdown too: %j', (cell, expected) => {
    const text = formatMarkdown({ environments: ['a'], rows: [{ aspect: 'x', cells: [cell] }] }, 'Key');
    expect(text).toBe(`| Key | a |\n| --- | --- |\n| x | ${expected} |`);
  });
});
