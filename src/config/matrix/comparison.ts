import { launchTypeOf, networkModeOf } from '../defaults.ts';
import type { Config, EnvironmentConfig } from '../schema/index.ts';
import { formatComparison, formatDuration } from '../units.ts';
import { inWords } from './values.ts';

/** The environments side by side: a row an aspect, a cell an environment. */
export interface Matrix {
  readonly environments: readonly string[];
  readonly rows: readonly { readonly aspect: string; readonly cells: readonly string[] }[];
}

type Cell = (environment: EnvironmentConfig) => string;

/** The comparison table: first what a newcomer asks, then how it is configured and what it stands on. */
const aspects: readonly (readonly [string, Cell])[] = [
  ['Purpose', ({ purpose }) => purpose ?? '–'],
  ['Security', ({ security }) => (security.audit ? `${security.level}, audited` : security.level)],
  ['Data', ({ data }) => data],
  ['Monitoring', monitoring],
  ['Availability', ({ availability }) => inWords(availability, ['percentage'])],
  ['Cost target a month', cost],
  ['Trigger', ({ on }) => ('branch' in on ? `push to ${on.branch}` : `tag ${on.tag}`)],
  ['Gate', gate],
  ['Rollback', rollback],
  ['Strategy', strategy],
  ['Checks', checks],
  ['Promotion', promotion],
  ['Success', ({ success }) => list(success, '; ')],
  ['Variables', variables],
  ['Secrets', secrets],
  ['Compute', compute],
  ['Database', database],
  ['TLS', ({ tls }) => (tls.certificate === 'none' ? tls.mode : `${tls.mode} (${tls.certificate})`)],
  ['Network', network],
  ['Service level', serviceLevel],
  ['Business metrics', business],
];

/** How the environments differ, in words, with every default filled in. */
export function comparisonMatrix(config: Config): Matrix {
  const environments = Object.entries(config.environments);
  return {
    environments: environments.map(([name]) => name),
    rows: aspects.map(([aspect, cell]) => ({
      aspect,
      cells: environments.map(([, environment]) => cell(environment)),
    })),
  };
}

function monitoring({ monitoring: { level }, deploy }: EnvironmentConfig): string {
  const { length } = deploy.alarms;
  const alarms = length === 0 ? '' : length === 1 ? ', an alarm rolls back' : `, ${length} alarms roll back`;
  switch (level) {
    case 'logs':
      return `application logs${alarms}`;
    case 'metrics':
      return `metrics and dashboards, load-test results, test reports${alarms}`;
    case 'full':
      return `24/7: metrics, alerts, business metrics, incidents, service levels${alarms}`;
  }
}

function cost({ budget }: EnvironmentConfig): string {
  if (budget === undefined) return '–';
  return `$${budget.monthly}${budget.most === undefined ? '' : ` to $${budget.most}`}`;
}

function gate({ approval }: EnvironmentConfig): string {
  if (approval === 'none') return 'none';
  const whose = approval.reviewers === 1 ? 'one reviewer' : `${approval.reviewers} reviewers`;
  return `manual approval by ${whose}${approval.selfApproval ? ', one’s own allowed' : ', not one’s own'}`;
}

function rollback({ rollback: way }: EnvironmentConfig): string {
  switch (way) {
    case 'redeploy':
      return 'not needed: the next push';
    case 'automatic':
      return 'automatic';
    case 'approval':
      return 'automatic during the shift, by approval afterwards';
  }
}

function strategy({ deploy }: EnvironmentConfig): string {
  const bake = deploy.bake === 0 ? '' : `, bake ${formatDuration(deploy.bake)}`;
  switch (deploy.strategy) {
    case 'rolling':
      return deploy.circuitBreaker ? 'rolling with circuit breaker' : 'rolling';
    case 'blue-green':
      return `blue-green${bake}`;
    case 'canary':
      return `blue-green, canary ${shift(deploy)}${bake}`;
    case 'linear':
      return `blue-green, linear ${shift(deploy)}${bake}`;
  }
}

function shift({ strategy: kind, steps }: EnvironmentConfig['deploy']): string {
  if (steps === undefined) return 'as ECS does it';
  const every = formatDuration(steps.every);
  return kind === 'canary' ? `${steps.percent}% for ${every}` : `${steps.percent}% every ${every}`;
}

