import { outside, type FileRule } from './rule.ts';

const secondMs = 1000;
const dayMs = 86_400_000;

/** In days, as PutRetentionPolicy takes them (CloudWatch Logs API reference). */
const retentions = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
];

/** The ranges are those of the ECS API reference: HealthCheck, ContainerDefinition. */
export const containerRules: readonly FileRule[] = [
  {
    says: '`container.health.interval` is 5s to 5m, `timeout` 2s to 60s and shorter than the interval, `startPeriod` at most 5m.',
    reads: ['/container.health.interval', '/container.health.timeout', '/container.health.startPeriod'],
    check: ({ config: { container } }) => {
      const { interval, timeout, startPeriod } = container.health;
      const withinLimits = outside('/container.health.timeout', timeout, 2 * secondMs, 60 * secondMs);
      return [
        outside('/container.health.interval', interval, 5 * secondMs, 300 * secondMs),
        withinLimits,
        outside('/container.health.startPeriod', startPeriod, 0, 300 * secondMs),
        withinLimits === undefined && timeout >= interval
          ? {
              at: '/container.health.timeout',
              found: `${timeout / secondMs}s`,
              expected: `less than the interval, ${interval / secondMs}s`,
            }
          : undefined,
      ];
    },
  },
  {
    says: '`container.health.command` begins with CMD or CMD-SHELL.',
    reads: ['/container.health.command'],
    check: ({ config: { container } }) => {
      const [first] = container.health.command ?? ['CMD'];
      return first === 'CMD' || first === 'CMD-SHELL'
        ? []
        : [
            {
              at: '/container.health.command',
              found: first === undefined ? 'an empty list' : `"${first}" first`,
              expected: '[CMD, program, argument…] or [CMD-SHELL, "a line for the shell"]',
            },
          ];
    },
  },
  {
    says: '`container.stopTimeout` is 2s to 2m.',
    reads: ['/container.stopTimeout'],
    check: ({ config: { container } }) => [
      outside('/container.stopTimeout', container.stopTimeout, 2 * secondMs, 120 * secondMs),
    ],
  },
  {
    says: '`container.logs.retention` is a number of days that CloudWatch Logs takes.',
    reads: ['/container.logs.retention'],
    check: ({ config: { container } }) => {
      const days = container.logs.retention / dayMs;
      return [
        retentions.includes(days)
          ? undefined
          : {
              at: '/container.logs.retention',
              found: `${days}d`,
              expected: `one of ${retentions.map((each) => `${each}d`).join(', ')}`,
            },
      ];
    },
  },
];
