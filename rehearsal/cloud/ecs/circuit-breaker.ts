import type { DeploymentCircuitBreaker } from '@aws-sdk/client-ecs';

/**
 * How many failed tasks make the circuit breaker give a deployment up: by default half the desired count, at least 3
 * and at most 200.
 *
 * Sources: ECS developer guide, "How the Amazon ECS deployment circuit breaker detects failures"; API reference,
 * ThresholdConfiguration (2026-07).
 */
export function failureThreshold(
  breaker: DeploymentCircuitBreaker | undefined,
  desiredCount: number,
): number {
  const { type = 'BOUNDED_PERCENT', value = 50 } = breaker?.thresholdConfiguration ?? {};
  const share = Math.max(1, Math.ceil((desiredCount * value) / 100));
  switch (type) {
    case 'BOUNDED_PERCENT':
      return Math.min(200, Math.max(3, share));
    case 'UNBOUNDED_PERCENT':
      return share;
    case 'COUNT':
      return value;
  }
}

/** What follows from one more failed task. */
export type Verdict = 'go-on' | 'roll-back' | 'give-up';

export function judge(
  breaker: DeploymentCircuitBreaker | undefined,
  failedTasks: number,
  desiredCount: number,
): Verdict {
  if (breaker?.enable !== true || failedTasks < failureThreshold(breaker, desiredCount)) return 'go-on';
  return breaker.rollback === true ? 'roll-back' : 'give-up';
}

/** From the third failure in a row, starts are slowed down and ECS says so. */
export const failuresBeforeSlowingDown = 3;

/**
 * How long the next start waits after so many failures in a row, in milliseconds of the cloud's time. The first ones are
 * not slowed down; a second is what the scheduler's own round takes at least, so that whoever looks sees them fail.
 */
export function retryDelayMs(failures: number): number {
  return Math.min(60_000, 1000 * 2 ** Math.max(0, failures - failuresBeforeSlowingDown));
}
