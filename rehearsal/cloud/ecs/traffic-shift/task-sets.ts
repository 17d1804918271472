import type { Clock } from '../../clock.ts';
import type {
  DeploymentRecord,
  RevisionRecord,
  Rollout,
  Route,
  ServiceRecord,
  ShiftRecord,
  TaskRecord,
} from '../model.ts';
import { graceEndsAt, observe, type Observer } from '../observe.ts';
import type { Placement } from '../placement.ts';
import { earliest, placementRetryMs } from '../rolling.ts';
import { verdictOf } from '../targets.ts';
import type { LoadBalancing } from '../world.ts';
import type { ObservedShift } from './decide.ts';
import { keepTasks } from './keep-tasks.ts';

export type Shifting = DeploymentRecord & { shift: ShiftRecord };

export interface TaskSetsOptions {
  readonly loadBalancing: LoadBalancing;
  readonly placement: Placement;
  readonly clock: Clock;
}

export interface Sides {
  readonly green: Rollout | undefined;
  readonly blue: Rollout | undefined;
  /** Green's. */
  readonly routes: readonly Route[];
}

export function sidesOf(service: ServiceRecord, deployment: Shifting): Sides {
  const revisionOf = (arn: string | undefined): RevisionRecord | undefined =>
    service.revisions.find((revision) => revision.arn === arn);
  const rolloutOf = (revision: RevisionRecord | undefined): Rollout | undefined =>
    service.rollouts.find(({ id }) => id === revision?.rolloutId);
  const green = revisionOf(deployment.targetRevisionArn);
  return {
    green: rolloutOf(green),
    blue: rolloutOf(revisionOf(deployment.shift.blueRevisionArn)),
    routes: green?.routes ?? [],
  };
}

export function straysOf({ green, blue }: Sides, tasks: readonly TaskRecord[]): TaskRecord[] {
  return tasks.filter(({ startedBy }) => startedBy !== green?.id && startedBy !== blue?.id);
}

/** The tasks of both sides of a deployment: counted, and brought to a number. */
export class TaskSets {
  readonly #options: TaskSetsOptions;

  constructor(options: TaskSetsOptions) {
    this.#options = options;
  }

  count(
    service: ServiceRecord,
    { green, blue }: Sides,
    tasks: readonly TaskRecord[],
  ): Pick<ObservedShift, 'green' | 'blue'> {
    const count = (rollout: Rollout | undefined): { healthy: number; present: number } => {
      const own = tasks.filter(({ startedBy }) => startedBy === rollout?.id);
      return { healthy: observe(own, service, this.#observer()).healthy.length, present: own.length };
    };
    return { green: count(green), blue: blue === undefined ? undefined : count(blue) };
  }

  /** @returns when to look again */
  keep(
    service: ServiceRecord,
    rollout: Rollout | undefined,
    tasks: readonly TaskRecord[],
    wanted: number,
    starts: 'new tasks' | 'no new tasks' = 'new tasks',
  ): number | undefined {
    if (rollout === undefined) return undefined;
    const now = this.#now();
    const observer = this.#observer();
    const own = tasks.filter(({ startedBy }) => startedBy === rollout.id);
    const backingOff = rollout.state === 'FAILED' || rollout.retryAt > now || starts === 'no new tasks';
    const step = keepTasks(observe(own, service, observer), wanted, backingOff);
    for (const order of step.stop) this.#options.placement.stop(service, rollout, order);
    const placed = this.#options.placement.start(service, rollout, step.start);
    return earliest(
      [
        rollout.state === 'FAILED' ? undefined : rollout.retryAt,
        placed < step.start ? now + placementRetryMs : undefined,
        ...own
          .filter((task) => verdictOf(task, observer.loadBalancing).kind === 'unhealthy')
          .map((task) => graceEndsAt(task, service, observer)),
      ],
      now,
    );
  }

  removeStrays(service: ServiceRecord, sides: Sides, tasks: readonly TaskRecord[]): (number | undefined)[] {
    const ids = new Set(straysOf(sides, tasks).map(({ startedBy }) => startedBy));
    return service.rollouts
      .filter(({ id }) => ids.has(id))
      .map((rollout) => this.keep(service, rollout, tasks, 0, 'no new tasks'));
  }

  #observer(): Observer {
    const { loadBalancing, clock } = this.#options;
    return { loadBalancing, now: this.#now(), scale: clock.scale };
  }

  #now(): number {
    return this.#options.clock.now().getTime();
  }
}
