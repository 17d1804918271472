import type {
  DescribeContainerInstancesRequest,
  DescribeContainerInstancesResponse,
  ListContainerInstancesRequest,
  ListContainerInstancesResponse,
} from '@aws-sdk/client-ecs';
import type { Operation } from '../../wire/service.ts';
import { clusterOf, type EcsContext } from '../context.ts';
import { invalidParameter } from '../errors.ts';
import { containerInstanceId, type ClusterRecord } from '../model.ts';

/** Each cluster has one container instance: the machine that the rehearsal runs on. */
export function containerInstanceOperations(context: EcsContext): Record<string, Operation> {
  const arnOf = (cluster: ClusterRecord): string =>
    `${cluster.arn.replace(':cluster/', ':container-instance/')}/${containerInstanceId(cluster)}`;

  return {
    ListContainerInstances: (input: ListContainerInstancesRequest): ListContainerInstancesResponse => ({
      containerInstanceArns: [arnOf(clusterOf(context, input.cluster))],
    }),

    DescribeContainerInstances: (
      input: DescribeContainerInstancesRequest,
    ): DescribeContainerInstancesResponse => {
      const cluster = clusterOf(context, input.cluster);
      const references = input.containerInstances ?? [];
      if (references.length === 0) throw invalidParameter('Container instances cannot be empty.');
      const own = arnOf(cluster);
      const isOwn = (reference: string): boolean =>
        reference.split('/').at(-1) === containerInstanceId(cluster);
      const tasks = context.tasks.list().filter(({ containerInstanceArn }) => containerInstanceArn === own);
      return {
        containerInstances: references.filter(isOwn).map(() => ({
          containerInstanceArn: own,
          status: 'ACTIVE',
          agentConnected: true,
          runningTasksCount: tasks.filter(({ lastStatus }) => lastStatus === 'RUNNING').length,
          pendingTasksCount: tasks.filter(
            ({ lastStatus }) => lastStatus === 'PENDING' || lastStatus === 'ACTIVATING',
          ).length,
        })),
        failures: references
          .filter((reference) => !isOwn(reference))
          .map((reference) => ({
            arn: reference.startsWith('arn:')
              ? reference
              : `${own.slice(0, own.lastIndexOf('/'))}/${reference}`,
            reason: 'MISSING',
          })),
      };
    },
  };
}
