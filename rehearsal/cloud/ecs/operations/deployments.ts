import type {
  ContinueServiceDeploymentRequest,
  ContinueServiceDeploymentResponse,
  DescribeServiceDeploymentsRequest,
  DescribeServiceDeploymentsResponse,
  DescribeServiceRevisionsRequest,
  DescribeServiceRevisionsResponse,
  ListServiceDeploymentsRequest,
  ListServiceDeploymentsResponse,
  StopServiceDeploymentRequest,
  StopServiceDeploymentResponse,
} from '@aws-sdk/client-ecs';
import { ServiceError, type Operation } from '../../wire/service.ts';
import { activeService, clusterOf, date, page, type EcsContext } from '../context.ts';
import { isOngoing } from '../deployments.ts';
import { describeDeployment } from '../describe-deployment.ts';
import { checkOneOf, conflict, invalidParameter, unsupported } from '../errors.ts';
import type { DeploymentRecord, ServiceRecord } from '../model.ts';

/** Source: API reference, ServiceDeployment. */
const statuses = [
  'PENDING',
  'SUCCESSFUL',
  'STOPPED',
  'STOP_REQUESTED',
  'IN_PROGRESS',
  'ROLLBACK_REQUESTED',
  'ROLLBACK_IN_PROGRESS',
  'ROLLBACK_SUCCESSFUL',
  'ROLLBACK_FAILED',
] as const;

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
      throw new ServiceError('ServiceDeploymentNotFoundException', 'The service deployment does not exist.');
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
          record === undefined ? [] : [describeDeployment(context, record.service, record.deployment)],
        ),
        failures: found.flatMap(({ arn, record }) =>
          record === undefined ? [{ arn, reason: 'MISSING' }] : [],
        ),
      };
    },

    ListServiceDeployments: (input: ListServiceDeploymentsRequest): ListServiceDeploymentsResponse => {
      const cluster = clusterOf(context, input.cluster);
      const service = activeService(context, cluster, input.service ?? '');
      for (const status of input.status ?? []) checkOneOf('status', status, statuses);
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
              loadBalancers: [...revision.loadBalancers],
              resolvedConfiguration: {
                loadBalancers: revision.routes.map(({ targetGroupArn, pair }) => ({
                  targetGroupArn,
                  productionListenerRule: pair?.productionRule,
                })),
              },
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

    ContinueServiceDeployment: (
      input: ContinueServiceDeploymentRequest,
    ): ContinueServiceDeploymentResponse => {
      const { service, deployment } = known(input.serviceDeploymentArn);
      const { hookId = '', action = 'CONTINUE' } = input;
      // Source of the words: ECS developer guide, "Troubleshooting Amazon ECS blue/green deployments".
      if (!/^ecs-[a-z]+-.+$/.test(hookId)) {
        throw invalidParameter('Invalid hookId: hookId must follow the format: ecs-{hookType}-{id}');
      }
      if (!isOngoing(deployment)) {
        throw invalidParameter(
          'Continuing a service deployment is not allowed for service deployment in terminal states.',
        );
      }
      if (!services.answerHook(service, deployment, hookId, action)) {
        throw invalidParameter(
          'Provided hookId is either completed, unavailable, or not associated with the given Resource ARN',
        );
      }
      return { serviceDeploymentArn: deployment.arn };
    },
  };
}
