/**
 * What ECS's service scheduler does next with a rolling deployment: values in, values out.
 *
 * Source: ECS developer guide, "Deploy Amazon ECS services by replacing tasks" (minimum healthy percent is rounded
 * up, maximum percent down). Simpler than ECS in one point: an unhealthy task is stopped before its replacement is
 * up, even where the maximum would allow both.
 */
export interface Observed {
  readonly desiredCount: number;
  readonly minimumHealthyPercent: number;
  readonly maximumPercent: number;
  readonly primary: Tasks;
  /** Of all rollouts that are not the primary. */
  readonly old: Tasks;
  /** Whether a start would be too early after failures. */
  readonly backingOff: boolean;
}

/** Ids of the tasks of a rollout, by what they are worth. A task that is stopping is in `leaving` alone. */
export interface Tasks {
  /** On their way to RUNNING, or running without a verdict of their health check yet. */
  readonly starting: readonly string[];
  readonly healthy: readonly string[];
  readonly unhealthy: readonly string[];
  readonly leaving: readonly string[];
}

export interface Step {
  readonly start: number;
  readonly stop: readonly { readonly id: string; readonly why: 'unhealthy' | 'replaced' | 'scaled-in' }[];
  /** The primary has all its tasks, healthy, and nothing of the old is left. */
  readonly settled: boolean;
}

export function decide(observed: Observed): Step {
  const { desiredCount, primary, old } = observed;
  const minimum = Math.ceil((desiredCount * observed.minimumHealthyPercent) / 100);
  const maximum = Math.floor((desiredCount * observed.maximumPercent) / 100);
  const primaryPresent = primary.starting.length + primary.healthy.length;

  const stop: Step['stop'][number][] = [...primary.unhealthy, ...old.unhealthy].map((id) => ({
    id,
    why: 'unhealthy',
  }));

  // What the primary has too much of goes first: what is not up yet, then what is.
  const surplus = Math.max(0, primaryPresent - desiredCount);
  const scaledIn = [...primary.starting, ...primary.healthy].slice(0, surplus);
  stop.push(...scaledIn.map((id) => ({ id, why: 'scaled-in' as const })));

  const occupied =
    primaryPresent +
    primary.unhealthy.length +
    primary.leaving.length +
    old.starting.length +
    old.healthy.length +
    old.unhealthy.length +
    old.leaving.length;
  const wanted = Math.max(0, desiredCount - primaryPresent);
  const room = Math.max(0, maximum - occupied);
  const start = observed.backingOff ? 0 : Math.min(wanted, room);

  // Old tasks that are not up serve nobody. Of those that are up, as many may go as the minimum does not need:
  // down to what the primary cannot cover yet, and further only where the maximum leaves no room to start more.
  stop.push(...old.starting.map((id) => ({ id, why: 'replaced' as const })));
  const healthy = primary.healthy.length + old.healthy.length;
  const spare = Math.max(0, healthy - minimum);
  const covered = Math.max(0, old.healthy.length - Math.max(0, desiredCount - primary.healthy.length));
  const cramped = wanted > room && !observed.backingOff ? wanted - room - old.leaving.length : 0;
  const replaced = Math.min(spare, Math.max(covered, Math.min(cramped, old.healthy.length)));
  stop.push(...old.healthy.slice(0, Math.max(0, replaced)).map((id) => ({ id, why: 'replaced' as const })));

  const oldIsGone = Object.values(old).every((ids: readonly string[]) => ids.length === 0);
  const settled =
    oldIsGone &&
    primary.healthy.length === desiredCount &&
    primary.starting.length + primary.unhealthy.length + primary.leaving.length === 0;
  return { start, stop, settled };
}
