import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { scaledClock } from '../clock.ts';
import type { MetricDatum } from '../cloudwatch/sink.ts';
import type { RunningTask } from '../ecs/running.ts';
import { utilizationPublisher } from './index.ts';
import { readUsage, type Usage } from './processes.ts';

const task: RunningTask = {
  cluster: 'shop',
  service: 'web',
  taskId: 't1',
  cpuUnits: 512,
  memoryMiB: 1024,
  runtimeIds: ['7'],
};

function publisher(tasks: readonly RunningTask[], usages: Record<number, Usage | undefined>) {
  const put: MetricDatum[] = [];
  let ms = 0;
  const publish = utilizationPublisher({
    tasks: () => tasks,
    metrics: (datum) => put.push(datum),
    clock: scaledClock(),
    log: () => undefined,
    elapsed: () => ms,
    readUsage: (pid) => usages[pid],
  });
  return {
    put,
    publish: (afterMs: number) => {
      ms += afterMs;
      publish();
    },
  };
}

test('a task that used a quarter of a core in its time, of half a core that is reserved, is at 50 %', () => {
  const usages: Record<number, Usage> = { 7: { cpuSeconds: 10, memoryMiB: 256 } };
  const { put, publish } = publisher([task], usages);
  publish(0);
  usages[7] = { cpuSeconds: 10.5, memoryMiB: 512 };
  publish(2000);
  const about = {
    namespace: 'AWS/ECS',
    dimensions: { ClusterName: 'shop', ServiceName: 'web' },
    unit: 'Percent',
  };
  expect(put).toMatchObject([
    { ...about, name: 'MemoryUtilization', value: 25 },
    { ...about, name: 'CPUUtilization', value: 50 },
    { ...about, name: 'MemoryUtilization', value: 50 },
  ]);
});

test.each([
  ['a container that is no process of this machine', { runtimeIds: ['0b3f'.repeat(16)] }],
  ['a process that has ended', { runtimeIds: ['8'] }],
  ['a task whose containers are yet to come', { runtimeIds: [] }],
  ['nothing reserved', { cpuUnits: 0, memoryMiB: 0 }],
])('there is no metric with %s', (_what, part) => {
  const { put, publish } = publisher([{ ...task, ...part }], { 7: { cpuSeconds: 1, memoryMiB: 1 } });
  publish(0);
  publish(1000);
  expect(put).toEqual([]);
});

const onLinux = existsSync('/proc/self/stat') ? test : test.skip;

onLinux('a process that works is seen to use its CPU and memory, its children too', async () => {
  const busy =
    'const end = process.cpuUsage().user + 300_000; while (process.cpuUsage().user < end); console.log("done"); process.stdin.resume()';
  const parent = spawn(
    process.execPath,
    [
      '-e',
      `require('node:child_process').spawn(process.execPath, ['-e', ${JSON.stringify(busy)}], { stdio: 'inherit' })`,
    ],
    { stdio: ['pipe', 'pipe', 'ignore'] },
  );
  try {
    await once(parent.stdout, 'data');
    const usage = readUsage(parent.pid ?? 0);
    expect(usage?.cpuSeconds).toBeGreaterThanOrEqual(0.3);
    expect(usage?.cpuSeconds).toBeLessThan(30);
    expect(usage?.memoryMiB).toBeGreaterThan(20);
  } finally {
    parent.stdin.end();
    parent.kill('SIGKILL');
  }
});

test('a process that is not there has no usage', () => {
  expect(readUsage(2 ** 30)).toBeUndefined();
});
