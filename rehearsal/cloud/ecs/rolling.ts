import type { Clock } from '../clock.ts';
import { decide } from './decide.ts';
import { finishDeployment, isOngoing } from './deployments.ts';
import { addEvent, messages } from './events.ts';
import type { Rollout, ServiceRecord, TaskRecord } from './model.ts';
import { graceEndsAt, observe } from './observe.ts';
import type { Placement } from './placement.ts';
import { verdictOf } from './targets.ts';
import type { LoadBalancing } from './world.ts';

export interface RollingOptions {
  readonly loadBalancing: LoadBalancing;
  readonly placement: Placement;
  readonly clock: Clock;
  readonly changed: () => void;
}

/** How long a service that could not place a task waits before it tries again, in milliseconds of the cloud's time. */
export const placementRetryMs = 1000;

/** Keeps the tasks of a service, and replaces them in rolling deployments. */
export class RollingDeployments {
  readonly #options: RollingOptions;

  constructor(options: RollingOptions) {
    this.#options = options;
  }

  /**
   * @param tasks of the service, those that have stopped left out
   * @returns when to look again although nothing changes; `undefined`: no need to
   */
  advance(service: ServiceRecord, tasks: readonly TaskRecord[]): number | undefined {
    const [primary] = service.rollouts;
    if (primary === undefined) return undefined;
    const { loadBalancing, placement, clock } = this.#options;
    const now = clock.now().getTime();
    const observer = { loadBalancing, now, scale: clock.scale };
    const { minimumHealthyPercent = 100, maximumPercent = 200 } = service.deploymentConfiguration;
    const own = tasks.filter(({ startedBy }) => startedBy === primary.id);
    const others = tasks.filter(({ startedBy }) => startedBy !== primary.id);
    const step = decide({
      desiredCount: service.desiredCount,
      minimumHealthyPercent,
      maximumPercent,
      primary: observe(own, service, observer),
      old: observe(others, service, observer),
      backingOff: primary.state === 'FAILED' || primary.retryAt > now,
    });
    // A deployment that was given up leaves what the earlier ones have running.
    const givenUp = primary.state === 'FAILED' && service.status === 'ACTIVE';
    for (const order of step.stop) {
      if (!givenUp || order.why !== 'replaced') placement.stop(service, primary, order);
    }
    // An unhealthy task may have been one failure too many: what was decided is out of date then.
    if (service.rollouts[0] !== primary) return now;
    const started = placement.start(service, primary, step.start);
    if (step.settled) this.#settle(service, primary, now);
    return earliest(
      [
        primary.state === 'FAILED' ? undefined : primary.retryAt,
        started < step.start ? now + placementRetryMs : undefined,
        ...tasks
          .filter((task) => verdictOf(task, loadBalancing).kind === 'unhealthy')
          .map((task) => graceEndsAt(task, service, observer)),
      ],
      now,
    );
  }

  #settle(service: ServiceRecord, primary: Rollout, now: number): void {
    service.rollouts = [primary];
    if (primary.state === 'IN_PROGRESS') completeRollout(service, primary, now);
    if (service.status === 'ACTIVE') addEvent(service, messages.steady, now);
    const [deployment] = service.deployments;
    if (deployment === undefined || !isOngoing(deployment)) return;
    finishDeployment(
      deployment,
      deployment.status === 'ROLLBACK_IN_PROGRESS' ? 'ROLLBACK_SUCCESSFUL' : 'SUCCESSFUL',
      now,
    );
    this.#options.changed();
  }
}

export function completeRollout(service: ServiceRecord, rollout: Rollout, now: number): void {
  rollout.state = 'COMPLETED';
  rollout.reason = `ECS deployment ${rollout.id} completed.`;
  rollout.updatedAt = now;
  addEvent(service, messages.completed(rollout.id), now);
}

/** The first of the times that is still to come. */
export function earliest(times: readonly (number | undefined)[], now: number): number | undefined {
  const future = times.filter((time): time is number => time !== undefined && time > now);
  return future.length === 0 ? undefined : Math.min(...future);
}
