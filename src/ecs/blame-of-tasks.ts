import type { Blame } from './decision.ts';
import type { Evidence } from './forensics.ts';

/**
 * What ECS could not fetch for a task, before any container of the release ran: a secret or one of its keys, the log
 * group, the image. Source: ECS developer guide, "Amazon ECS stopped tasks error messages".
 */
const beforeItRan = /^(ResourceInitializationError|CannotPull)/;

/**
 * ECS counts tasks that fail, and not why: a release that was never started has done nothing wrong.
 *
 * @param hasRun whether a task of the release was seen to run
 */
export function blameOfTasks(blame: Blame, tasks: Evidence['tasks'], hasRun: boolean): Blame {
  const wasNeverStarted =
    !hasRun && tasks.length > 0 && tasks.every(({ stoppedReason }) => beforeItRan.test(stoppedReason));
  return wasNeverStarted ? 'circumstances' : blame;
}
