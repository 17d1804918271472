import type { Task } from '@aws-sdk/client-ecs';
import type { Aws } from '../aws/index.ts';
import { errorMessage } from '../github/index.ts';
import { lastLines, logStreamOf } from './log-stream.ts';
import { describeDeployment, describeService, type ServiceName } from './observe.ts';
import type { TaskDefinition } from './task-definition/build.ts';
import { listTasks } from './tasks.ts';

/** What a failed deployment leaves to be read. */
export interface Evidence {
  readonly tasks: readonly FailedTask[];
  /** Newest last. */
  readonly events: readonly string[];
  /** What could not be read, and why. */
  readonly gaps: readonly string[];
}

export interface FailedTask {
  readonly id: string;
  readonly stopCode: string;
  readonly stoppedReason: string;
  readonly containers: readonly {
    readonly name: string;
    readonly exitCode: number | undefined;
    readonly reason: string | undefined;
    readonly health: string;
    readonly lastLines: readonly string[];
  }[];
}

const tasksShown = 5;
const eventsShown = 30;

export interface EvidenceOptions {
  readonly aws: Aws;
  readonly name: ServiceName;
  /** The ARN of the service deployment that failed. */
  readonly deployment: string;
  /** The ARN of the task definition that it brought. */
  readonly taskDefinition: string;
  /** That task definition: it says where its output goes. */
  readonly definition: TaskDefinition;
}

/**
 * Reads why the tasks of a revision stopped, and the last lines they wrote. It never fails: it is asked for when
 * something else has, and a gap in the evidence must not hide the rest.
 */
export async function collectEvidence({
  aws,
  name,
  deployment,
  taskDefinition,
  definition,
}: EvidenceOptions): Promise<Evidence> {
  const gaps: string[] = [];
  const attempt = async <T>(what: string, fallback: T, work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error: unknown) {
      gaps.push(`${what}: ${errorMessage(error)}`);
      return fallback;
    }
  };
  // By ECS's own clock: this machine's may be another.
  const since = await attempt('The deployment could not be read', 0, async () =>
    startOf(await describeDeployment(aws, deployment)),
  );
  const [tasks, events] = await Promise.all([
    attempt('The stopped tasks could not be read', [], () => tasksOf(aws, name, taskDefinition, since)),
    attempt('The service’s events could not be read', [], () => eventsOf(aws, name, since)),
  ]);
  const failed = await Promise.all(
    tasks.map(async (task): Promise<FailedTask> => {
      const id = task.taskArn?.split('/').at(-1) ?? '';
      const containers = await Promise.all(
        (task.containers ?? []).map(async (container) => ({
          name: container.name ?? '',
          exitCode: container.exitCode,
          reason: container.reason,
          health: container.healthStatus ?? 'UNKNOWN',
          lastLines: await attempt(`The log of ${container.name ?? ''}, task ${id.slice(0, 8)}`, [], () =>
            lastLines(aws, logStreamOf(definition, container.name ?? '', id)),
          ),
        })),
      );
      return { id, stopCode: task.stopCode ?? '', stoppedReason: task.stoppedReason ?? '', containers };
    }),
  );
  return { tasks: failed, events, gaps };
}

/** The tasks of a revision that stopped, newest first; those that run and are not healthy where none did. */
async function tasksOf(aws: Aws, name: ServiceName, taskDefinition: string, since: number): Promise<Task[]> {
  const ours = async (desiredStatus: 'STOPPED' | 'RUNNING'): Promise<Task[]> =>
    (await listTasks(aws, { cluster: name.cluster, serviceName: name.service, desiredStatus }))
      .filter((task) => task.taskDefinitionArn === taskDefinition && startOf(task) >= since)
      .sort((a, b) => startOf(b) - startOf(a));
  const stopped = (await ours('STOPPED')).filter(
    // Tasks that ECS stopped to make room have not failed.
    ({ stoppedReason }) => stoppedReason?.startsWith('Scaling activity') !== true,
  );
  const failed =
    stopped.length > 0
      ? stopped
      : (await ours('RUNNING')).filter(({ healthStatus }) => healthStatus !== 'HEALTHY');
  return failed.slice(0, tasksShown);
}

/** What ECS said of the service since the deployment began. */
async function eventsOf(aws: Aws, name: ServiceName, since: number): Promise<string[]> {
  const service = await describeService(aws, name);
  return (service?.events ?? [])
    .filter((event) => startOf(event) >= since)
    .slice(0, eventsShown)
    .map(({ createdAt, message }) => `${createdAt?.toISOString().slice(11, 19) ?? ''} ${message ?? ''}`)
    .reverse();
}

function startOf(made: { readonly createdAt?: Date | undefined } | undefined): number {
  return made?.createdAt?.getTime() ?? 0;
}