function checks({ checks: all }: EnvironmentConfig): string {
  const { performance, uat } = all;
  const thresholds = Object.entries(performance?.thresholds ?? {}).flatMap(([name, threshold]) =>
    threshold === undefined ? [] : [`${name} ${formatComparison(threshold)}`],
  );
  const details: Partial<Record<string, string>> = {
    scan: all.scan === undefined ? '' : ` (fails on ${all.scan.failOn.join(', ')})`,
    uat: uat === undefined || uat.signOff === 'none' ? '' : ` (sign-off ${uat.signOff})`,
    performance: thresholds.length === 0 ? '' : ` (${thresholds.join(', ')})`,
  };
  const named = Object.entries(all).flatMap(([name, check]) =>
    check === undefined ? [] : [`${name}${details[name] ?? ''}`],
  );
  return list(named, ', ');
}

function promotion({ promote }: EnvironmentConfig): string {
  if (promote === undefined) return '–';
  return `from ${promote.from}${promote.require.length === 0 ? '' : `, with ${promote.require.join(', ')}`}`;
}

function variables({ variables: all }: EnvironmentConfig): string {
  return list(
    Object.entries(all).map(([name, value]) => `${name}=${inWords(value, [])}`),
    ', ',
  );
}

function secrets({ secrets: all, database: { secret } }: EnvironmentConfig): string {
  const named = Object.entries(all).map(([name, source]) => `${name}: ${secretSource(source)}`);
  return list(secret === undefined ? named : [...named, 'DATABASE_URL: Secrets Manager'], ', ');
}

function secretSource(secret: EnvironmentConfig['secrets'][string]): string {
  if ('literal' in secret) return 'a literal';
  if ('parameter' in secret) return 'Parameter Store';
  return `Secrets Manager${secret.rotate === undefined ? '' : `, rotated every ${formatDuration(secret.rotate)}`}`;
}

function compute({ compute: { count, autoScaling, ...rest } }: EnvironmentConfig): string {
  const { instance, cpu, memory } = rest;
  const kind = instance ?? (launchTypeOf({ ...rest, count }) === 'FARGATE' ? 'Fargate' : 'EC2');
  const scaling =
    autoScaling === undefined ? '' : `, auto scaling ${autoScaling.minimum} to ${autoScaling.maximum}`;
  return `${kind}${count > 1 ? ` x${count}` : ''} (${cpu} CPU units, ${memory} MiB a task)${scaling}`;
}

function database({ database: { engine, instance, multiAz } }: EnvironmentConfig): string {
  switch (engine) {
    case 'none':
      return 'none';
    case 'sqlite':
      return 'SQLite';
    case 'postgres':
      return instance === undefined
        ? 'PostgreSQL'
        : `RDS PostgreSQL${multiAz ? ' Multi-AZ' : ''} (${instance})`;
  }
}

function network(environment: EnvironmentConfig): string {
  const { compute: machine, network: way, loadBalancer } = environment;
  const access = { open: 'open to anybody', vpc: 'VPC with security groups', isolated: 'isolated' }[
    way.access
  ];
  return list(
    [
      access,
      ...(loadBalancer === undefined ? [] : ['load balancer']),
      ...(way.waf ? ['WAF'] : []),
      `${networkModeOf(machine, way)} mode`,
    ],
    ', ',
  );
}

function serviceLevel({ slo }: EnvironmentConfig): string {
  if (slo === undefined) return '–';
  const latencies = Object.entries(slo.latency ?? {}).flatMap(([name, ms]) =>
    ms === undefined ? [] : [`${name} ${formatDuration(ms)}`],
  );
  const parts = [...(slo.availability === undefined ? [] : [`${slo.availability}%`]), ...latencies];
  return `${list(parts, ', ')} over ${formatDuration(slo.window)}`;
}

function business({ business: all }: EnvironmentConfig): string {
  return list(
    Object.entries(all).map(([name, { better, margin }]) =>
      better === 'higher' ? `${name} at most ${margin}% fewer` : `${name} at most ${margin}% more`,
    ),
    ', ',
  );
}

function list(items: readonly string[], separator: string): string {
  return items.length === 0 ? 'none' : items.join(separator);
}
