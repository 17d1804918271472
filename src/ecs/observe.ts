import type { Service, ServiceDeployment } from '@aws-sdk/client-ecs';
import type { Aws } from '../aws/index.ts';
import type { ResolvedEnvironment } from '../config/index.ts';
import type { Observed } from './decision.ts';
import { observeShift, pairOf, sidesOf, type Sides } from './observe-shift.ts';

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

/** A service deployment with the task definition of its target revision. */
export interface KnownDeployment {
  readonly arn: string;
  readonly status: string;
  readonly createdAt: Date;
  readonly taskDefinition: string | undefined;
}

/** DescribeServiceRevisions takes so many. */
const deploymentsRead = 20;

/** The newest deployments of a service, newest first. */
export async function recentDeployments(
  aws: Aws,
  { cluster, service }: ServiceName,
): Promise<KnownDeployment[]> {
  const { ListServiceDeploymentsCommand } = await import('@aws-sdk/client-ecs');
  const { serviceDeployments = [] } = await (
    await aws.ecs()
  ).send(new ListServiceDeploymentsCommand({ cluster, service, maxResults: deploymentsRead }));
  const revisions = await describeRevisions(
    aws,
    serviceDeployments.flatMap(({ targetServiceRevisionArn: arn }) => (arn === undefined ? [] : [arn])),
  );
  return serviceDeployments
    .flatMap(({ serviceDeploymentArn: arn, status, createdAt, targetServiceRevisionArn }) =>
      arn === undefined
        ? []
        : [
            {
              arn,
              status: status ?? '',
              createdAt: createdAt ?? new Date(0),
              taskDefinition: revisions.get(targetServiceRevisionArn ?? '')?.taskDefinition,
            },
          ],
    )
    .sort((a, b) => b.createdAt.getTime() - a.createdAt.getTime());
}

export interface Revision {
  readonly taskDefinition: string | undefined;
  readonly digests: readonly string[];
  /** The target groups that its tasks are registered with. ARNs. */
  readonly targetGroups: readonly string[];
}

export async function describeRevisions(aws: Aws, arns: readonly string[]): Promise<Map<string, Revision>> {
  if (arns.length === 0) return new Map();
  const { DescribeServiceRevisionsCommand } = await import('@aws-sdk/client-ecs');
  const answer = await (
    await aws.ecs()
  ).send(
    new DescribeServiceRevisionsCommand({
      serviceRevisionArns: [...new Set(arns)].slice(0, deploymentsRead),
    }),
  );
  return new Map(
    (answer.serviceRevisions ?? []).map((revision) => [
      revision.serviceRevisionArn ?? '',
      {
        taskDefinition: revision.taskDefinition,
        digests: (revision.containerImages ?? []).flatMap(({ imageDigest }) =>
          imageDigest === undefined ? [] : [imageDigest],
        ),
        targetGroups: (revision.resolvedConfiguration?.loadBalancers ?? []).flatMap(({ targetGroupArn }) =>
          targetGroupArn === undefined ? [] : [targetGroupArn],
        ),
      },
    ]),
  );
}

/** One deployment that is followed. */
export interface Followed {
  readonly name: ServiceName;
  readonly environment: ResolvedEnvironment;
  /** Its ARN. */
  readonly deployment: string;
  /** The ARN of the task definition that it brings. */
  readonly taskDefinition: string;
}

export interface Sight extends Observed {
  /** Which target group is whose; `undefined` where no traffic is shifted, or ECS has not said yet. */
  readonly sides: Sides | undefined;
}

/**
 * Looks at a deployment: two calls, side by side, a third where it may be superseded, and three more to the load
 * balancer where traffic is shifted. What does not change is asked once.
 */
export function createObserver(
  aws: Aws,
  { name, environment, deployment, taskDefinition }: Followed,
): () => Promise<Sight> {
  const shifts = pairOf(environment) !== undefined;
  let sides: Sides | undefined;
  return async () => {
    const [service, detail] = await Promise.all([
      describeService(aws, name),
      describeDeployment(aws, deployment),
    ]);
    const target = detail?.targetServiceRevision?.arn;
    if (shifts && sides === undefined && target !== undefined) {
      sides = sidesOf(environment, (await describeRevisions(aws, [target])).get(target));
    }
    const ours = service?.deployments?.find((one) => one.taskDefinition === taskDefinition);
    const current = service?.currentServiceDeployment;
    // The two answers may be of different moments, so that another ARN alone says nothing: what is newer counts.
    const mayBeSuperseded = detail?.status === 'STOPPED' || (current !== undefined && current !== deployment);
    return {
      deployment: {
        arn: deployment,
        // A deployment that was just made may not be readable yet: it is one that has not begun.
        status: detail?.status ?? 'PENDING',
        reason: detail?.statusReason ?? detail?.rollback?.reason,
      },
      isSuperseded: mayBeSuperseded && (await isSuperseded(aws, name, deployment)),
      desired: service?.desiredCount ?? 0,
      running: ours?.runningCount ?? 0,
      pending: ours?.pendingCount ?? 0,
      failedTasks: ours?.failedTasks ?? 0,
      shift: shifts && detail !== undefined ? await observeShift(aws, detail, sides) : undefined,
      sides,
    };
  };
}

/** Whether the service has a deployment that is newer than this one. */
export async function isSuperseded(aws: Aws, name: ServiceName, deploymentArn: string): Promise<boolean> {
  const recent = await recentDeployments(aws, name);
  const own = recent.find(({ arn }) => arn === deploymentArn);
  return own !== undefined && recent.some(({ createdAt }) => createdAt > own.createdAt);
}
