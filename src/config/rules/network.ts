import { launchTypeOf, networkModeOf } from '../defaults.ts';
import { known, type EnvironmentRule } from './rule.ts';

/** Memory in MiB that Fargate offers for so many CPU units (ECS developer guide, task-cpu-memory-error). */
const fargateSizes: ReadonlyMap<number, readonly number[]> = new Map([
  [256, [512, 1024, 2048]],
  [512, steps(1024, 4096, 1024)],
  [1024, steps(2048, 8192, 1024)],
  [2048, steps(4096, 16_384, 1024)],
  [4096, steps(8192, 30_720, 1024)],
  [8192, steps(16_384, 61_440, 4096)],
  [16_384, steps(32_768, 122_880, 8192)],
]);

export const networkRules: readonly EnvironmentRule[] = [
  {
    says: '`compute.launchType: FARGATE` has no `instance`, network mode `awsvpc`, and a size that Fargate offers.',
    reads: [
      'compute',
      'compute.launchType',
      'compute.instance',
      'compute.cpu',
      'compute.memory',
      'network.mode',
    ],
    check: ({ environment: { compute, network } }) => {
      if (launchTypeOf(compute) !== 'FARGATE') return [];
      const sizes = fargateSizes.get(compute.cpu);
      return [
        compute.instance === undefined
          ? undefined
          : {
              at: 'compute.launchType',
              found: `"FARGATE" with the instance type ${compute.instance}`,
              expected: 'EC2, or no instance',
            },
        network.mode === undefined || network.mode === 'awsvpc'
          ? undefined
          : {
              at: 'network.mode',
              found: `"${network.mode}" on Fargate`,
              expected: 'awsvpc, or an instance type in compute',
            },
        sizes === undefined
          ? {
              at: 'compute.cpu',
              found: `${compute.cpu} on Fargate`,
              expected: `one of ${[...fargateSizes.keys()].join(', ')}, or an instance type in compute`,
            }
          : undefined,
        sizes !== undefined && !sizes.includes(compute.memory)
          ? {
              at: 'compute.memory',
              found: `${compute.memory} with ${compute.cpu} CPU units on Fargate`,
              expected: `one of ${sizes.join(', ')}`,
            }
          : undefined,
      ];
    },
  },
  {
    says: 'Network mode `awsvpc` has `subnets`; the other modes have none, no `securityGroups` and no public address of their own.',
    reads: [
      'compute.launchType',
      'compute.instance',
      'network.mode',
      'network.subnets',
      'network.securityGroups',
      'network.assignPublicIp',
    ],
    check: ({ environment: { compute, network } }) => {
      const mode = networkModeOf(compute, network);
      if (mode === 'awsvpc') {
        return [
          network.subnets.length === 0
            ? {
                at: 'network.subnets',
                found: 'none in network mode awsvpc',
                expected: 'the subnets of the tasks',
              }
            : undefined,
        ];
      }
      const expected = `network mode awsvpc: tasks in mode ${mode} are where their instance is`;
      return [
        network.subnets.length === 0 ? undefined : { at: 'network.subnets', found: 'subnets', expected },
        network.securityGroups.length === 0
          ? undefined
          : { at: 'network.securityGroups', found: 'security groups', expected },
        network.assignPublicIp ? { at: 'network.assignPublicIp', found: 'true', expected } : undefined,
      ];
    },
  },
  {
    says: '`network.hostPort` belongs to network mode `bridge`; in the others it is the container’s port.',
    reads: ['compute.launchType', 'compute.instance', 'network.mode', 'network.hostPort', '/container.port'],
    check: ({ environment: { compute, network }, config: { container } }) => {
      const mode = networkModeOf(compute, network);
      const { hostPort } = network;
      const port = typeof hostPort === 'number' ? String(hostPort) : known(hostPort);
      return [
        hostPort !== undefined && mode !== 'bridge' && port !== String(container.port)
          ? {
              at: 'network.hostPort',
              found: `${port ?? 'a variable'} in network mode ${mode}`,
              expected: `no hostPort: it is container.port, ${container.port}`,
            }
          : undefined,
      ];
    },
  },
  {
    says: '`database.migrate` wants no fixed port of the instance: no `network.hostPort`, nor network mode `host`.',
    reads: [
      'compute.launchType',
      'compute.instance',
      'network.mode',
      'network.hostPort',
      'database',
      'database.migrate',
    ],
    check: ({ environment: { compute, network, database } }) => {
      const mode = networkModeOf(compute, network);
      if (database.migrate === undefined || mode === 'awsvpc') return [];
      if (mode === 'bridge' && network.hostPort === undefined) return [];
      return [
        {
          at: 'database.migrate',
          found: `a task beside those that serve, with ${mode === 'host' ? 'network mode host' : 'network.hostPort'}`,
          expected:
            'network mode bridge without hostPort, or awsvpc: a task of the same port finds no place beside the service’s',
        },
      ];
    },
  },
  {
    says: '`autoScaling.minimum` is at most its `maximum`, and `count` lies between them.',
    reads: [
      'compute.autoScaling',
      'compute.autoScaling.minimum',
      'compute.autoScaling.maximum',
      'compute.count',
    ],
    check: ({ environment: { compute } }) => {
      const { autoScaling: scaling, count } = compute;
      if (scaling === undefined) return [];
      if (scaling.minimum > scaling.maximum) {
        return [
          {
            at: 'compute.autoScaling.minimum',
            found: String(scaling.minimum),
            expected: `at most the maximum, ${scaling.maximum}`,
          },
        ];
      }
      return [
        count < scaling.minimum || count > scaling.maximum
          ? {
              at: 'compute.count',
              found: String(count),
              expected: `a count that auto scaling leaves alone, ${scaling.minimum} to ${scaling.maximum}`,
            }
          : undefined,
      ];
    },
  },
];

function steps(least: number, most: number, step: number): number[] {
  return Array.from({ length: (most - least) / step + 1 }, (_, index) => least + index * step);
}
