import type {
  CreateClusterRequest,
  CreateClusterResponse,
  DeleteClusterRequest,
  DeleteClusterResponse,
  DescribeClustersRequest,
  DescribeClustersResponse,
  ListClustersRequest,
  ListClustersResponse,
} from '@aws-sdk/client-ecs';
import { ServiceError, type Call, type Operation } from '../../wire/service.ts';
import { clusterOf, page, type EcsContext } from '../context.ts';
import { invalidParameter } from '../errors.ts';
import type { ClusterRecord } from '../model.ts';
import { checkTags } from '../resource-tags.ts';

export function clusterOperations(context: EcsContext): Record<string, Operation> {
  const { state, tasks } = context;
  const describe = (cluster: ClusterRecord) => {
    const own = tasks.list().filter(({ clusterArn }) => clusterArn === cluster.arn);
    return {
      clusterArn: cluster.arn,
      clusterName: cluster.name,
      status: cluster.status,
      // The machine itself: operations/container-instances.ts.
      registeredContainerInstancesCount: 1,
      runningTasksCount: own.filter(({ lastStatus }) => lastStatus === 'RUNNING').length,
      pendingTasksCount: own.filter(
        ({ lastStatus }) => lastStatus === 'PENDING' || lastStatus === 'PROVISIONING',
      ).length,
      activeServicesCount: state.services.filter(
        (service) => service.clusterArn === cluster.arn && service.status === 'ACTIVE',
      ).length,
      statistics: [],
      tags: cluster.tags,
      settings: [],
      capacityProviders: [],
      defaultCapacityProviderStrategy: [],
    };
  };

  return {
    CreateCluster: (
      { clusterName: name = 'default', tags = [] }: CreateClusterRequest,
      call: Call,
    ): CreateClusterResponse => {
      if (!/^[A-Za-z0-9_-]{1,255}$/.test(name)) {
        throw invalidParameter(
          'Invalid cluster name. Cluster name can contain only letters, numbers, hyphens and underscores, up to 255 characters.',
        );
      }
      checkTags(tags);
      let cluster = state.clusters.find(
        (candidate) => candidate.name === name && candidate.status === 'ACTIVE',
      );
      if (cluster === undefined) {
        cluster = {
          name,
          arn: `arn:aws:ecs:${call.region}:${call.accountId}:cluster/${name}`,
          status: 'ACTIVE',
          tags: [...tags],
        };
        state.clusters.push(cluster);
        context.changed();
      }
      return { cluster: describe(cluster) };
    },

    DescribeClusters: (
      { clusters = ['default'] }: DescribeClustersRequest,
      call: Call,
    ): DescribeClustersResponse => {
      if (clusters.includes('')) throw invalidParameter('Clusters can not be blank.');
      if (clusters.length > 100) throw invalidParameter('Clusters can have at most 100 items.');
      const found = clusters.map((reference) => ({
        reference,
        cluster: state.clusters.findLast((candidate) => candidate.name === reference.split('/').at(-1)),
      }));
      return {
        clusters: found.flatMap(({ cluster }) => (cluster === undefined ? [] : [describe(cluster)])),
        failures: found.flatMap(({ reference, cluster }) =>
          cluster === undefined
            ? [
                {
                  arn: reference.startsWith('arn:')
                    ? reference
                    : `arn:aws:ecs:${call.region}:${call.accountId}:cluster/${reference}`,
                  reason: 'MISSING',
                },
              ]
            : [],
        ),
      };
    },

    ListClusters: (input: ListClustersRequest): ListClustersResponse => {
      const { items, token } = page(
        state.clusters.filter(({ status }) => status === 'ACTIVE').map(({ arn }) => arn),
        input,
      );
      return { clusterArns: items, ...token };
    },

    DeleteCluster: ({ cluster: reference }: DeleteClusterRequest): DeleteClusterResponse => {
      const cluster = clusterOf(context, reference);
      if (
        state.services.some((service) => service.clusterArn === cluster.arn && service.status !== 'INACTIVE')
      ) {
        throw new ServiceError(
          'ClusterContainsServicesException',
          'The Cluster cannot be deleted while Services are active.',
        );
      }
      if (tasks.list().some((task) => task.clusterArn === cluster.arn && task.lastStatus !== 'STOPPED')) {
        throw new ServiceError(
          'ClusterContainsTasksException',
          'The Cluster cannot be deleted while Tasks are active.',
        );
      }
      cluster.status = 'INACTIVE';
      context.changed();
      return { cluster: describe(cluster) };
    },
  };
}
