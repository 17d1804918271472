import type { Config, EnvironmentConfig } from './schema.ts';
import { formatComparison, formatDuration, type Comparison } from './units.ts';

/** The environments side by side: a row an aspect, a cell an environment. */
export interface Matrix {
  readonly environments: readonly string[];
  readonly rows: readonly { readonly aspect: string; readonly cells: readonly string[] }[];
}

type Cell = (environment: EnvironmentConfig, config: Config) => string;

/** The comparison table: what differs and what somebody decides about, in words. */
const comparison: readonly (readonly [string, Cell])[] = [
  ['Trigger', ({ on }) => ('branch' in on ? `push to ${on.branch}` : `tag ${on.tag}`)],
  ['Gate', ({ approval }) => (approval === 'none' ? 'none' : `manual approval (${approval.reviewers})`)],
  ['Strategy', strategy],
  [
    'Rollback',
    ({ rollback }) =>
      ({
        redeploy: 'redeploy',
        automatic: 'automatic',
        approval: 'automatic during the shift, by approval afterwards',
      })[rollback],
  ],
  ['Checks', ({ checks }) => Object.keys(checks).join(', ')],
  [
    'Promotion',
    ({ promote }) => (promote === undefined ? 'none' : `from ${promote.from}: ${promote.require.join(', ')}`),
  ],
  [
    'Variables',
    ({ variables }) =>
      Object.entries(variables)
        .map(([name, value]) => `${name}=${text(value)}`)
        .join(' '),
  ],
  [
    'Secrets',
    ({ secrets }) =>
      Object.entries(secrets)
        .map(([name, secret]) => `${name}: ${secretSource(secret)}`)
        .join(', ') || 'none',
  ],
  [
    'Compute',
    ({ compute }) =>
      `${compute.instance ?? 'Fargate'}${compute.count > 1 ? ` x${compute.count}` : ''}${compute.autoScaling === undefined ? '' : ', auto scaling'}`,
  ],
  ['Database', database],
  ['Data', ({ data }) => data],
  ['TLS', ({ tls }) => (tls.certificate === 'none' ? tls.mode : `${tls.mode} (${tls.certificate})`)],
  ['Network', ({ network }) => `${network.access}${network.waf ? ', WAF' : ''}`],
  ['Security', ({ security }) => security.level],
  ['Monitoring', ({ monitoring }) => monitoring.level],
  [
    'Availability',
    ({ availability }) => (typeof availability === 'number' ? `${availability} %` : availability),
  ],
  [
    'Service level',
    ({ slo }) =>
      slo === undefined
        ? 'none'
        : [
            slo.availability === undefined ? '' : `${slo.availability} %`,
            ...Object.entries(slo.latency ?? {}).map(([name, ms]) => `${name} ${formatDuration(ms)}`),
          ]
            .filter(Boolean)
            .join(', '),
  ],
  [
    'Cost target a month',
    ({ budget }) =>
      budget === undefined
        ? 'none'
        : `$${budget.monthly}${budget.most === undefined ? '' : ` to $${budget.most}`}`,
  ],
  ['Success', ({ success }) => success.join('; ') || 'none'],
];

export function comparisonMatrix(config: Config): Matrix {
  const environments = Object.entries(config.environments);
  return {
    environments: environments.map(([name]) => name),
    rows: comparison.map(([aspect, cell]) => ({
      aspect,
      cells: environments.map(([, environment]) => cell(environment, config)),
    })),
  };
}

/** Every key with its value, defaults filled in, so that nothing is hidden. */
export function fullMatrix(config: Config): Matrix {
  const environments = Object.entries(config.environments);
  const flat = environments.map(([, environment]) => new Map(flatten(environment, '')));
  const keys = [...new Set(flat.flatMap((values) => [...values.keys()]))];
  return {
    environments: environments.map(([name]) => name),
    rows: keys.map((aspect) => ({ aspect, cells: flat.map((values) => values.get(aspect) ?? '–') })),
  };
}

