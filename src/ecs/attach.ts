import type { Service } from '@aws-sdk/client-ecs';
import type { Aws } from '../aws/index.ts';
import { Failure } from '../github/index.ts';
import { recentDeployments, type KnownDeployment, type ServiceName } from './observe.ts';
import { primaryOf } from './service.ts';

/** What is known before and after the service was moved to our task definition. */
export interface Move {
  readonly taskDefinition: string;
  /** The service deployments that were over before; see {@link overBefore}. */
  readonly known: ReadonlySet<string>;
  /** The service before, where there was one, and as the call that moved it answered. */
  readonly before: Service | undefined;
  readonly after: Service;
}

/** Whether moving the service has started a deployment, or it was there already. */
export function hasStarted({ before, after }: Pick<Move, 'before' | 'after'>): boolean {
  return before === undefined || primaryOf(before) !== primaryOf(after);
}

/**
 * The deployments that cannot be ours, whatever they brought: over, or on their way back. One that is in progress may
 * be, even where it was there before our own call: another runner of the same release has started it, between our look
 * at the service and our look at its deployments.
 */
export function overBefore(recent: readonly KnownDeployment[]): ReadonlySet<string> {
  return new Set(
    recent.filter(({ status }) => status !== 'PENDING' && status !== 'IN_PROGRESS').map(({ arn }) => arn),
  );
}

/**
 * Which service deployment is ours: by its revision, and not by memory. The same task definition may have been
 * deployed before and have failed; where a new deployment was started, an earlier one is not taken for it.
 *
 * @param recent newest first
 */
export function ownDeployment(move: Move, recent: readonly KnownDeployment[]): string | undefined {
  const isNew = hasStarted(move);
  return recent.find(
    ({ arn, taskDefinition }) => taskDefinition === move.taskDefinition && !(isNew && move.known.has(arn)),
  )?.arn;
}

/**
 * Whether the service has our task definition already, and the last deployment of it ended without success: then only
 * a new one can bring it up.
 */
export function hasFailedBefore(
  before: Service,
  taskDefinition: string,
  recent: readonly KnownDeployment[],
): boolean {
  if (before.taskDefinition !== taskDefinition || before.currentServiceDeployment !== undefined) return false;
  const last = recent.find((deployment) => deployment.taskDefinition === taskDefinition);
  return last !== undefined && last.status !== 'SUCCESSFUL';
}

/** ECS makes the record a moment after it has answered the call. */
const recordLimitMs = 60_000;

/** Waits for the record of our service deployment. UpdateService does not name it. */
export async function findOwnDeployment(
  aws: Aws,
  name: ServiceName,
  move: Move,
  {
    now,
    sleep,
    signal,
  }: {
    readonly now: () => number;
    readonly sleep: (ms: number, signal?: AbortSignal) => Promise<void>;
    readonly signal: AbortSignal;
  },
): Promise<string> {
  const deadline = now() + recordLimitMs;
  for (;;) {
    const own = ownDeployment(move, await recentDeployments(aws, name));
    if (own !== undefined) return own;
    if (now() > deadline) {
      throw new Failure('ECS shows no deployment of the new task definition', {
        where: `${name.cluster}/${name.service}`,
        why: `none of the newest is of ${move.taskDefinition}`,
        remedy: 'Run the job again; it goes on from what is there',
      });
    }
    await sleep(250, signal);
  }
}
