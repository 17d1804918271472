import { slept, type Clock } from '../clock.ts';
import type { MetricSink } from '../cloudwatch/sink.ts';
import type { RunningTask } from '../ecs/running.ts';
import { readUsage as readUsageOfProcess, type ReadUsage } from './processes.ts';

export interface UtilizationOptions {
  readonly tasks: () => readonly RunningTask[];
  readonly metrics: MetricSink;
  readonly clock: Clock;
  readonly log: (message: string) => void;
  /** How much real time has passed, in milliseconds: a process uses that of the machine, whatever the cloud's clock. */
  readonly elapsed?: () => number;
  readonly readUsage?: ReadUsage;
}

/** ECS collects every 20 seconds. Source: ECS developer guide, "Amazon ECS service utilization metrics". */
const everyMs = 20_000;
/** Of real time: /proc counts hundredths of a second, and a share of less would be noise. */
const leastRealMs = 500;

interface Sample {
  readonly cpuSeconds: number;
  readonly at: number;
}

/**
 * Publishes `CPUUtilization` and `MemoryUtilization` of services to CloudWatch, measured on the tasks' own processes.
 * There are none of tasks that are no processes of this machine, and none where nothing is reserved.
 *
 * @returns how to stop
 */
export function publishUtilization(options: UtilizationOptions): () => void {
  const { clock, log } = options;
  const stopping = new AbortController();
  const publish = utilizationPublisher(options);
  const publishForever = async (): Promise<void> => {
    while (await slept(clock, Math.max(everyMs, leastRealMs * clock.scale), stopping.signal)) publish();
  };
  publishForever().catch((error: unknown) => log(`Utilization is no longer measured: ${String(error)}`));
  return () => stopping.abort(new Error('The cloud is stopping.'));
}

/** Each call measures all tasks once: their CPU since the call before. */
export function utilizationPublisher({
  tasks,
  metrics,
  clock,
  elapsed = () => performance.now(),
  readUsage = readUsageOfProcess,
}: UtilizationOptions): () => void {
  let before = new Map<string, Sample>();
  return () => {
    const now = new Map<string, Sample>();
    for (const task of tasks()) {
      const usage = usageOf(task, readUsage);
      if (usage === undefined) continue;
      const sample = { cpuSeconds: usage.cpuSeconds, at: elapsed() };
      now.set(task.taskId, sample);
      const dimensions = { ClusterName: task.cluster, ServiceName: task.service };
      const put = (name: string, value: number): void =>
        metrics({
          namespace: 'AWS/ECS',
          name,
          dimensions,
          value,
          at: clock.now().getTime(),
          unit: 'Percent',
        });
      const last = before.get(task.taskId);
      if (last !== undefined && task.cpuUnits > 0) {
        const cores = (sample.cpuSeconds - last.cpuSeconds) / ((sample.at - last.at) / 1000);
        put('CPUUtilization', (cores / (task.cpuUnits / 1024)) * 100);
      }
      if (task.memoryMiB > 0) put('MemoryUtilization', (usage.memoryMiB / task.memoryMiB) * 100);
    }
    before = now;
  };
}

/** Of all containers together; `undefined` where one of them cannot be measured. */
function usageOf({ runtimeIds }: RunningTask, readUsage: ReadUsage) {
  let cpuSeconds = 0;
  let memoryMiB = 0;
  for (const id of runtimeIds) {
    // A container's id is no process of this machine.
    const usage = /^\d{1,10}$/.test(id) ? readUsage(Number(id)) : undefined;
    if (usage === undefined) return undefined;
    cpuSeconds += usage.cpuSeconds;
    memoryMiB += usage.memoryMiB;
  }
  return runtimeIds.length === 0 ? undefined : { cpuSeconds, memoryMiB };
}