/** The keys that are the same in all environments: image and container. */
export function commonKeys(config: Config): readonly (readonly [string, string])[] {
  return [...flatten(config.image, 'image'), ...flatten(config.container, 'container')];
}

export function formatMarkdown({ environments, rows }: Matrix): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [
    line(['Aspect', ...environments]),
    line(['---', ...environments.map(() => '---')]),
    ...rows.map(({ aspect, cells }) => line([aspect, ...cells])),
  ].join('\n');
}

/** For a terminal: columns, cells cut to what fits. */
export function formatTable({ environments, rows }: Matrix, columns: number): string {
  const table = [['', ...environments], ...rows.map(({ aspect, cells }) => [aspect, ...cells])];
  const first = Math.max(...table.map(([aspect = '']) => aspect.length));
  const width = Math.max(16, Math.floor((columns - first) / environments.length) - 2);
  return table
    .map(([aspect = '', ...cells]) =>
      [
        aspect.padEnd(first),
        ...cells.map((cell) => (cell.length > width ? `${cell.slice(0, width - 1)}…` : cell).padEnd(width)),
      ]
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

function strategy({ deploy }: EnvironmentConfig): string {
  switch (deploy.strategy) {
    case 'rolling':
      return deploy.circuitBreaker ? 'rolling with circuit breaker' : 'rolling';
    case 'blue-green':
      return `blue-green, bake ${formatDuration(deploy.bake)}`;
    case 'canary':
    case 'linear':
      return `blue-green, ${deploy.strategy} ${deploy.steps?.percent ?? 10} % every ${formatDuration(deploy.steps?.every ?? 300_000)}, bake ${formatDuration(deploy.bake)}`;
  }
}

function database({ database: { engine, instance, multiAz } }: EnvironmentConfig): string {
  switch (engine) {
    case 'none':
      return 'none';
    case 'sqlite':
      return 'SQLite';
    case 'postgres':
      return `RDS PostgreSQL${multiAz ? ' Multi-AZ' : ''}${instance === undefined ? '' : ` (${instance})`}`;
  }
}

function secretSource(secret: EnvironmentConfig['secrets'][string]): string {
  if ('literal' in secret) return 'a literal';
  return 'parameter' in secret
    ? 'Parameter Store'
    : `Secrets Manager${secret.rotate === undefined ? '' : ', rotated'}`;
}

function flatten(value: unknown, path: string): [string, string][] {
  if (isLeaf(value)) return [[path, text(value, path)]];
  return Object.entries(value as object).flatMap(([key, item]) =>
    flatten(item, path === '' ? key : `${path}.${key}`),
  );
}

function isLeaf(value: unknown): boolean {
  return (
    typeof value !== 'object' ||
    value === null ||
    Array.isArray(value) ||
    'var' in value ||
    'literal' in value ||
    'operator' in value ||
    Object.keys(value).length === 0
  );
}

/** Keys whose number is a time in milliseconds. */
const durations =
  /(^|\.)(every|bake|gateTimeout|timeout|within|interval|startPeriod|stopTimeout|retention|window|rotate|latency\.p\d+)$/;

function text(value: unknown, path = ''): string {
  if (Array.isArray(value)) return value.length === 0 ? 'none' : value.map((item) => text(item)).join(', ');
  if (typeof value === 'number') return durations.test(path) ? formatDuration(value) : String(value);
  if (typeof value !== 'object' || value === null) return value === '' ? '(empty)' : String(value);
  if ('var' in value) {
    const { var: name, default: fallback } = value as { var: string; default?: string };
    return fallback === undefined || fallback === '' ? `$${name}` : `$${name} (or ${fallback})`;
  }
  if ('literal' in value) return 'a literal';
  if ('operator' in value) return formatComparison(value as Comparison);
  return 'none';
}
