import type { Config, EnvironmentConfig } from './schema.ts';
import { formatDuration } from './units.ts';

/** A rule between keys that does not hold. */
export interface Violation {
  readonly path: readonly (string | number)[];
  readonly value: string;
  readonly expected: string;
}

type Rule = (environment: EnvironmentConfig, name: string, config: Config) => (Violation | undefined)[];

const minuteMs = 60_000;
const secondMs = 1000;

/**
 * What no single key can say. The ranges are ECS's own (API reference: DeploymentConfiguration,
 * TimeoutConfiguration, HealthCheck).
 */
export function checkRules(config: Config): Violation[] {
  const perEnvironment = Object.entries(config.environments).flatMap(([name, environment]) =>
    rules.flatMap((rule) =>
      rule(environment, name, config).flatMap((violation) =>
        violation === undefined ? [] : [{ ...violation, path: ['environments', name, ...violation.path] }],
      ),
    ),
  );
  return [...wholeFile(config), ...perEnvironment];
}

const rules: readonly Rule[] = [
  ({ secrets, security }) =>
    Object.entries(secrets).map(([name, secret]) =>
      'literal' in secret && security.level !== 'relaxed'
        ? {
            path: ['secrets', name],
            value: 'a literal secret',
            expected: 'secretsManager or parameter: a literal is allowed where security.level is relaxed',
          }
        : undefined,
    ),
  ({ secrets, variables }) =>
    Object.keys(secrets).map((name) =>
      name in variables
        ? {
            path: ['secrets', name],
            value: `${name}, which is in variables too`,
            expected: 'each name in one of both',
          }
        : undefined,
    ),
  (environment, name) => [
    (name === 'production' || 'tag' in environment.on) && environment.approval === 'none'
      ? { path: ['approval'], value: '"none"', expected: '{ reviewers: 1 }: production needs an approval' }
      : undefined,
  ],
  ({ deploy, loadBalancer }) => [
    deploy.strategy !== 'rolling' && loadBalancer?.alternateTargetGroup === undefined
      ? {
          path: ['deploy', 'strategy'],
          value: `"${deploy.strategy}"`,
          expected:
            'rolling, or a loadBalancer with targetGroup, alternateTargetGroup and productionRule to shift traffic with',
        }
      : undefined,
    deploy.strategy !== 'rolling' && loadBalancer !== undefined && loadBalancer.productionRule === undefined
      ? { path: ['loadBalancer'], value: 'no productionRule', expected: 'the listener rule that is shifted' }
      : undefined,
    deploy.strategy === 'rolling' && deploy.steps !== undefined
      ? {
          path: ['deploy', 'steps'],
          value: 'steps',
          expected: 'the strategy canary or linear: rolling has no steps',
        }
      : undefined,
    deploy.strategy === 'rolling' && deploy.minimumHealthy >= 100 && deploy.maximum <= 100
      ? {
          path: ['deploy', 'maximum'],
          value: '100',
          expected: 'minimumHealthy below 100 or maximum above 100: both at 100 let nothing move',
        }
      : undefined,
    between(['deploy', 'bake'], deploy.bake, 0, 1440 * minuteMs),
    between(['deploy', 'gateTimeout'], deploy.gateTimeout, minuteMs, 20_160 * minuteMs),
    deploy.steps === undefined
      ? undefined
      : between(['deploy', 'steps', 'every'], deploy.steps.every, 0, 1440 * minuteMs),
    deploy.strategy === 'linear' && deploy.steps !== undefined && deploy.steps.percent < 3
      ? {
          path: ['deploy', 'steps', 'percent'],
          value: String(deploy.steps.percent),
          expected: '3 to 100 with the strategy linear',
        }
      : undefined,
  ],
  ({ database }) => [
    database.engine === 'postgres' && database.secret === undefined
      ? {
          path: ['database'],
          value: 'postgres without a secret',
          expected: 'secret: where the connection URL is kept',
        }
      : undefined,
    database.engine !== 'postgres' && (database.instance !== undefined || database.multiAz)
      ? {
          path: ['database'],
          value: `"${database.engine}" with an RDS instance`,
          expected: 'engine: postgres, or no instance and no multiAz',
        }
      : undefined,
  ],
  ({ compute, network }) => [
    compute.instance !== undefined && compute.launchType === 'FARGATE'
      ? {
          path: ['compute', 'launchType'],
          value: '"FARGATE"',
          expected: 'EC2 with an instance type, or no instance',
        }
      : undefined,
    compute.launchType === 'EC2' && compute.instance === undefined
      ? {
          path: ['compute'],
          value: 'EC2 without an instance type',
          expected: 'instance: t3.micro or another one',
        }
      : undefined,
    compute.instance === undefined && network.mode !== undefined && network.mode !== 'awsvpc'
      ? { path: ['network', 'mode'], value: `"${network.mode}"`, expected: 'awsvpc: Fargate knows no other' }
      : undefined,
    compute.autoScaling !== undefined && compute.autoScaling.minimum > compute.autoScaling.maximum
      ? {
          path: ['compute', 'autoScaling', 'minimum'],
          value: String(compute.autoScaling.minimum),
          expected: `at most the maximum, ${compute.autoScaling.maximum}`,
        }
      : undefined,
  ],
  ({ promote }, name, { environments }) => [
    promote !== undefined && (environments[promote.from] === undefined || promote.from === name)
      ? {
          path: ['promote', 'from'],
          value: `"${promote.from}"`,
          expected: `another environment: ${Object.keys(environments)
            .filter((other) => other !== name)
            .join(', ')}`,
        }
      : undefined,
    ...(promote?.require ?? []).map((verdict, index) =>
      promote !== undefined &&
      environments[promote.from] !== undefined &&
      environments[promote.from]?.checks[verdict] === undefined
        ? {
            path: ['promote', 'require', index],
            value: `"${verdict}"`,
            expected: `a check of ${promote.from}`,
          }
        : undefined,
    ),
  ],
];

