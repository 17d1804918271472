import { request } from 'node:http';
import type { HealthCheck, TargetRecord } from '../model.ts';

/** A target before its first health check. */
export const unchecked = {
  state: 'initial',
  reason: 'Elb.RegistrationInProgress',
  description: 'Target registration is in progress',
  streak: { isGood: true, length: 0 },
} as const;

/** What one health check came to. */
export type CheckResult =
  | { readonly isGood: true }
  | { readonly isGood: false; readonly reason: string; readonly description: string };

/** Asks a target once, as a load balancer does. Never throws. */
export function checkHealth(check: HealthCheck, port: number, signal: AbortSignal): Promise<CheckResult> {
  return new Promise((resolve) => {
    const failed = (reason: string, description: string): void =>
      resolve({ isGood: false, reason, description });
    const limit = AbortSignal.timeout(check.timeoutSeconds * 1000);
    const asked = request(
      {
        host: '127.0.0.1',
        port: check.port === 'traffic-port' ? port : Number(check.port),
        path: check.path,
        headers: { 'user-agent': 'ELB-HealthChecker/2.0', connection: 'close' },
        signal: AbortSignal.any([signal, limit]),
      },
      (response) => {
        response.resume();
        const { statusCode = 0 } = response;
        if (matches(check.matcher, statusCode)) resolve({ isGood: true });
        else failed('Target.ResponseCodeMismatch', `Health checks failed with these codes: [${statusCode}]`);
      },
    );
    asked.once('error', () => {
      if (limit.aborted) failed('Target.Timeout', 'Request timed out');
      else failed('Target.FailedHealthChecks', 'Health checks failed');
    });
    asked.end();
  });
}

/** `200`, `200,202`, `200-299` */
export function matches(matcher: string, status: number): boolean {
  return matcher.split(',').some((part) => {
    const [from = '', to = from] = part.split('-');
    return status >= Number(from) && status <= Number(to);
  });
}

/**
 * A target after one more health check. A new one is healthy after the first good check; later ones change their state
 * when as many checks in a row say otherwise as the group's thresholds ask for.
 */
export function afterCheck(
  target: TargetRecord,
  result: CheckResult,
  { healthyThreshold, unhealthyThreshold }: Pick<HealthCheck, 'healthyThreshold' | 'unhealthyThreshold'>,
): TargetRecord {
  if (target.state === 'draining') return target;
  const streak =
    target.streak.isGood === result.isGood
      ? { isGood: result.isGood, length: target.streak.length + 1 }
      : { isGood: result.isGood, length: 1 };
  const { id, port } = target;
  if (result.isGood) {
    const isHealthy =
      target.state === 'healthy' || target.state === 'initial' || streak.length >= healthyThreshold;
    return isHealthy ? { id, port, state: 'healthy', streak } : { ...target, streak };
  }
  if (streak.length >= unhealthyThreshold || target.state === 'unhealthy') {
    const { reason, description } = result;
    return { id, port, state: 'unhealthy', streak, reason, description };
  }
  if (target.state !== 'initial') return { ...target, streak };
  return {
    id,
    port,
    state: 'initial',
    streak,
    reason: 'Elb.InitialHealthChecking',
    description: 'Initial health checks in progress',
  };
}
