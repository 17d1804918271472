import { EventEmitter, once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { GetMetricDataOutput } from '@aws-sdk/client-cloudwatch';
import { createAutoScaling } from '../autoscaling/index.ts';
import { scaledClock } from '../clock.ts';
import { createCloudWatch } from '../cloudwatch/index.ts';
import { processDriver } from '../ecs/drivers/process.ts';
import { createEcs } from '../ecs/index.ts';
import { Images } from '../ecs/testing/images.ts';
import { noLoadBalancing } from '../ecs/world.ts';
import { createLogs } from '../logs/index.ts';
import type { Call, Service } from '../wire/service.ts';
import { publishUtilization } from './index.ts';

/** Works for a quarter of its time, and says each second how many orders it took. */
const program = `
setInterval(() => { const end = performance.now() + 25; while (performance.now() < end); }, 100);
setInterval(() => console.log(JSON.stringify({
  _aws: { Timestamp: Date.now(), CloudWatchMetrics: [{ Namespace: 'Shop', Dimensions: [['Version']], Metrics: [{ Name: 'Orders' }] }] },
  Version: '1.2.3',
  Orders: 2,
})), 1000);
process.on('SIGTERM', () => process.exit(0));
`;

const minuteMs = 60_000;
const patienceMs = 60_000;
const call: Call = {
  requestId: 'request',
  region: 'eu-west-1',
  accountId: '000000000000',
  callerArn: 'arn:aws:iam::000000000000:user/test',
  accessKeyId: 'AKIA',
};
const onLinux = existsSync('/proc/self/stat') ? test : test.skip;

onLinux(
  'a service of real processes that is busy is scaled out by what its CPU is measured at, and its log has its metrics',
  async () => {
    const directory = mkdtempSync(path.join(tmpdir(), 'sluice-busy-'));
    // A minute takes a second.
    const clock = scaledClock(60);
    const now = (): number => clock.now().getTime();
    // Everything here that a snapshot would keep tells of its changes: that is when something can have come true.
    const changes = new EventEmitter<{ change: [] }>();
    const changed = (): void => void changes.emit('change');
    const messages: string[] = [];
    const log = (message: string): void => void messages.push(message);
    const images = new Images();
    await images.add('127.0.0.1:1/web:1', [[{ name: 'app/server.js', content: program }]], {
      Entrypoint: ['node'],
      Cmd: ['/app/server.js'],
      WorkingDir: '/app',
    });
    const cloudWatch = createCloudWatch({ clock, changed, log });
    const logs = createLogs(now, cloudWatch.sink);
    const world = {
      images,
      logs: logs.store,
      secrets: { read: () => ({ error: 'There are none.' }) },
      roles: { canBeAssumedByTasks: () => true },
      loadBalancing: noLoadBalancing,
      alarms: cloudWatch.alarms,
    };
    const ecs = createEcs({ world, clock, changed, log, driver: processDriver({ images, directory }) });
    const scaling = createAutoScaling({
      services: ecs.scaling,
      alarms: cloudWatch.policyAlarms,
      now,
      changed,
    });
    await ecs.start();
    cloudWatch.start();
    const stopMeasuring = publishUtilization({
      tasks: () => ecs.running(),
      metrics: cloudWatch.sink,
      clock,
      log,
    });
    try {
      await ask(logs, 'CreateLogGroup', { logGroupName: '/web' });
      await ask(ecs, 'CreateCluster', { clusterName: 'shop' });
      await ask(ecs, 'RegisterTaskDefinition', {
        family: 'web',
        cpu: '256',
        memory: '512',
        executionRoleArn: 'arn:aws:iam::000000000000:role/execution',
        requiresCompatibilities: ['EC2'],
        containerDefinitions: [
          {
            name: 'web',
            image: '127.0.0.1:1/web:1',
            logConfiguration: {
              logDriver: 'awslogs',
              options: {
                'awslogs-group': '/web',
                'awslogs-region': 'eu-west-1',
                'awslogs-stream-prefix': 'web',
              },
            },
          },
        ],
      });
      await ask(ecs, 'CreateService', {
        cluster: 'shop',
        serviceName: 'web',
        taskDefinition: 'web',
        desiredCount: 1,
      });
      const target = {
        ServiceNamespace: 'ecs',
        ResourceId: 'service/shop/web',
        ScalableDimension: 'ecs:service:DesiredCount',
      };
      await ask(scaling, 'RegisterScalableTarget', { ...target, MinCapacity: 1, MaxCapacity: 2 });
      await ask(scaling, 'PutScalingPolicy', {
        ...target,
        PolicyName: 'cpu',
        PolicyType: 'TargetTrackingScaling',
        TargetTrackingScalingPolicyConfiguration: {
          TargetValue: 20,
          PredefinedMetricSpecification: { PredefinedMetricType: 'ECSServiceAverageCPUUtilization' },
        },
      });

      await until(changes, 'the service is scaled out', () => ecs.scaling.desiredCount('shop', 'web') === 2);

      const metric = (Id: string, Namespace: string, MetricName: string, of: object, Stat: string) => ({
        Id,
        MetricStat: {
          Metric: {
            Namespace,
            MetricName,
            Dimensions: Object.entries(of).map(([Name, Value]) => ({ Name, Value: String(Value) })),
          },
          Period: 60,
          Stat,
        },
      });
      const service = { ClusterName: 'shop', ServiceName: 'web' };
      const { MetricDataResults: [cpu, memory, orders] = [] } = (await ask(cloudWatch, 'GetMetricData', {
        MetricDataQueries: [
          metric('cpu', 'AWS/ECS', 'CPUUtilization', service, 'Average'),
          metric('memory', 'AWS/ECS', 'MemoryUtilization', service, 'Average'),
          metric('orders', 'Shop', 'Orders', { Version: '1.2.3' }, 'Sum'),
        ],
        StartTime: new Date(now() - 60 * minuteMs),
        EndTime: new Date(now()),
      })) as GetMetricDataOutput;
      // A quarter of a core is all that is reserved; a busy machine gives a process less.
      expect(Math.max(...(cpu?.Values ?? []))).toBeGreaterThan(20);
      expect(Math.max(...(memory?.Values ?? []))).toBeGreaterThan(1);
      expect(orders?.Values).toContain(2);
      expect(messages).toEqual([]);
    } finally {
      stopMeasuring();
      cloudWatch.stop();
      await ecs.stop();
      rmSync(directory, { recursive: true, force: true });
    }
  },
  patienceMs + 10_000,
);

async function ask(service: Service, operation: string, input: object): Promise<object> {
  const handler = service.operations[operation];
  if (handler === undefined) throw new Error(`${service.id} has no ${operation}.`);
  return handler(input, call);
}

async function until(
  changes: EventEmitter<{ change: [] }>,
  what: string,
  condition: () => boolean,
): Promise<void> {
  const signal = AbortSignal.timeout(patienceMs);
  try {
    while (!condition()) await once(changes, 'change', { signal });
  } catch (error: unknown) {
    throw new Error(`After ${patienceMs / 1000} s, not so: ${what}.`, { cause: error });
  }
}
