import type {
  ContinueServiceDeploymentRequest,
  DescribeServiceDeploymentsRequest,
  DescribeServiceDeploymentsResponse,
  DescribeServiceRevisionsRequest,
  DescribeServiceRevisionsResponse,
  ListServiceDeploymentsRequest,
  ListServiceDeploymentsResponse,
  ServiceDeployment,
  StopServiceDeploymentRequest,
  StopServiceDeploymentResponse,
} from '@aws-sdk/client-ecs';
import { ServiceError, type Operation } from '../../wire/service.ts';
import { activeService, clusterOf, date, page, type EcsContext } from '../context.ts';
import { failureThreshold } from '../circuit-breaker.ts';
import { isOngoing } from '../deployments.ts';
import { conflict, invalidParameter, unsupported } from '../errors.ts';
import type { DeploymentRecord, ServiceRecord } from '../model.ts';

export function deploymentOperations(context: EcsContext): Record<string, Operation> {
  const { state, services } = context;

  const find = (arn: string): { service: ServiceRecord; deployment: DeploymentRecord } | undefined => {
    for (const service of state.services) {
      const deployment = service.deployments.find((candidate) => candidate.arn === arn);
      if (deployment !== undefined) return { service, deployment };
    }
    return undefined;
  };
  const known = (arn: string | undefined): { service: ServiceRecord; deployment: DeploymentRecord } => {
    const found = find(arn ?? '');
    if (found === undefined) {
      throw new ServiceError('ServiceDeploymentNotFoundException', 'The service deployment was not found.');
    }
    return found;
  };

  return {
    DescribeServiceDeployments: (
      input: DescribeServiceDeploymentsRequest,
    ): DescribeServiceDeploymentsResponse => {
      const arns = input.serviceDeploymentArns ?? [];
      if (arns.length === 0 || arns.length > 20) {
        throw invalidParameter('serviceDeploymentArns must have 1 to 20 items.');
      }
      const found = arns.map((arn) => ({ arn, record: find(arn) }));
      return {
        serviceDeployments: found.flatMap(({ record }) =>
          record === undefined ? [] : [describe(context, record)],
        ),
        failures: found.flatMap(({ arn, record }) =>
          record === undefined ? [{ arn, reason: 'MISSING' }] : [],
        ),
      };
    },

    ListServiceDeployments: (input: ListServiceDeploymentsRequest): ListServiceDeploymentsResponse => {
      const cluster = clusterOf(context, input.cluster);
      const service = activeService(context, cluster, input.service ?? '');
      const { after, before } = input.createdAt ?? {};
      const briefs = service.deployments
        .filter(
          ({ status }) =>
            input.status === undefined || input.status.length === 0 || input.status.includes(status),
        )
        .filter(({ createdAt }) => after === undefined || createdAt >= after.getTime())
        .filter(({ createdAt }) => before === undefined || createdAt <= before.getTime())
        .map((deployment) => ({
          serviceDeploymentArn: deployment.arn,
          serviceArn: service.arn,
          clusterArn: service.clusterArn,
          createdAt: date(deployment.createdAt),
          startedAt: date(deployment.startedAt),
          finishedAt: date(deployment.finishedAt),
          targetServiceRevisionArn: deployment.targetRevisionArn,
          status: deployment.status,
          statusReason: deployment.statusReason,
        }));
      const { items, token } = page(briefs, input);
      return { serviceDeployments: items, ...token };
    },

    DescribeServiceRevisions: (input: DescribeServiceRevisionsRequest): DescribeServiceRevisionsResponse => {
      const arns = input.serviceRevisionArns ?? [];
      if (arns.length === 0 || arns.length > 20)
        throw invalidParameter('serviceRevisionArns must have 1 to 20 items.');
      const found = arns.map((arn) => ({
        arn,
        service: state.services.find(({ revisions }) => revisions.some((revision) => revision.arn === arn)),
      }));
      return {
        serviceRevisions: found.flatMap(({ arn, service }) => {
          const revision = service?.revisions.find((candidate) => candidate.arn === arn);
          if (service === undefined || revision === undefined) return [];
          return [
            {
              serviceRevisionArn: arn,
              serviceArn: service.arn,
              clusterArn: service.clusterArn,
              taskDefinition: revision.taskDefinitionArn,
              createdAt: date(revision.createdAt),
              launchType: service.launchType,
              networkConfiguration: service.networkConfiguration,
              containerImages: revision.images,
              guardDutyEnabled: false,
              loadBalancers: [],
            },
          ];
        }),
        failures: found.flatMap(({ arn, service }) =>
          service === undefined ? [{ arn, reason: 'MISSING' }] : [],
        ),
      };
    },

    StopServiceDeployment: (input: StopServiceDeploymentRequest): StopServiceDeploymentResponse => {
      const { service, deployment } = known(input.serviceDeploymentArn);
      if (input.stopType === 'ABORT') {
        throw unsupported('ECS StopServiceDeployment API with ABORT stopType is not supported.');
      }
      if (!isOngoing(deployment)) {
        throw conflict(`The service deployment is in the state ${deployment.status} and cannot be stopped.`);
      }
      services.requestRollback(service, deployment);
      return { serviceDeploymentArn: deployment.arn };
    },

    ContinueServiceDeployment: (input: ContinueServiceDeploymentRequest): object => {
      known(input.serviceDeploymentArn);
      // Hooks come with the load balancer's strategies: a rolling deployment has none that could wait.
      throw invalidParameter(
        `The lifecycle hook ${input.hookId ?? ''} was not found in the service deployment.`,
      );
    },
  };
}

