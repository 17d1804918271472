import type { ListTasksCommandInput, Task } from '@aws-sdk/client-ecs';
import type { Aws } from '../aws/index.ts';

const pagesRead = 5;

/** ECS keeps stopped tasks for an hour, and lists them in no order that is documented. */
export async function listTasks(
  aws: Aws,
  filter: Required<Pick<ListTasksCommandInput, 'cluster' | 'desiredStatus'>> &
    Pick<ListTasksCommandInput, 'serviceName' | 'family'>,
): Promise<Task[]> {
  const { DescribeTasksCommand, ListTasksCommand } = await import('@aws-sdk/client-ecs');
  const ecs = await aws.ecs();
  const found: Task[] = [];
  let nextToken: string | undefined;
  for (let page = 0; page < pagesRead; page += 1) {
    const listed = await ecs.send(
      new ListTasksCommand({ ...filter, ...(nextToken === undefined ? {} : { nextToken }) }),
    );
    const { taskArns = [] } = listed;
    if (taskArns.length > 0) {
      const { tasks = [] } = await ecs.send(
        new DescribeTasksCommand({ cluster: filter.cluster, tasks: taskArns }),
      );
      found.push(...tasks);
    }
    nextToken = listed.nextToken;
    if (nextToken === undefined) break;
  }
  return found;
}
