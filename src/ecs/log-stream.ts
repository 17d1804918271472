import { errorName, type Aws } from '../aws/index.ts';
import type { TaskDefinition } from './task-definition/build.ts';

/** Where a container's output is, in CloudWatch Logs. */
export interface LogStream {
  readonly logGroupName: string;
  readonly logStreamName: string;
}

const linesRead = 50;

/**
 * Where the driver `awslogs` puts the output of a container: `prefix/container/task`.
 * @throws Error where it goes elsewhere
 */
export function logStreamOf(definition: TaskDefinition, container: string, task: string): LogStream {
  const { logDriver, options } =
    definition.containerDefinitions?.find(({ name }) => name === container)?.logConfiguration ?? {};
  const group = options?.['awslogs-group'];
  const prefix = options?.['awslogs-stream-prefix'];
  if (logDriver !== 'awslogs' || group === undefined || prefix === undefined) {
    throw new Error('its output does not go to CloudWatch Logs with a stream prefix');
  }
  return { logGroupName: group, logStreamName: `${prefix}/${container}/${task}` };
}

/** The last lines of a container's output, oldest first; none where it has not written any. */
export async function lastLines(aws: Aws, stream: LogStream): Promise<string[]> {
  const { GetLogEventsCommand } = await import('@aws-sdk/client-cloudwatch-logs');
  const client = await aws.logs();
  try {
    const { events = [] } = await client.send(
      new GetLogEventsCommand({ ...stream, limit: linesRead, startFromHead: false }),
    );
    return events.map(({ message }) => message ?? '');
  } catch (error: unknown) {
    // A container that never started has no stream.
    if (errorName(error) === 'ResourceNotFoundException') return [];
    throw error;
  }
}
