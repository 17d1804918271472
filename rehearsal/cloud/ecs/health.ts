import type { HealthCheck, HealthStatus } from '@aws-sdk/client-ecs';
import { slept, type Clock } from '../clock.ts';

export interface HealthWatch {
  readonly check: HealthCheck;
  readonly clock: Clock;
  /** Ends the watch. */
  readonly signal: AbortSignal;
  /** Runs the check's command inside the container. @returns its exit code */
  readonly exec: (command: readonly string[], timeoutMs: number) => Promise<number>;
  /** Called on every change of the verdict. */
  readonly verdict: (health: 'HEALTHY' | 'UNHEALTHY') => void;
}

/** However fast the cloud's clock runs, a process gets this much real time between two checks. */
const shortestRealIntervalMs = 1000;

/**
 * Checks a container as ECS does: every `interval`, HEALTHY after one success, UNHEALTHY after `retries` failures in
 * a row, of which those within `startPeriod` do not count. Intervals follow the cloud's clock, but leave a process
 * at least a real second; `startPeriod` and `timeout` are real time, because processes are.
 *
 * Different from ECS in one point: a container without a verdict is asked every second, not only after its first
 * interval. A rehearsal would otherwise be mostly waiting. Those early questions never count as failures.
 */
export async function watchHealth({ check, clock, signal, exec, verdict }: HealthWatch): Promise<void> {
  const { command = [], interval = 30, timeout = 5, retries = 3, startPeriod = 0 } = check;
  const shortest = shortestRealIntervalMs * clock.scale;
  const intervalMs = Math.max(interval * 1000, shortest);
  const startedAt = clock.now().getTime();
  const countsFrom = startedAt + Math.max(intervalMs, startPeriod * 1000 * clock.scale);
  let failures = 0;
  let health: HealthStatus = 'UNKNOWN';
  while (await slept(clock, health === 'UNKNOWN' && failures === 0 ? shortest : intervalMs, signal)) {
    const passed = (await exec(command, timeout * 1000)) === 0;
    if (passed) failures = 0;
    else if (clock.now().getTime() >= countsFrom) failures += 1;
    const next: HealthStatus = passed ? 'HEALTHY' : failures >= retries ? 'UNHEALTHY' : health;
    if (next !== health && next !== 'UNKNOWN' && !signal.aborted) verdict(next);
    health = next;
  }
}