function describe(
  { tasks }: EcsContext,
  { service, deployment }: { service: ServiceRecord; deployment: DeploymentRecord },
): ServiceDeployment {
  const counts = (
    revisionArn: string,
  ): { requestedTaskCount: number; runningTaskCount: number; pendingTaskCount: number } => {
    const rollouts = service.rollouts.filter((rollout) => rollout.revisionArn === revisionArn);
    const own = tasks
      .list()
      .filter(
        ({ startedBy, desiredStatus }) =>
          desiredStatus === 'RUNNING' && rollouts.some(({ id }) => id === startedBy),
      );
    return {
      requestedTaskCount:
        rollouts[0] === service.rollouts[0] && rollouts.length > 0 ? service.desiredCount : 0,
      runningTaskCount: own.filter(({ lastStatus }) => lastStatus === 'RUNNING').length,
      pendingTaskCount: own.filter(({ lastStatus }) => lastStatus !== 'RUNNING').length,
    };
  };
  return {
    serviceDeploymentArn: deployment.arn,
    serviceArn: service.arn,
    clusterArn: service.clusterArn,
    createdAt: date(deployment.createdAt),
    startedAt: date(deployment.startedAt),
    updatedAt: date(deployment.updatedAt),
    finishedAt: date(deployment.finishedAt),
    stoppedAt: date(deployment.stoppedAt),
    status: deployment.status,
    statusReason: deployment.statusReason,
    targetServiceRevision: { arn: deployment.targetRevisionArn, ...counts(deployment.targetRevisionArn) },
    sourceServiceRevisions: deployment.sourceRevisionArns.map((arn) => ({ arn, ...counts(arn) })),
    deploymentConfiguration: deployment.deploymentConfiguration,
    ...(deployment.rollback === undefined
      ? {}
      : {
          rollback: {
            reason: deployment.rollback.reason,
            startedAt: date(deployment.rollback.startedAt),
            serviceRevisionArn: deployment.rollback.revisionArn,
          },
        }),
    deploymentCircuitBreaker: {
      ...deployment.circuitBreaker,
      threshold: failureThreshold(
        deployment.deploymentConfiguration.deploymentCircuitBreaker,
        service.desiredCount,
      ),
    },
  };
}
