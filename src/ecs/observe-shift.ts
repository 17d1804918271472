import type { DeploymentConfiguration, ServiceDeployment } from '@aws-sdk/client-ecs';
import type { Aws } from '../aws/index.ts';
import type { ResolvedEnvironment } from '../config/index.ts';
import { splitOf, type OpenGate, type Shift, type Split } from './shift.ts';

/** The target groups of the two versions, and the rule that splits the traffic between them. ARNs. */
export interface Sides {
  readonly green: string;
  readonly blue: string;
  readonly productionRule: string;
}

/** The pair that sluice.yml names; `undefined` for a deployment that shifts no traffic. */
export function pairOf({
  deploy,
  loadBalancer,
}: ResolvedEnvironment): { readonly groups: readonly [string, string]; readonly rule: string } | undefined {
  if (deploy.strategy === 'rolling') return undefined;
  const { targetGroup, alternateTargetGroup, productionRule } = loadBalancer ?? {};
  if (targetGroup === undefined || alternateTargetGroup === undefined || productionRule === undefined)
    return undefined;
  return { groups: [targetGroup, alternateTargetGroup], rule: productionRule };
}

/**
 * Which group the new version has: ECS says so in the revision. The two take turns, so that it is not always the
 * alternate one.
 */
export function sidesOf(
  environment: ResolvedEnvironment,
  revision: { readonly targetGroups: readonly string[] } | undefined,
): Sides | undefined {
  const pair = pairOf(environment);
  if (pair === undefined) return undefined;
  const own = revision?.targetGroups.find((arn) => pair.groups.includes(arn));
  const blue = pair.groups.find((arn) => arn !== own);
  return own === undefined || blue === undefined
    ? undefined
    : { green: own, blue, productionRule: pair.rule };
}

/** One look at the traffic of a deployment: the rule and both sides' targets, side by side. */
export async function observeShift(
  aws: Aws,
  detail: ServiceDeployment,
  sides: Sides | undefined,
): Promise<Shift> {
  const [live, green, blue] =
    sides === undefined
      ? [undefined, 0, 0]
      : await Promise.all([
          liveSplit(aws, sides),
          healthyTargets(aws, sides.green),
          healthyTargets(aws, sides.blue),
        ]);
  return {
    stage: detail.lifecycleStage,
    gate: openGate(detail),
    live,
    requested: detail.targetServiceRevision?.requestedProductionTrafficWeight ?? 0,
    healthy: { green, blue },
    hasBlue: (detail.sourceServiceRevisions ?? []).length > 0,
    time: aws.awsTime().getTime(),
    startedAt: (detail.startedAt ?? detail.createdAt ?? aws.awsTime()).getTime(),
    stepBakeMs: stepBakeMs(detail.deploymentConfiguration),
  };
}

const minuteMs = 60_000;

function openGate({
  lifecycleHookDetails = [],
  lifecycleStage: stage,
  deploymentConfiguration,
}: ServiceDeployment): OpenGate | undefined {
  const open = lifecycleHookDetails.find(
    ({ targetType, status }) => targetType === 'PAUSE' && status === 'AWAITING_ACTION',
  );
  if (open?.hookId === undefined) return undefined;
  const expiresAt = open.expiresAt?.getTime();
  // ECS says when a pause ends, and not when it began; how long it lasts is in the deployment's own configuration.
  const hook = deploymentConfiguration?.lifecycleHooks?.find(
    ({ targetType, lifecycleStages = [] }) =>
      targetType === 'PAUSE' && lifecycleStages.some((one) => one === stage),
  );
  const lasts = hook?.timeoutConfiguration?.timeoutInMinutes;
  return {
    hookId: open.hookId,
    openedAt: expiresAt === undefined || lasts === undefined ? undefined : expiresAt - lasts * minuteMs,
    expiresAt: expiresAt ?? Infinity,
  };
}

/** A deployment has one of the two, by its strategy. */
function stepBakeMs({ canaryConfiguration, linearConfiguration }: DeploymentConfiguration = {}): number {
  const minutes =
    canaryConfiguration?.canaryBakeTimeInMinutes ?? linearConfiguration?.stepBakeTimeInMinutes ?? 0;
  return minutes * minuteMs;
}

/** What the production rule does with the traffic now. */
export async function liveSplit(
  aws: Aws,
  { productionRule, green, blue }: Sides,
): Promise<Split | undefined> {
  const { DescribeRulesCommand } = await import('@aws-sdk/client-elastic-load-balancing-v2');
  const { Rules } = await (await aws.elb()).send(new DescribeRulesCommand({ RuleArns: [productionRule] }));
  const forward = Rules?.[0]?.Actions?.find(({ Type }) => Type === 'forward');
  if (forward === undefined) return undefined;
  // A rule with one group may name it without a weight.
  const groups = forward.ForwardConfig?.TargetGroups ?? [
    { TargetGroupArn: forward.TargetGroupArn ?? '', Weight: 1 },
  ];
  return splitOf(
    groups.map(({ TargetGroupArn = '', Weight = 1 }) => ({ targetGroup: TargetGroupArn, weight: Weight })),
    { green, blue },
  );
}

async function healthyTargets(aws: Aws, targetGroup: string): Promise<number> {
  const { DescribeTargetHealthCommand } = await import('@aws-sdk/client-elastic-load-balancing-v2');
  const { TargetHealthDescriptions = [] } = await (
    await aws.elb()
  ).send(new DescribeTargetHealthCommand({ TargetGroupArn: targetGroup }));
  return TargetHealthDescriptions.filter(({ TargetHealth }) => TargetHealth?.State === 'healthy').length;
}
