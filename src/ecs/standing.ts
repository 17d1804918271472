import type { Service, TaskDefinition as RegisteredTaskDefinition } from '@aws-sdk/client-ecs';
import type { Aws } from '../aws/index.ts';
import type { ResolvedEnvironment } from '../config/index.ts';
import { describeService, recentDeployments, type KnownDeployment, type ServiceName } from './observe.ts';
import type { Gathered } from './preflight/index.ts';
import { isRegisteredFrom, type TaskDefinition } from './task-definition/build.ts';
import { findTaskDefinition } from './task-definition/registered.ts';

/** What there is, right before the first write. */
export interface Standing {
  readonly service: Service | undefined;
  /** The task definition that the service runs, or else the family's newest. */
  readonly running: TaskDefinition | undefined;
  /** A registered revision that is this very release. */
  readonly same: RegisteredTaskDefinition | undefined;
  /** Newest first. */
  readonly recent: readonly KnownDeployment[];
}

export async function standing(
  aws: Aws,
  environment: ResolvedEnvironment,
  definition: TaskDefinition,
  gathered: Gathered | undefined,
): Promise<Standing> {
  const name: ServiceName = environment.aws;
  const service = gathered?.service.ok === true ? gathered.service.value : await describeService(aws, name);
  const [newest, current, recent] = await Promise.all([
    gathered?.latest.ok === true ? gathered.latest.value : findTaskDefinition(aws, definition.family ?? ''),
    service?.taskDefinition === undefined ? undefined : findTaskDefinition(aws, service.taskDefinition),
    service === undefined ? [] : recentDeployments(aws, name),
  ]);
  // What the service has already comes first: a newer revision of the same release would be one deployment more.
  const same = [current, newest].find(
    (revision) =>
      revision !== undefined && revision.status !== 'INACTIVE' && isRegisteredFrom(revision, definition),
  );
  return { service, running: (current ?? newest) as TaskDefinition | undefined, same, recent };
}

/** The deployment of a task definition that is in progress already: it is gone on with, and nothing is written. */
export function inProgressOf({ service, recent }: Standing, taskDefinition: string): string | undefined {
  return recent.find(
    (one) =>
      one.arn === service?.currentServiceDeployment &&
      one.taskDefinition === taskDefinition &&
      !/^(ROLLBACK|STOP)/.test(one.status),
  )?.arn;
}
