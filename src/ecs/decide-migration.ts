import type { Task } from '@aws-sdk/client-ecs';
import type { Blame } from './decision.ts';

/** `startedBy` of the tasks that migrate: how a second run finds the first one's. At most 36 characters. */
export const startedByMigration = 'sluice/migrate';

/** What is to be done about the database, as the tasks that ECS knows say. */
export type NextMigration =
  /** One of this very revision runs already: a run before this one has started it. */
  | { readonly kind: 'follow'; readonly task: Task }
  /** One of this very revision has succeeded, within the hour for which ECS keeps stopped tasks. */
  | { readonly kind: 'done'; readonly task: Task }
  /** `after`: the ARN of the last one, which failed; empty where there is none. */
  | { readonly kind: 'start'; readonly after: string };

/**
 * @param tasks of the family, whatever they are for
 * @param container the service's own
 */
export function nextMigration(
  tasks: readonly Task[],
  taskDefinition: string,
  container: string,
): NextMigration {
  const ours = tasks
    .filter((task) => task.startedBy === startedByMigration && task.taskDefinitionArn === taskDefinition)
    .sort((a, b) => (b.createdAt?.getTime() ?? 0) - (a.createdAt?.getTime() ?? 0));
  const states = ours.map((task) => ({ task, end: migrationEnd(task, container) }));
  const running = states.find(({ end }) => end.state === 'running');
  if (running !== undefined) return { kind: 'follow', task: running.task };
  const good = states.find(({ end }) => end.state === 'succeeded');
  if (good !== undefined) return { kind: 'done', task: good.task };
  return { kind: 'start', after: ours[0]?.taskArn ?? '' };
}

export type MigrationEnd =
  | { readonly state: 'running' }
  | { readonly state: 'succeeded'; readonly exitCode: 0 }
  | {
      readonly state: 'failed';
      readonly exitCode: number | undefined;
      readonly why: string;
      readonly blame: Blame;
    };

/** How a task that migrates has ended, where it has: by the exit code of the service's own container. */
export function migrationEnd(task: Task, container: string): MigrationEnd {
  if (task.lastStatus !== 'STOPPED') return { state: 'running' };
  const { exitCode, reason } = task.containers?.find(({ name }) => name === container) ?? {};
  if (exitCode === 0) return { state: 'succeeded', exitCode };
  const said = [task.stoppedReason, reason].filter(Boolean).join('; ');
  if (task.stopCode === 'UserInitiated') {
    return { state: 'failed', exitCode, why: `it was stopped (${said})`, blame: 'circumstances' };
  }
  return exitCode === undefined
    ? { state: 'failed', exitCode, why: `it did not start (${said})`, blame: 'circumstances' }
    : { state: 'failed', exitCode, why: `it ended with exit code ${exitCode}`, blame: 'release' };
}
