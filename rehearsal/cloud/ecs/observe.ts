import type { Tasks as ObservedTasks } from './decide.ts';
import type { ServiceRecord, TaskRecord } from './model.ts';
import { verdictOf } from './targets.ts';
import type { LoadBalancing } from './world.ts';

/**
 * However fast the cloud's clock runs, a process gets this much real time to come up before a load balancer's verdict
 * counts against it, in milliseconds.
 */
const realStartUpMs = 5000;

export interface Observer {
  readonly loadBalancing: LoadBalancing;
  readonly now: number;
  /** Of the cloud's clock. */
  readonly scale: number;
}

/** The tasks, by what they are worth to their service. */
export function observe(
  tasks: readonly TaskRecord[],
  service: ServiceRecord,
  observer: Observer,
): Record<keyof ObservedTasks, string[]> {
  const found: Record<keyof ObservedTasks, string[]> = {
    starting: [],
    healthy: [],
    unhealthy: [],
    leaving: [],
  };
  for (const task of tasks) found[worth(task, service, observer)].push(task.id);
  return found;
}

function worth(task: TaskRecord, service: ServiceRecord, observer: Observer): keyof ObservedTasks {
  if (task.desiredStatus === 'STOPPED') return 'leaving';
  if (task.healthStatus === 'UNHEALTHY') return 'unhealthy';
  const { kind } = verdictOf(task, observer.loadBalancing);
  if (kind === 'unhealthy')
    return graceEndsAt(task, service, observer) > observer.now ? 'starting' : 'unhealthy';
  const up = task.lastStatus === 'RUNNING' && task.proven;
  return up && (kind === 'healthy' || kind === 'none') ? 'healthy' : 'starting';
}

/**
 * Until when ECS overlooks what load balancers say of a task: real time, because a process starts in real time
 * however fast the cloud's clock runs.
 * Source: API reference, CreateService, healthCheckGracePeriodSeconds.
 */
export function graceEndsAt(task: TaskRecord, service: ServiceRecord, { now, scale }: Observer): number {
  const graceMs = (service.healthCheckGracePeriodSeconds ?? 0) * 1000;
  return (task.startedAt ?? now) + Math.max(graceMs, task.proven ? 0 : realStartUpMs) * scale;
}
