import type { Service, ServiceDeployment } from '@aws-sdk/client-ecs';
import type { Aws } from '../aws/index.ts';
import type { Observed } from './decide.ts';

/** A service of a cluster, by names. */
export interface ServiceName {
  readonly cluster: string;
  readonly service: string;
}

export async function describeService(
  aws: Aws,
  { cluster, service }: ServiceName,
): Promise<Service | undefined> {
  const { DescribeServicesCommand } = await import('@aws-sdk/client-ecs');
  const answer = await (await aws.ecs()).send(new DescribeServicesCommand({ cluster, services: [service] }));
  return answer.services?.find(({ status }) => status !== 'INACTIVE');
}

export async function describeDeployment(aws: Aws, arn: string): Promise<ServiceDeployment | undefined> {
  const { DescribeServiceDeploymentsCommand } = await import('@aws-sdk/client-ecs');
  const answer = await (
    await aws.ecs()
  ).send(new DescribeServiceDeploymentsCommand({ serviceDeploymentArns: [arn] }));
  return answer.serviceDeployments?.[0];
}

/** A service deployment with the task definition of its target revision, and that revision's digests. */
export interface KnownDeployment {
  readonly arn: string;
  readonly status: string;
  readonly taskDefinition: string | undefined;
  readonly digests: readonly string[];
}

/** The newest deployments of a service, newest first. */
export async function recentDeployments(
  aws: Aws,
  { cluster, service }: ServiceName,
): Promise<KnownDeployment[]> {
  const { ListServiceDeploymentsCommand } = await import('@aws-sdk/client-ecs');
  const { serviceDeployments = [] } = await (
    await aws.ecs()
  ).send(new ListServiceDeploymentsCommand({ cluster, service, maxResults: 10 }));
  const revisions = await describeRevisions(
    aws,
    serviceDeployments.flatMap(({ targetServiceRevisionArn: arn }) => (arn === undefined ? [] : [arn])),
  );
  return serviceDeployments.flatMap(({ serviceDeploymentArn: arn, status, targetServiceRevisionArn }) => {
    if (arn === undefined) return [];
    const revision = revisions.get(targetServiceRevisionArn ?? '');
    return [
      {
        arn,
        status: status ?? '',
        taskDefinition: revision?.taskDefinition,
        digests: revision?.digests ?? [],
      },
    ];
  });
}

export interface Revision {
  readonly taskDefinition: string | undefined;
  readonly digests: readonly string[];
}

export async function describeRevisions(aws: Aws, arns: readonly string[]): Promise<Map<string, Revision>> {
  if (arns.length === 0) return new Map();
  const { DescribeServiceRevisionsCommand } = await import('@aws-sdk/client-ecs');
  const answer = await (
    await aws.ecs()
  ).send(new DescribeServiceRevisionsCommand({ serviceRevisionArns: [...new Set(arns)].slice(0, 20) }));
  return new Map(
    (answer.serviceRevisions ?? []).map((revision) => [
      revision.serviceRevisionArn ?? '',
      {
        taskDefinition: revision.taskDefinition,
        digests: (revision.containerImages ?? []).flatMap(({ imageDigest }) =>
          imageDigest === undefined ? [] : [imageDigest],
        ),
      },
    ]),
  );
}

/** One look at a deployment that is followed: two calls, side by side. */
export async function observe(
  aws: Aws,
  name: ServiceName,
  deploymentArn: string,
  taskDefinition: string,
): Promise<Observed & { service: Service | undefined; detail: ServiceDeployment | undefined }> {
  const [service, detail] = await Promise.all([
    describeService(aws, name),
    describeDeployment(aws, deploymentArn),
  ]);
  const ours = service?.deployments?.find((deployment) => deployment.taskDefinition === taskDefinition);
  return {
    service,
    detail,
    deployment: {
      arn: deploymentArn,
      // A deployment that was just made may not be readable yet: it is one that has not begun.
      status: detail?.status ?? 'PENDING',
      reason: detail?.statusReason,
      hasSource: (detail?.sourceServiceRevisions ?? []).length > 0,
    },
    currentArn: service?.currentServiceDeployment,
    desired: service?.desiredCount ?? 0,
    running: ours?.runningCount ?? 0,
    pending: ours?.pendingCount ?? 0,
    failedTasks: ours?.failedTasks ?? 0,
  };
}