function wholeFile({ environments, container, data }: Config): Violation[] {
  const names = Object.keys(environments);
  const violations: (Violation | undefined)[] = [
    names.length === 0
      ? { path: ['environments'], value: 'none', expected: 'at least one environment' }
      : undefined,
    between(['container', 'health', 'interval'], container.health.interval, 5 * secondMs, 300 * secondMs),
    between(['container', 'health', 'timeout'], container.health.timeout, 2 * secondMs, 60 * secondMs),
    between(['container', 'health', 'startPeriod'], container.health.startPeriod, 0, 300 * secondMs),
    between(['container', 'stopTimeout'], container.stopTimeout, 0, 120 * secondMs),
    ...(data?.flow ?? []).map((name, index) =>
      environments[name] === undefined
        ? {
            path: ['data', 'flow', index],
            value: `"${name}"`,
            expected: `an environment: ${names.join(', ')}`,
          }
        : undefined,
    ),
    ...names.map((name, index) => {
      const twin = names
        .slice(0, index)
        .find((earlier) => sameTrigger(environments[earlier]?.on, environments[name]?.on));
      return twin === undefined
        ? undefined
        : {
            path: ['environments', name, 'on'],
            value: `the trigger of ${twin}`,
            expected: 'a branch or tag of its own',
          };
    }),
  ];
  return violations.filter((violation) => violation !== undefined);
}

function sameTrigger(
  a: EnvironmentConfig['on'] | undefined,
  b: EnvironmentConfig['on'] | undefined,
): boolean {
  return a !== undefined && JSON.stringify(a) === JSON.stringify(b);
}

function between(path: readonly string[], value: number, least: number, most: number): Violation | undefined {
  return value >= least && value <= most
    ? undefined
    : { path, value: formatDuration(value), expected: `${formatDuration(least)} to ${formatDuration(most)}` };
}
