import type { Task } from '@aws-sdk/client-ecs';
import type { Aws } from '../aws/index.ts';
import { errorMessage } from '../github/index.ts';
import type { ServiceName } from './observe.ts';

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
const linesShown = 50;

/**
 * Reads why the tasks of a revision stopped, and the last lines they wrote. It never fails: it is asked for when
 * something else has, and a gap in the evidence must not hide the rest.
 */
export async function collectEvidence(
  aws: Aws,
  name: ServiceName,
  taskDefinition: string,
  logs: { readonly group: string; readonly prefix: string },
  since: Date,
): Promise<Evidence> {
  const gaps: string[] = [];
  const attempt = async <T>(what: string, fallback: T, work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error: unknown) {
      gaps.push(`${what}: ${errorMessage(error)}`);
      return fallback;
    }
  };
  const [tasks, events] = await Promise.all([
    attempt('The stopped tasks could not be read', [], () => tasksOf(aws, name, taskDefinition)),
    attempt('The service’s events could not be read', [], () => eventsSince(aws, name, since)),
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
          lastLines: await attempt(`The log of task ${id.slice(0, 8)} could not be read`, [], () =>
            lastLines(aws, logs.group, `${logs.prefix}/${container.name ?? ''}/${id}`),
          ),
        })),
      );
      return { id, stopCode: task.stopCode ?? '', stoppedReason: task.stoppedReason ?? '', containers };
    }),
  );
  return { tasks: failed, events, gaps };
}

/** The tasks of a revision that stopped, newest first; those that run and are not healthy where none did. */
async function tasksOf(aws: Aws, { cluster, service }: ServiceName, taskDefinition: string): Promise<Task[]> {
  const { DescribeTasksCommand, ListTasksCommand } = await import('@aws-sdk/client-ecs');
  const ecs = await aws.ecs();
  const list = async (desiredStatus: 'STOPPED' | 'RUNNING'): Promise<Task[]> => {
    const { taskArns = [] } = await ecs.send(
      new ListTasksCommand({ cluster, serviceName: service, desiredStatus }),
    );
    if (taskArns.length === 0) return [];
    const { tasks = [] } = await ecs.send(
      new DescribeTasksCommand({ cluster, tasks: taskArns.slice(0, 100) }),
    );
    return tasks
      .filter((task) => task.taskDefinitionArn === taskDefinition)
      .sort((a, b) => (b.createdAt?.getTime() ?? 0) - (a.createdAt?.getTime() ?? 0));
  };
  const stopped = (await list('STOPPED')).filter(
    (task) => task.stoppedReason?.startsWith('Scaling activity') !== true,
  );
  const unhealthy =
    stopped.length > 0 ? [] : (await list('RUNNING')).filter((task) => task.healthStatus !== 'HEALTHY');
  return [...stopped, ...unhealthy].slice(0, tasksShown);
}

async function eventsSince(aws: Aws, { cluster, service }: ServiceName, since: Date): Promise<string[]> {
  const { DescribeServicesCommand } = await import('@aws-sdk/client-ecs');
  const { services } = await (
    await aws.ecs()
  ).send(new DescribeServicesCommand({ cluster, services: [service] }));
  return (services?.[0]?.events ?? [])
    .filter(({ createdAt }) => (createdAt?.getTime() ?? 0) >= since.getTime())
    .map(({ createdAt, message }) => `${createdAt?.toISOString().slice(11, 19) ?? ''} ${message ?? ''}`)
    .reverse();
}

async function lastLines(aws: Aws, logGroupName: string, logStreamName: string): Promise<string[]> {
  const { GetLogEventsCommand } = await import('@aws-sdk/client-cloudwatch-logs');
  const client = await aws.logs();
  try {
    const { events = [] } = await client.send(
      new GetLogEventsCommand({ logGroupName, logStreamName, limit: linesShown, startFromHead: false }),
    );
    return events.map(({ message }) => message ?? '');
  } catch (error: unknown) {
    // A container that never started has no stream.
    if (error instanceof Error && error.name === 'ResourceNotFoundException') return [];
    throw error;
  }
}
